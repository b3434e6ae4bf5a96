// hornbeam fit MODEL --x x.npy --y y.npy --epochs N --save OUT
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "cli/plot.h"
#include "cli/training.h"
#include "cli/verbs.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/saving/save_format.h"

namespace hornbeam::cli {

void add_fit(CLI::App& app) {
  struct Options {
    std::string model, save, save_format, target, plot;
    TrainingData data;
    FitOptions fit;
    bool no_shuffle = false, json = false;
    std::optional<std::int64_t> seed;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("fit", "Trains a compiled model on, from its optimizer's state, and saves it");
  verb->add_option("MODEL", o->model, "an H5 file of a compiled model")->required();
  add_data_options(*verb, o->data);
  verb->add_option("--epochs", o->fit.epochs)->check(CLI::PositiveNumber);
  verb->add_option("--validation-split", o->fit.validation_split, "share of the samples, from the end")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_flag("--no-shuffle", o->no_shuffle);
  verb->add_option("--seed", o->seed, "of the order of samples and of random layers");
  verb->add_option("--save", o->save, "where the trained model goes")->required();
  verb->add_option("--save-format", o->save_format, "h5; default: by the name");
  verb->add_option("--target", o->target, "the Keras that shall open it: tf2.2, tf2.15, keras3; default: the model's");
  verb->add_option("--plot", o->plot, "curves.svg of the history");
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    if (o->seed) utils::set_random_seed(*o->seed);
    LoadReport report;
    const auto model = open_model(o->model, "", report);
    // Refused before the training, not after it.
    const auto target = target_named(o->target.empty() ? model->target() : o->target);
    require_written(model_artifact(o->save, o->save_format, target), Artifact::h5, o->save);
    auto fit = o->fit;
    fit.batch_size = o->data.batch_size;
    fit.shuffle = !o->no_shuffle;
    fit.verbose = o->json ? 0 : 1;
    fit.sample_weight = read_inputs(o->data.sample_weight);
    const auto history = model->fit(read_inputs(o->data.x), read_inputs(o->data.y), fit);
    print_warnings(history.warnings);
    SaveReport saved;
    models::save_model(*model, o->save, {.save_format = o->save_format, .target = o->target, .report = &saved});
    if (!o->plot.empty()) base::replace_file(o->plot, history_svg(history));
    if (o->json) {
      auto curves = Config::dict();
      for (const auto& [name, values] : history.history) curves.set(name, Config(values));
      std::cout << Config{{"epoch", Config(history.epoch)},       {"history", curves},
                          {"warnings", Config(history.warnings)}, {"saved", o->save},
                          {"report", report.to_config()},         {"save_report", saved.to_config()}}
                       .dump()
                << "\n";
      return;
    }
    for (std::size_t e = 0; e < history.epoch.size(); ++e) {
      std::string line = fmt::format("epoch {}", history.epoch[e] + 1);
      for (const auto& [name, values] : history.history) {
        if (values.size() == history.epoch.size()) line += fmt::format(" - {}: {:.6g}", name, values[e]);
      }
      std::cout << line << "\n";
    }
    std::cout << "saved " << o->save << "\n";
  });
}

}  // namespace hornbeam::cli
