// hornbeam fit MODEL --x x.npy --y y.npy --epochs N --save OUT
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <random>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
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
  std::string model, save, save_format, target, plot, history, backup;
  std::int64_t backup_every = 0;  // batches; 0: epochs
  TrainingData data;
  FitOptions fit;
  bool no_shuffle = false, no_optimizer = false, no_date = false, json = false;
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

// A backup goes on only with the seed it began with: where none was given one is drawn and kept beside it.
void seed_of_backup(const Options& o) {
  const auto path = o.backup + "/seed.json";
  if (o.seed) return utils::set_random_seed(*o.seed);
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) {
    base::make_folder_of(path);
    base::replace_file(path, Config{{"seed", static_cast<std::int64_t>(std::random_device()())}}.dump() + "\n");
  }
  utils::set_random_seed(Config::parse(base::read_file(path), path).at("seed").as_int());
}

// SIGTERM and an interrupt end the training after the batch under way; what it has reached is kept.
std::atomic<int> told_to_end{0};

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = [](int number) { told_to_end = number; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second one ends it at once
  for (const int number : {SIGTERM, SIGINT}) ::sigaction(number, &action, nullptr);
}

std::shared_ptr<Callback> backup_of(const Options& o) {
  callbacks::BackupAndRestoreOptions options;
  if (o.backup_every > 0) options.save_freq = o.backup_every;
  options.delete_checkpoint = false;  // until the model is saved
  options.preempted = [] { return told_to_end != 0; };
  listen_to_signals();
  return callbacks::BackupAndRestore(o.backup, options);
}

void remove_backup(const std::string& folder) {
  for (const auto* name : {"/training.npz", "/seed.json"}) ::unlink((folder + name).c_str());
  ::rmdir(folder.c_str());  // unless others put something there
}

void write_history(const std::string& path, const History& history) {
  if (path.empty()) return;
  base::make_folder_of(path);
  base::replace_file(path, path.ends_with(".csv") ? history.to_csv() : history.to_json() + "\n");
}

void fit(const Options& o) {
  check_data_options(o.data);
  // What cannot be written is refused before the training, not after it.
  require_suffix("--plot", o.plot, {".svg"}, "SVG (.svg)");
  if (!o.plot.empty()) base::check_can_write(o.plot);
  require_suffix("--history", o.history, {".json", ".csv"}, "JSON (.json) or a table (.csv)");
  if (!o.history.empty()) base::check_can_write(o.history);
  if (!o.backup.empty()) {
    base::check_can_fill(o.backup);
    seed_of_backup(o);
  } else if (o.seed) {
    utils::set_random_seed(*o.seed);
  }
  LoadReport report;
  const auto model = open_compiled(o.model, report);
  SaveReport saved;
  const SaveOptions saving{.include_optimizer = !o.no_optimizer,
                           .save_format = o.save_format,
                           .date = !o.no_date,
                           .target = o.target,
                           .report = &saved};
  check_archive(o.save_format, o.target.empty() ? model->target() : o.target);
  check_can_save(*model, o.save, saving);
  auto options = o.fit;
  options.batch_size = o.data.batch_size;
  options.shuffle = !o.no_shuffle;
  options.verbose = o.json ? 0 : 1;
  if (!o.backup.empty()) options.callbacks.push_back(backup_of(o));
  const auto data = o.data.stream ? Batch() : read_data(*model, o.data, "fit");
  options.sample_weight = data.sample_weight;
  const auto history = naming(o.data.files(), [&] {
    return o.data.stream ? model->fit(stream_data(*model, o.data, "fit"), options)
                         : model->fit(data.x, data.y, options);
  });
  print_warnings(history.warnings);
  if (told_to_end != 0) {
    throw RuntimeError("ended by a signal after a batch; the same command goes on from " + o.backup);
  }
  models::save_model(*model, o.save, saving);
  write_history(o.history, history);
  if (!o.plot.empty()) {
    base::make_folder_of(o.plot);
    base::replace_file(o.plot, history_svg(history));
  }
  if (!o.backup.empty()) remove_backup(o.backup);
  print(o, history, report, saved);
}

}  // namespace

void add_fit(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("fit", "Trains a compiled model on, from its optimizer's state, and saves it");
  add_compiled_model(*verb, o->model);
  add_data_options(*verb, o->data);
  verb->add_option("--epochs", o->fit.epochs, "times over the samples")->check(count())->capture_default_str();
  verb->add_option("--validation-split", o->fit.validation_split, "share of the samples, from the end")->check(share());
  verb->add_flag("--no-shuffle", o->no_shuffle, "take the samples in their order in each epoch");
  verb->add_option("--seed", o->seed, "of the order of samples and of random layers");
  verb->add_option("--save", o->save, "where the trained model goes; missing folders are made")->required();
  verb->add_option("--save-format", o->save_format,
                   "h5, keras (an archive) or tf (a SavedModel folder); default: by the name");
  add_no_optimizer(*verb, o->no_optimizer);
  add_no_date(*verb, o->no_date);
  add_target(*verb, o->target);
  verb->add_option("--plot", o->plot, "curves.svg of the history");
  verb->add_option("--history", o->history, "the history as history.json or history.csv");
  auto* backup = verb->add_option("--backup", o->backup,
                                  "a folder that keeps the training: after a kill the same command goes on from there, "
                                  "to the same weights");
  verb->add_option("--backup-every", o->backup_every, "keep it after so many batches; default: after each epoch")
      ->check(count())
      ->needs(backup);
  add_json(*verb, o->json);
  verb->callback([o] { fit(*o); });
}

}  // namespace hornbeam::cli
