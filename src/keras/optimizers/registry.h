// How an optimizer's file enters the registry, and what all of them read from a config.
//
//   HB_REGISTER(optimizer_adam) { hornbeam::register_optimizer("Adam", hornbeam::make_adam); }
#pragma once

#include <memory>
#include <string>

#include "hornbeam/optimizers.hpp"
#include "keras/serialization/object_family.h"
#include "ops/op_def.h"  // HB_REGISTER

namespace hornbeam {

using OptimizerPointer = std::shared_ptr<OptimizerObject>;
// From a config of whatever generation; the keys that every optimizer has are in `common` already.
using OptimizerMaker = OptimizerPointer (*)(ObjectArguments& arguments, const OptimizerOptions& common);
void register_optimizer(const char* class_name, OptimizerMaker make);

// A number or a schedule. Throws as LearningRateSchedule::from_config.
LearningRate learning_rate_from(ObjectArguments& arguments, const LearningRate& fallback);
bool flag_from(ObjectArguments& arguments, const char* key, bool fallback);
// Keras 1 wrote null for the default.
double epsilon_from(ObjectArguments& arguments, double fallback);

// As legacy optimizers turn their settings into float32.
double rounded_number(double value, bool rounded);
// Before 2.0 the count of iterations was not saved: 0 is put before a legacy optimizer's other weights.
std::vector<Tensor> with_iterations(std::vector<Tensor> values, const OptimizerObject& optimizer);
// ValueError: a rule whose epsilon is beside the root in legacy optimizers and under it in the others.
[[noreturn]] void refuse_other_epsilon(const std::string& what, OptimizerGeneration other);

// The options of a class, with those that all have.
template <class Options>
Options with_common(Options options, const OptimizerOptions& common) {
  options.name = common.name;
  options.generation = common.generation;
  options.clipnorm = common.clipnorm;
  options.clipvalue = common.clipvalue;
  options.global_clipnorm = common.global_clipnorm;
  options.decay = common.decay;
  options.weight_decay = common.weight_decay;
  options.use_ema = common.use_ema;
  options.ema_momentum = common.ema_momentum;
  options.ema_overwrite_frequency = common.ema_overwrite_frequency;
  options.loss_scale_factor = common.loss_scale_factor;
  options.gradient_accumulation_steps = common.gradient_accumulation_steps;
  return options;
}

}  // namespace hornbeam
