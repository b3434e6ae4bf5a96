#include "base/float_repr.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/callbacks/console.h"
#include "keras/callbacks/learning_rates.h"

namespace hornbeam::callbacks {
namespace {

class Scheduler final : public Callback {
 public:
  Scheduler(std::function<double(std::int64_t, double)> schedule, const LearningRateSchedulerOptions& options)
      : schedule_(std::move(schedule)), verbose_(options.verbose) {}

  void on_epoch_begin(std::int64_t epoch, Logs&) override {
    const auto scaled = as_loss_scale(model().optimizer());
    if (scaled && as_multi(scaled->inner_optimizer())) {
      throw ValueError("Optimizer must have a \"learning_rate\" attribute.");
    }
    const auto target = target_named(model().target());
    for (const auto& optimizer : rated_optimizers(model())) {
      const auto rate = schedule_(epoch, learning_rate_of(optimizer));
      set_learning_rate(model(), optimizer, rate);
      if (verbose_ == 0) continue;
      print_line("\n" + epoch_words(epoch, target) + ": LearningRateScheduler " +
                 (target == Target::tf22 ? "reducing" : "setting") + owner_of_rate(model(), optimizer) +
                 " learning rate to " + base::float_repr(rate) + ".");
    }
  }
  void on_epoch_end(std::int64_t, Logs& logs) override { log_learning_rate(model(), logs); }

 private:
  std::function<double(std::int64_t, double)> schedule_;
  int verbose_;
};

}  // namespace

std::shared_ptr<Callback> LearningRateScheduler(std::function<double(std::int64_t, double)> schedule,
                                                const LearningRateSchedulerOptions& options) {
  if (!schedule) throw ValueError("LearningRateScheduler needs a function of the epoch and the learning rate.");
  return std::make_shared<Scheduler>(std::move(schedule), options);
}

}  // namespace hornbeam::callbacks
