#include <fmt/core.h>

#include <cmath>

#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/callbacks/console.h"
#include "keras/callbacks/monitor.h"
#include "keras/callbacks/state_fields.h"

namespace hornbeam::callbacks {
namespace {

class Stopping final : public Callback {
 public:
  explicit Stopping(const EarlyStoppingOptions& options)
      : o_(options), monitor_(o_.monitor, o_.mode, std::abs(o_.min_delta)) {}

  void on_train_begin(Logs&) override {
    target_ = target_named(model().target());
    wait_ = stopped_epoch_ = best_epoch_ = 0;
    best_.reset();
    best_weights_.clear();
    monitor_.begin();
    if (target_ == Target::tf22) best_ = o_.baseline;
    if (monitor_.fell_back()) {
      const char* form = target_ == Target::keras3 ? "EarlyStopping mode '{}' is unknown, fallback to auto mode."
                                                   : "EarlyStopping mode {} is unknown, fallback to auto mode.";
      warn(fmt::format(fmt::runtime(form), o_.mode));
    }
  }

  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    monitor_.resolve(model(), target_ == Target::tf22 ? AutoMode::has_acc : AutoMode::ends_in_accuracy,
                     "EarlyStopping");
    const auto current = find_result(logs, o_.monitor);
    if (!current) {
      warn(fmt::format("Early stopping conditioned on metric `{}` which is not available. Available metrics are: {}",
                       o_.monitor, names_of_results(logs)));
      return;
    }
    if (target_ == Target::tf22) {
      watch_as_in_22(epoch, *current);
    } else if (epoch >= o_.start_from_epoch) {
      watch(epoch, *current);
    }
  }

  void on_train_end(Logs&) override {
    if (stopped_epoch_ > 0 && o_.verbose > 0) print_line(epoch_words(stopped_epoch_, target_) + ": early stopping");
    if (target_ == Target::keras3) restore_best();
  }

  CallbackState state() const override {
    CallbackState s;
    s.values = Config{
        {"wait", wait_}, {"stopped_epoch", stopped_epoch_}, {"best_epoch", best_epoch_}, {"best", kept_number(best_)}};
    for (std::size_t i = 0; i < best_weights_.size(); ++i) s.tensors.emplace_back(std::to_string(i), best_weights_[i]);
    return s;
  }
  void restore(const CallbackState& s) override {
    const auto wait = count_kept(s, "wait"), stopped = count_kept(s, "stopped_epoch"),
               best_epoch = count_kept(s, "best_epoch");
    const auto best = number_kept(s, "best");
    check_weights(s.tensors);
    wait_ = wait;
    stopped_epoch_ = stopped;
    best_epoch_ = best_epoch;
    best_ = best;
    best_weights_.clear();
    for (const auto& [name, tensor] : s.tensors) best_weights_.push_back(tensor);
  }

 private:
  void take(std::int64_t epoch, const Result& value) {
    best_ = value.mean();
    best_epoch_ = epoch;
    if (o_.restore_best_weights) best_weights_ = model().get_weights();
  }
  void stop(std::int64_t epoch) {
    stopped_epoch_ = epoch;
    model().set_stop_training(true);
    if (target_ != Target::keras3) restore_best();
  }

  // Its baseline is the best there is at the start, and an epoch that is better is not waited for.
  void watch_as_in_22(std::int64_t epoch, const Result& current) {
    if (monitor_.is_better(current, best_)) {
      take(epoch, current);
      wait_ = 0;
    } else if (++wait_ >= o_.patience) {
      stop(epoch);
    }
  }

  void watch(std::int64_t epoch, const Result& current) {
    if (o_.restore_best_weights && best_weights_.empty()) {  // also when none is ever better
      best_weights_ = model().get_weights();
      if (target_ == Target::keras3) best_epoch_ = epoch;
    }
    ++wait_;
    if (monitor_.is_better(current, best_)) {
      take(epoch, current);
      if (!o_.baseline || monitor_.is_better(current, o_.baseline)) wait_ = 0;
    } else if (wait_ >= o_.patience && epoch > 0) {
      stop(epoch);
    }
  }

  void restore_best() {
    if (!o_.restore_best_weights || best_weights_.empty()) return;
    if (o_.verbose > 0) {
      print_line("Restoring model weights from the end of the best epoch" +
                 (target_ == Target::tf22 ? std::string(".") : fmt::format(": {}.", best_epoch_ + 1)));
    }
    model().set_weights(best_weights_);
  }

  // None, or those of this model.
  void check_weights(const NamedTensors& kept) const {
    if (kept.empty()) return;
    const auto own = model().get_weights();
    bool fits = kept.size() == own.size();
    for (std::size_t i = 0; fits && i < own.size(); ++i) {
      fits = kept[i].second.dtype() == own[i].dtype() && kept[i].second.shape() == own[i].shape();
    }
    if (!fits) throw FormatError("backup", "", "the best weights of this model", "those of another");
  }

  EarlyStoppingOptions o_;
  Monitor monitor_;
  Target target_ = Target::tf215;
  std::int64_t wait_ = 0, stopped_epoch_ = 0, best_epoch_ = 0;
  std::optional<double> best_;
  std::vector<Tensor> best_weights_;
};

}  // namespace

std::shared_ptr<Callback> EarlyStopping(const EarlyStoppingOptions& options) {
  return std::make_shared<Stopping>(options);
}

}  // namespace hornbeam::callbacks
