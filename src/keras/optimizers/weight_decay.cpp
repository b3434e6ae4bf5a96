// Which variables decay.
#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/optimizers/patterns.h"

namespace hornbeam {

void OptimizerObject::exclude_from_weight_decay(const std::vector<Variable>& variables,
                                                const std::vector<std::string>& names) {
  // Keras 3's can be told at any time.
  if (built_ && generation_ != OptimizerGeneration::keras3) {
    // 2.15's spelling.
    throw ValueError("`exclude_from_weight_decay()` can only be configued before the optimizer is built.");
  }
  for (const auto& name : names) {
    if (const auto pattern = compiled_pattern(name); !pattern->ok()) {
      throw ValueError("exclude_from_weight_decay: '" + name + "' is no regular expression: " + pattern->error());
    }
  }
  ++settings_version_;
  undecayed_.clear();
  for (const auto& variable : variables) undecayed_.push_back(variable.get());
  undecayed_names_ = names;
}

bool OptimizerObject::decays(const Variable& variable) const {
  if (std::ranges::find(undecayed_, variable.get()) != undecayed_.end()) return false;
  const auto name = variable->name();
  return std::ranges::none_of(
      undecayed_names_, [&](const auto& pattern) { return re2::RE2::PartialMatch(name, *compiled_pattern(pattern)); });
}

}  // namespace hornbeam
