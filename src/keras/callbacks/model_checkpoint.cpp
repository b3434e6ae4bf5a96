#include <fmt/core.h>
#include <sys/stat.h>

#include <limits>

#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/saving.hpp"
#include "keras/callbacks/console.h"
#include "keras/callbacks/monitor.h"
#include "keras/callbacks/newest_file.h"
#include "keras/callbacks/path_template.h"
#include "keras/callbacks/state_fields.h"
#include "keras/training/results.h"

namespace hornbeam::callbacks {
namespace {

bool is_file_of_one(const std::string& path) {
  return path.ends_with(".h5") || path.ends_with(".hdf5") || path.ends_with(".keras");
}

class Saver final : public Callback {
 public:
  Saver(const std::string& path, const ModelCheckpointOptions& options)
      : path_(path), o_(options), monitor_(o_.monitor, o_.mode, 0) {
    best_ = o_.initial_value_threshold;
  }

  void on_train_begin(Logs&) override {
    target_ = target_named(model().target());
    check_frequency();
    if (target_ == Target::keras3) check_suffix();
    weights_only_ = o_.save_weights_only || (target_ != Target::keras3 && !has_config());
    if (monitor_.fell_back()) {
      warn(fmt::format(
          fmt::runtime(target_ == Target::keras3 ? "ModelCheckpoint mode '{}' is unknown, fallback to auto mode."
                                                 : "ModelCheckpoint mode {} is unknown, fallback to auto mode."),
          o_.mode));
    }
    if (o_.period != 1) {
      warn(
          "`period` argument is deprecated. Please use `save_freq` to specify the frequency in number of batches "
          "seen.");
    }
    if (o_.load_weights_on_restart) begin_with_newest();
  }
  void on_epoch_begin(std::int64_t epoch, Logs&) override { epoch_ = epoch; }
  void on_batch_end(std::int64_t batch, Logs& logs) override {
    if (o_.save_freq.by_epoch() || ++batches_ < o_.save_freq.batches()) return;
    batches_ = 0;
    resolve();
    save(epoch_, batch, logs);
  }
  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    resolve();
    if (!o_.save_freq.by_epoch() || ++epochs_ < o_.period) return;
    epochs_ = 0;
    save(epoch, std::nullopt, logs);
  }

  CallbackState state() const override {
    return {Config{{"batches", batches_}, {"epochs", epochs_}, {"epoch", epoch_}, {"best", kept_number(best_)}}, {}};
  }
  void restore(const CallbackState& s) override {
    batches_ = count_kept(s, "batches");
    epochs_ = count_kept(s, "epochs");
    epoch_ = count_kept(s, "epoch");
    best_ = number_kept(s, "best");
  }

 private:
  void begin_with_newest() {
    warn(
        "`load_weights_on_restart` argument is deprecated. Please use `model.load_weights()` for loading weights "
        "before "
        "the start of `model.fit()`.");
    const auto newest = newest_file(path_);
    if (!newest) return;
    try {
      model().load_weights(*newest);
    } catch (const Error& error) {
      throw ValueError("Error loading file from " + *newest + ". Reason: " + error.what());
    }
  }

  bool has_config() const {
    const auto name = model().class_name();
    return name == "Functional" || name == "Model" || name == "Sequential";
  }

  void check_frequency() const {
    if (o_.save_freq.valid()) return;
    const char* expected = target_ == Target::tf22    ? ""
                           : target_ == Target::tf215 ? ". Expected save_freq are \"epoch\" or integer"
                                                      : ". Expected save_freq are 'epoch' or integer values";
    throw ValueError("Unrecognized save_freq: " + o_.save_freq.to_string() + expected);
  }

  void check_suffix() const {
    if (o_.save_weights_only && !path_.ends_with(".weights.h5")) {
      throw ValueError(
          "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in `.weights.h5` "
          "(Keras weights format). Received: filepath=" +
          path_);
    }
    if (!o_.save_weights_only && !path_.ends_with(".keras") && !path_.ends_with(".h5")) {
      throw ValueError("The filepath provided must end in `.keras` (Keras model format). Received: filepath=" + path_);
    }
  }

  void resolve() {
    if (target_ != Target::keras3 && !o_.save_best_only) return;
    monitor_.resolve(model(), AutoMode::has_acc_or_fmeasure, "ModelCheckpoint");
  }

  std::string filled(std::int64_t epoch, std::optional<std::int64_t> batch, const Logs& logs) const {
    std::vector<std::pair<std::string, std::int64_t>> counts{{"epoch", epoch + 1}};
    if (batch && target_ != Target::tf22) counts.emplace_back("batch", *batch + 1);
    try {
      return fill_path(path_, counts, logs);
    } catch (const KeyError& error) {
      throw KeyError("Failed to format this callback filepath: \"" + path_ + "\". Reason: " + error.what());
    }
  }

  // The first value is better than what Keras 2 has for none.
  std::string best_words() const {
    if (best_) return fmt::format("{:.5f}", *best_);
    return target_ == Target::keras3 ? "None" : monitor_.greater() ? "-inf" : "inf";
  }

  bool is_wanted(std::int64_t epoch, const Logs& logs, const std::string& path) {
    const auto words = "\n" + epoch_words(epoch, target_) + ": ";
    if (!o_.save_best_only) {
      if (o_.verbose > 0) print_line(words + "saving model to " + path);
      return true;
    }
    const auto current = find_result(logs, o_.monitor);
    if (!current) {
      const bool saves = target_ == Target::keras3;
      warn("Can save best model only with " + o_.monitor + " available" + (saves ? "." : ", skipping."));
      return saves;
    }
    if (target_ == Target::keras3 && current->is_array()) {
      warn("Can save best model only when `monitor` is a scalar value. Received: " + training::to_text(*current) +
           ". Falling back to `save_best_only=False`.");
      return true;
    }
    const bool better = monitor_.is_better(*current, best_);
    if (o_.verbose > 0) {
      print_line(words + o_.monitor +
                 (better ? fmt::format(" improved from {} to {:.5f}, saving model to {}", best_words(),
                                       current->number(), path)
                         : " did not improve from " + best_words()));
    }
    if (better) best_ = current->number();
    return better;
  }

  void save(std::int64_t epoch, std::optional<std::int64_t> batch, const Logs& logs) {
    const auto path = filled(epoch, batch, logs);
    if (!is_wanted(epoch, logs, path)) return;
    struct stat there {};
    if (is_file_of_one(path) && ::stat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode)) {
      throw OSError(
          "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an existing directory: " +
          path);
    }
    if (weights_only_) {
      model().save_weights(path);
    } else {
      model().save(path);
    }
    if (o_.verbose > 0 && target_ == Target::keras3) {
      print_line("\n" + epoch_words(epoch, target_) + ": finished saving model to " + path);
    }
  }

  std::string path_;
  ModelCheckpointOptions o_;
  Monitor monitor_;
  Target target_ = Target::tf215;
  bool weights_only_ = false;
  std::int64_t batches_ = 0, epochs_ = 0, epoch_ = 0;
  std::optional<double> best_;
};

}  // namespace

std::shared_ptr<Callback> ModelCheckpoint(const std::string& filepath, const ModelCheckpointOptions& options) {
  return std::make_shared<Saver>(filepath, options);
}

}  // namespace hornbeam::callbacks
