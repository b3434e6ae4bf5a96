// What every optimizer's constructor takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hornbeam/optimizers/schedules.hpp"

namespace hornbeam {

// The keywords every optimizer's constructor takes.
struct OptimizerOptions {
  std::optional<std::string> name = {};
  std::optional<OptimizerGeneration> generation = {};
  std::optional<double> clipnorm = {};         // the norm of each gradient
  std::optional<double> clipvalue = {};        // each element
  std::optional<double> global_clipnorm = {};  // the norm of all gradients together
  double decay = 0.0;                          // legacy: learning_rate / (1 + decay * iterations)
  std::optional<double> weight_decay = {};     // variable -= variable * weight_decay * learning_rate; not legacy
  bool use_ema = false;                        // moving averages of the variables; not legacy
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};  // keras3: gradients are divided by it
  // keras3: every so many steps one is made, with the mean of the gradients since the last
  std::optional<std::int64_t> gradient_accumulation_steps = {};
};
// `default_weight_decay`: of the few rules that decay unasked.
#define HB_OPTIMIZER_OPTIONS_DECAYING(default_weight_decay)       \
  std::optional<std::string> name = {};                           \
  std::optional<::hornbeam::OptimizerGeneration> generation = {}; \
  std::optional<double> clipnorm = {};                            \
  std::optional<double> clipvalue = {};                           \
  std::optional<double> global_clipnorm = {};                     \
  double decay = 0.0;                                             \
  std::optional<double> weight_decay = default_weight_decay;      \
  bool use_ema = false;                                           \
  double ema_momentum = 0.99;                                     \
  std::optional<std::int64_t> ema_overwrite_frequency = {};       \
  std::optional<double> loss_scale_factor = {};                   \
  std::optional<std::int64_t> gradient_accumulation_steps = {};   \
  ::hornbeam::OptimizerOptions common() const {                   \
    return {name,                                                 \
            generation,                                           \
            clipnorm,                                             \
            clipvalue,                                            \
            global_clipnorm,                                      \
            decay,                                                \
            weight_decay,                                         \
            use_ema,                                              \
            ema_momentum,                                         \
            ema_overwrite_frequency,                              \
            loss_scale_factor,                                    \
            gradient_accumulation_steps};                         \
  }
#define HB_OPTIMIZER_OPTIONS HB_OPTIMIZER_OPTIONS_DECAYING(std::nullopt)

// A number, or a schedule that says it of every step.
class LearningRate {
 public:
  LearningRate(double value) : value_(value) {}
  LearningRate(LearningRateSchedule schedule) : schedule_(std::move(schedule)) {}
  // Of a schedule: 0.
  double value() const { return value_; }
  const LearningRateSchedule& schedule() const { return schedule_; }

 private:
  double value_ = 0.0;
  LearningRateSchedule schedule_;
};

}  // namespace hornbeam
