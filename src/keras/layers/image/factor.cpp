#include "keras/layers/image/factor.h"

#include "hornbeam/errors.hpp"

namespace hornbeam {

std::string tuple_text(const Config& factor) {
  auto text = factor.dump();
  if (!factor.is_list()) return text;
  text.front() = '(';
  text.back() = ')';
  return text;
}

FactorRange factor_range(const Config& factor, const char* name) {
  const auto number = [](const Config& c) { return c.is_int() || c.is_float(); };
  if (number(factor)) return {-factor.as_double(), factor.as_double()};
  if (factor.is_list() && factor.size() == 2) {
    const auto &low = factor.at(std::size_t{0}), &high = factor.at(std::size_t{1});
    if (number(low) && number(high)) return {low.as_double(), high.as_double()};
  }
  throw ValueError("The `" + std::string(name) +
                   "` argument should be a number (or a list of two numbers) in the range [-1.0, 1.0]. Received: " +
                   name + "=" + factor.dump());
}

FactorRange checked_factor(const Config& factor, const char* name) {
  const auto range = factor_range(factor, name);
  if (range.high < range.low) {
    throw ValueError("`" + std::string(name) + "` cannot have upper bound less than lower bound, got " +
                     tuple_text(factor));
  }
  if (range.low < -1 || range.high > 1) {
    throw ValueError("`" + std::string(name) + "` must have values between [-1, 1], got " + tuple_text(factor));
  }
  return range;
}

}  // namespace hornbeam
