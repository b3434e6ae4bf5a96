// hornbeam fit MODEL --x x.npy --y y.npy --epochs N --save OUT
#include <fmt/core.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "base/writable.h"
#include "cli/naming.h"
#include "cli/options.h"
#include "cli/plot.h"
#include "cli/training.h"
#include "cli/verbs.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/saving/check_save.h"

namespace hornbeam::cli {

namespace {

struct Options {
  std::string model, save, save_format, target, plot;
  TrainingData data;
  FitOptions fit;
  bool no_shuffle = false, no_optimizer = false, json = false;
  std::optional<std::int64_t> seed;
};

void print(const Options& o, const History& history, const LoadReport& report, const SaveReport& saved) {
  if (o.json) {
    auto curves = Config::dict();
    for (const auto& [name, values] : history.history) curves.set(name, Config(values));
    std::cout << Config{{"epoch", Config(history.epoch)},       {"history", curves},
                        {"warnings", Config(history.warnings)}, {"saved", o.save},
                        {"report", report.to_config()},         {"save_report", saved.to_config()}}
                     .dump()
              << "\n";
    return;
  }
  // On a terminal the bars have told it.
  const auto told = ::isatty(STDOUT_FILENO) == 1 ? history.epoch.size() : 0;
  for (auto e = told; e < history.epoch.size(); ++e) {
    std::string line = fmt::format("epoch {}", history.epoch[e] + 1);
    for (const auto& [name, values] : history.history) {
      if (values.size() == history.epoch.size()) line += fmt::format(" - {}: {:.6g}", name, values[e]);
    }
    std::cout << line << "\n";
  }
  std::cout << "saved " << o.save << "\n";
}

void fit(const Options& o) {
  // What cannot be written is refused before the training, not after it.
  require_suffix("--plot", o.plot, {".svg"}, "SVG (.svg)");
  if (!o.plot.empty()) base::check_can_write(o.plot);
  if (o.seed) utils::set_random_seed(*o.seed);
  LoadReport report;
  const auto model = open_compiled(o.model, report);
  SaveReport saved;
  const SaveOptions saving{
      .include_optimizer = !o.no_optimizer, .save_format = o.save_format, .target = o.target, .report = &saved};
  check_can_save(*model, o.save, saving);
  auto options = o.fit;
  options.batch_size = o.data.batch_size;
  options.shuffle = !o.no_shuffle;
  options.verbose = o.json ? 0 : 1;
  options.sample_weight = read_inputs("--sample-weight", o.data.sample_weight);
  const auto x = read_inputs("--x", o.data.x), y = read_targets(*model, o.data.y, "fit");
  const auto history = naming(o.data.files(), [&] { return model->fit(x, y, options); });
  print_warnings(history.warnings);
  models::save_model(*model, o.save, saving);
  if (!o.plot.empty()) {
    base::make_folder_of(o.plot);
    base::replace_file(o.plot, history_svg(history));
  }
  print(o, history, report, saved);
}

}  // namespace

void add_fit(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("fit", "Trains a compiled model on, from its optimizer's state, and saves it");
  add_model(*verb, o->model, "an H5 file of a compiled model");
  add_data_options(*verb, o->data);
  verb->add_option("--epochs", o->fit.epochs, "times over the samples")->check(count())->capture_default_str();
  verb->add_option("--validation-split", o->fit.validation_split, "share of the samples, from the end")->check(share());
  verb->add_flag("--no-shuffle", o->no_shuffle, "take the samples in their order in each epoch");
  verb->add_option("--seed", o->seed, "of the order of samples and of random layers");
  verb->add_option("--save", o->save, "where the trained model goes; missing folders are made")->required();
  verb->add_option("--save-format", o->save_format, "h5 or tf (a SavedModel folder); default: by the name");
  add_no_optimizer(*verb, o->no_optimizer);
  add_target(*verb, o->target);
  verb->add_option("--plot", o->plot, "curves.svg of the history");
  add_json(*verb, o->json);
  verb->callback([o] { fit(*o); });
}

}  // namespace hornbeam::cli
