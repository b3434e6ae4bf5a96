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
  std::string validation_freq = "1";
};

void print(const Options& o, const History& history, const LoadReport& report, const SaveReport& saved) {
  if (o.json) {
    auto all = Config::parse(history.to_json());
    all.set("warnings", Config(history.warnings)).set("saved", o.save);
    all.set("report", report.to_config()).set("save_report", saved.to_config());
    std::cout << all.dump() << "\n";
    return;
  }
  // On a terminal the bars have told it.
  const auto told = ::isatty(STDOUT_FILENO) == 1 ? history.epoch.size() : 0;
  std::vector<std::pair<std::string, std::vector<std::optional<Result>>>> columns;
  for (const auto& [name, values] : history.history) columns.emplace_back(name, history.by_epoch(name));
  for (auto e = told; e < history.epoch.size(); ++e) {
    std::string line = fmt::format("epoch {}", history.epoch[e] + 1);
    for (const auto& [name, values] : columns) {
      if (values[e]) line += fmt::format(" - {}: {}", name, short_text(*values[e]));
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

// "2": after each second epoch; "1,4": after these, counted from 1; "4,": after that one.
ValidationFreq validation_freq_of(const std::string& text) {
  std::vector<std::int64_t> epochs;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    epochs.push_back(std::stoll(text.substr(at, end - at)));
    at = end + 1;
  }
  return text.find(',') == text.npos ? ValidationFreq(epochs.at(0)) : ValidationFreq(std::move(epochs));
}

CLI::Validator epochs_or_count() {
  return CLI::Validator(
      [](const std::string& text) {
        bool good = !text.empty() && text[0] != ',';
        for (std::size_t at = 0, digits = 0; at < text.size(); ++at) {
          digits = text[at] == ',' ? 0 : digits + 1;
          const bool first = digits == 1;
          good = good && digits < 19 &&
                 (text[at] == ',' ? text[at - 1] != ',' : '0' + first <= text[at] && text[at] <= '9');
        }
        return good ? std::string() : "expected a count, or epochs as in 1,4 (from 1), found " + text;
      },
      "N or EPOCH,EPOCH...");
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
  options.validation_freq = validation_freq_of(o.validation_freq);
  if (!o.backup.empty()) options.callbacks.push_back(backup_of(o));
  const auto data = o.data.stream ? Batch() : read_data(*model, o.data, "fit");
  options.sample_weight = data.sample_weight;
  const auto history = naming(o.data.files(), [&] {
    return o.data.stream ? model->fit(stream_data(*model, o.data, "fit"), options)
                         : model->fit(data.x, data.y, options);
  });
  print_warnings(history.warnings);
  // A signal that came after the last batch ends nothing.
  const bool complete = !history.epoch.empty() && history.epoch.back() + 1 >= options.epochs;
  if (told_to_end != 0 && !complete) {
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
  verb->add_option("--validation-freq", o->validation_freq,
                   "validate after each so many epochs, or after those of a list: 1,4")
      ->check(epochs_or_count())
      ->capture_default_str();
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
