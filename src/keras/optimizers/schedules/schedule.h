// What Keras's own learning rate schedules share, and how a schedule's file enters their registry.
#pragma once

#include <memory>
#include <string>

#include "hornbeam/optimizers/schedules.hpp"
#include "keras/serialization/object_family.h"
#include "ops/op_def.h"  // HB_REGISTER

namespace hornbeam {

// A schedule is its config: numbers stay the ints or floats that they were given as.
class BuiltinSchedule : public LearningRateScheduleObject {
 public:
  // `default_name`: what Keras 3 calls one without a name, as which others write null.
  BuiltinSchedule(const char* class_name, const char* default_name, Config settings);
  std::string class_name() const override { return class_name_; }
  Config get_config(OptimizerGeneration generation) const override;
  bool is_builtin() const override { return true; }

 protected:
  // Throws TypeError when it is no number.
  double number(const char* key) const;
  bool flag(const char* key) const { return settings_.at(key).as_bool(); }
  const Config& settings() const { return settings_; }
  // Throws ValueError in Keras 3's words.
  void check_steps(const char* key) const;

  // float32, as TensorFlow makes of Python's numbers.
  Tensor scalar(const char* key) const;
  static Tensor scalar(double value);
  // The steps that were made, in float32.
  static Tensor progress(const Tensor& step);
  // `steps` divided by `length`, a constant. In a traced step they are multiplied by its reciprocal, as TensorFlow's
  // graph optimizer and XLA have it: 41 * (1 / 41) is below 1 in float32 and 180 * (1 / 60) above 3, so that Keras's
  // trainings come to the next stair or round a step later, or earlier, than its schedules called eagerly say.
  static Tensor share(const Tensor& steps, double length);

 private:
  std::string class_name_, default_name_;
  Config settings_;
};

using SchedulePointer = std::shared_ptr<const LearningRateScheduleObject>;
using ScheduleMaker = SchedulePointer (*)(ObjectArguments& arguments);
void register_schedule(const char* class_name, ScheduleMaker make);

// The value of an argument that has no default. Throws TypeError in Keras's words.
Config required(ObjectArguments& arguments, const char* key);
// Given as a double; whole numbers are written as Python's users write them, without a fraction.
Config steps_config(double steps);
Config name_config(const std::optional<std::string>& name);

}  // namespace hornbeam
