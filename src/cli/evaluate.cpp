// hornbeam evaluate MODEL --x x.npy --y y.npy
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "cli/naming.h"
#include "cli/options.h"
#include "cli/training.h"
#include "cli/verbs.h"
#include "hornbeam/ops_array.hpp"
#include "keras/training/results.h"

namespace hornbeam::cli {

Config to_config(const Logs& logs) {
  auto config = Config::dict();
  for (std::size_t i = 0; i < logs.names().size(); ++i)
    config.set(logs.names()[i], training::to_config(logs.values()[i]));
  return config;
}

std::string short_text(const Result& result) {
  if (!result.is_array()) return fmt::format("{:.6g}", result.number());
  const auto values = ops::cast(result.array(), DType::float64);
  std::string text;
  for (const double value : values.data<double>()) text += fmt::format("{}{:.6g}", text.empty() ? "[" : ", ", value);
  return text + "]";
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
    check_data_options(o->data);
    LoadReport report;
    const auto model = open_compiled(o->model, report);
    const auto data = o->data.stream ? Batch() : read_data(*model, o->data, "evaluate");
    const EvaluateOptions options{
        .batch_size = o->data.batch_size, .verbose = o->json ? 0 : 1, .sample_weight = data.sample_weight};
    const auto logs = naming(o->data.files(), [&] {
      return o->data.stream ? model->evaluate(stream_data(*model, o->data, "evaluate"), options)
                            : model->evaluate(data.x, data.y, options);
    });
    print_warnings(logs.warnings());
    if (o->json) {
      std::cout << Config{{"results", to_config(logs)}, {"report", report.to_config()}}.dump() << "\n";
    } else {
      for (std::size_t i = 0; i < logs.names().size(); ++i) {
        fmt::print("{}: {}\n", logs.names()[i], short_text(logs.values()[i]));
      }
    }
  });
}

}  // namespace hornbeam::cli
