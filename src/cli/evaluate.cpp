// hornbeam evaluate MODEL --x x.npy --y y.npy
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "cli/training.h"
#include "cli/verbs.h"

namespace hornbeam::cli {

Config to_config(const Logs& logs) {
  auto config = Config::dict();
  for (std::size_t i = 0; i < logs.names().size(); ++i) config.set(logs.names()[i], logs.values()[i]);
  return config;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) std::cerr << "warning: " << warning << "\n";
}

void add_data_options(CLI::App& verb, TrainingData& data) {
  verb.add_option("--x", data.x, "[NAME=]x.npy or x.json, once per input")->required();
  verb.add_option("--y", data.y, "[NAME=]y.npy or y.json, once per output");
  verb.add_option("--sample-weight", data.sample_weight, "[NAME=]w.npy: what each sample counts for");
  verb.add_option("--batch-size", data.batch_size)->check(CLI::PositiveNumber);
}

void add_evaluate(CLI::App& app) {
  struct Options {
    std::string model;
    TrainingData data;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("evaluate", "Loss and metrics of a compiled model on arrays");
  verb->add_option("MODEL", o->model, "an H5 file of a compiled model")->required();
  add_data_options(*verb, o->data);
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    LoadReport report;
    const auto model = open_model(o->model, "", report);
    const auto logs = model->evaluate(read_inputs(o->data.x), read_inputs(o->data.y),
                                      {.batch_size = o->data.batch_size,
                                       .verbose = o->json ? 0 : 1,
                                       .sample_weight = read_inputs(o->data.sample_weight)});
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
