// Which variables decay.
#include <algorithm>
#include <regex>

#include "hornbeam/errors.hpp"
#include "hornbeam/optimizers.hpp"

namespace hornbeam {

void OptimizerObject::exclude_from_weight_decay(const std::vector<Variable>& variables,
                                                const std::vector<std::string>& names) {
  // Keras 3's can be told at any time.
  if (built_ && generation_ != OptimizerGeneration::keras3) {
    // 2.15's spelling.
    throw ValueError("`exclude_from_weight_decay()` can only be configued before the optimizer is built.");
  }
  for (const auto& name : names) {
    try {
      const std::regex pattern(name);
    } catch (const std::regex_error& error) {
      throw ValueError("exclude_from_weight_decay: '" + name + "' is no regular expression: " + error.what());
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
  return std::ranges::none_of(undecayed_names_,
                              [&](const auto& pattern) { return std::regex_search(name, std::regex(pattern)); });
}

}  // namespace hornbeam
