// Which of Keras's writings an optimizer is of, and what it is called there.
#include "hornbeam/errors.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/engine/names.h"

namespace hornbeam {

OptimizerGeneration generation_for(Target target) {
  return target == Target::tf22    ? OptimizerGeneration::legacy
         : target == Target::tf215 ? OptimizerGeneration::modern
                                   : OptimizerGeneration::keras3;
}

const char* name_of(OptimizerGeneration generation) {
  switch (generation) {
    case OptimizerGeneration::legacy:
      return "legacy";
    case OptimizerGeneration::modern:
      return "modern";
    case OptimizerGeneration::keras3:
      return "keras3";
  }
  return "";
}

const char* OptimizerObject::SlotName::in(OptimizerGeneration generation) const {
  return generation == OptimizerGeneration::legacy   ? legacy
         : generation == OptimizerGeneration::modern ? modern
                                                     : keras3;
}

void OptimizerObject::rename_variables() {
  switch (generation_) {
    case OptimizerGeneration::legacy:
      iterations_->rename(name() + "/iter");
      learning_rate_->rename(name() + "/learning_rate");
      break;
    case OptimizerGeneration::modern:
      iterations_->rename("iteration");
      learning_rate_->rename("learning_rate");
      break;
    case OptimizerGeneration::keras3:
      iterations_->rename(name() + "/iteration");
      learning_rate_->rename(name() + "/learning_rate");
      break;
  }
}

std::string OptimizerObject::name_in(OptimizerGeneration generation) const {
  const auto given = options_.name.value_or(class_name_);
  // Keras 3's default names are in its own style; a default name goes over into that of the other.
  if (generation == OptimizerGeneration::keras3) return given == class_name_ ? to_snake_case(class_name_) : given;
  return given == to_snake_case(class_name_) ? class_name_ : given;
}

void OptimizerObject::set_name(const std::string& name) {
  options_.name = name;
  rename_variables();
}

void OptimizerObject::follow(Target target) {
  const auto wanted = generation_for(target);
  if (options_.generation || built_ || wanted < first_generation_ || wanted == generation_) return;
  set_generation(wanted);
}

void OptimizerObject::set_generation(OptimizerGeneration generation) {
  generation_ = generation;
  rename_variables();
  generation_changed();
}

void OptimizerObject::exists_since(OptimizerGeneration first) {
  first_generation_ = first;
  if (generation_ >= first) return;
  if (options_.generation) {
    throw ValueError("Unknown optimizer: " + class_name_ + ". (The " + name_of(generation_) +
                     " optimizers have none of that name, the " + name_of(first) + " ones do.)");
  }
  generation_ = first;
  rename_variables();
}

}  // namespace hornbeam
