// hornbeam evaluate MODEL --x x.npy --y y.npy
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "cli/naming.h"
#include "cli/options.h"
#include "cli/training.h"
#include "cli/verbs.h"
#include "keras/training/trainer.h"

namespace hornbeam::cli {

Config to_config(const Logs& logs) {
  auto config = Config::dict();
  for (std::size_t i = 0; i < logs.names().size(); ++i) config.set(logs.names()[i], logs.values()[i]);
  return config;
}

std::string TrainingData::files() const { return files_of({&x, &y, &sample_weight}); }

Values read_targets(const Model& model, const std::vector<std::string>& y, const std::string& verb) {
  auto targets = read_inputs("--y", y);
  try {
    training::require_targets(model.trainer().options().loss, targets, verb);
  } catch (const ValueError& error) {
    throw ValueError(error.what() + std::string(" Give --y."));
  }
  return targets;
}

void add_data_options(CLI::App& verb, TrainingData& data) {
  add_arrays(verb, "--x", data.x, "[NAME=]x.npy or x.json, once per input")->required();
  add_arrays(verb, "--y", data.y, "[NAME=]y.npy or y.json, once per output");
  add_arrays(verb, "--sample-weight", data.sample_weight, "[NAME=]w.npy: what each sample counts for");
  add_batch_size(verb, data.batch_size);
}

void add_evaluate(CLI::App& app) {
  struct Options {
    std::string model;
    TrainingData data;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("evaluate", "Loss and metrics of a compiled model on arrays");
  add_compiled_model(*verb, o->model);
  add_data_options(*verb, o->data);
  add_json(*verb, o->json);
  verb->callback([o] {
    LoadReport report;
    const auto model = open_compiled(o->model, report);
    const auto x = read_inputs("--x", o->data.x), y = read_targets(*model, o->data.y, "evaluate");
    const EvaluateOptions options{.batch_size = o->data.batch_size,
                                  .verbose = o->json ? 0 : 1,
                                  .sample_weight = read_inputs("--sample-weight", o->data.sample_weight)};
    const auto logs = naming(o->data.files(), [&] { return model->evaluate(x, y, options); });
    print_warnings(logs.warnings());
    if (o->json) {
      std::cout << Config{{"results", to_config(logs)}, {"report", report.to_config()}}.dump() << "\n";
    } else {
      for (std::size_t i = 0; i < logs.names().size(); ++i) {
        fmt::print("{}: {:.6g}\n", logs.names()[i], logs.values()[i]);
      }
    }
  });
}

}  // namespace hornbeam::cli
