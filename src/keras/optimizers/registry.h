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

// learning_rate is a number or a schedule, which goes to `common`.
double learning_rate_from(ObjectArguments& arguments, double fallback);
bool flag_from(ObjectArguments& arguments, const char* key, bool fallback);

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
  options.learning_rate_schedule = common.learning_rate_schedule;
  options.gradient_accumulation_steps = common.gradient_accumulation_steps;
  return options;
}

}  // namespace hornbeam
