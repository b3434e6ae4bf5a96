#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/float_repr.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/callbacks/console.h"
#include "keras/callbacks/learning_rates.h"
#include "keras/callbacks/monitor.h"
#include "keras/callbacks/state_fields.h"

namespace hornbeam::callbacks {
namespace {

class Plateau final : public Callback {
 public:
  explicit Plateau(const ReduceLROnPlateauOptions& options)
      : o_(options), monitor_(o_.monitor, o_.mode, o_.min_delta) {}

  void on_train_begin(Logs&) override {
    target_ = target_named(model().target());
    best_.reset();
    cooldown_ = wait_ = 0;
    // Beyond a plus or minus of min_delta, whatever its sign, as tf.keras has it; Keras 3 takes its amount.
    monitor_.set_min_delta(target_ == Target::keras3 ? std::abs(o_.min_delta) : o_.min_delta);
    monitor_.begin();
    if (!monitor_.fell_back()) return;
    const char* form = target_ == Target::tf22
                           ? "Learning Rate Plateau Reducing mode {} is unknown, fallback to auto mode."
                       : target_ == Target::tf215 ? "Learning rate reduction mode {} is unknown, fallback to auto mode."
                                                  : "ReduceLROnPlateau mode '{}' is unknown, fallback to auto mode.";
    warn(fmt::format(fmt::runtime(form), o_.mode));
  }

  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    monitor_.resolve(model(), AutoMode::has_acc, "ReduceLROnPlateau");
    log_learning_rate(model(), logs);
    const auto current = find_result(logs, o_.monitor);
    if (!current) {
      warn(fmt::format("{} conditioned on metric `{}` which is not available. Available metrics are: {}{}",
                       target_ == Target::tf22 ? "Reduce LR on plateau" : "Learning rate reduction is", o_.monitor,
                       names_of_results(logs), target_ == Target::keras3 ? "." : ""));
      return;
    }
    if (cooldown_ > 0) {
      --cooldown_;
      wait_ = 0;
    }
    if (monitor_.is_better(*current, best_)) {
      best_ = current->mean();
      wait_ = 0;
    } else if (cooldown_ == 0 && ++wait_ >= o_.patience) {
      reduce(epoch);
    }
  }

  CallbackState state() const override {
    return {Config{{"wait", wait_}, {"cooldown", cooldown_}, {"best", kept_number(best_)}}, {}};
  }
  void restore(const CallbackState& s) override {
    const auto wait = count_kept(s, "wait"), cooldown = count_kept(s, "cooldown");
    best_ = number_kept(s, "best");
    wait_ = wait;
    cooldown_ = cooldown;
  }

 private:
  void reduce(std::int64_t epoch) {
    bool reduced = false;
    for (const auto& optimizer : rated_optimizers(model())) reduced |= reduce(optimizer, epoch);
    if (!reduced) return;
    cooldown_ = o_.cooldown;
    wait_ = 0;
  }

  bool reduce(const Optimizer& optimizer, std::int64_t epoch) const {
    const auto old = learning_rate_of(optimizer);
    const auto least = target_ == Target::tf22 ? o_.min_lr : static_cast<double>(static_cast<float>(o_.min_lr));
    if (old <= least) return false;
    const auto rate = std::max(old * o_.factor, o_.min_lr);
    set_learning_rate(model(), optimizer, rate);
    if (o_.verbose > 0) {
      print_line("\n" + epoch_words(epoch, target_) + ": ReduceLROnPlateau reducing" +
                 owner_of_rate(model(), optimizer) + " learning rate to " + base::float_repr(rate) + ".");
    }
    return true;
  }

  ReduceLROnPlateauOptions o_;
  Monitor monitor_;
  Target target_ = Target::tf215;
  std::int64_t wait_ = 0, cooldown_ = 0;
  std::optional<double> best_;
};

}  // namespace

std::shared_ptr<Callback> ReduceLROnPlateau(const ReduceLROnPlateauOptions& options) {
  if (options.factor >= 1.0) {
    throw ValueError("ReduceLROnPlateau does not support a factor >= 1.0. Received factor=" +
                     base::float_repr(options.factor));
  }
  return std::make_shared<Plateau>(options);
}

}  // namespace hornbeam::callbacks
