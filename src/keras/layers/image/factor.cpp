#include "keras/layers/image/factor.h"

#include <cmath>
#include <utility>

#include "hornbeam/errors.hpp"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

bool is_number(const Config& value) { return value.is_int() || value.is_float(); }

FactorRange factor_range(const Config& factor, const char* name) {
  const auto& number = is_number;
  if (number(factor)) return {-factor.as_double(), factor.as_double()};
  if (factor.is_list() && factor.size() == 2) {
    const auto &low = factor.at(std::size_t{0}), &high = factor.at(std::size_t{1});
    if (number(low) && number(high)) return {low.as_double(), high.as_double()};
  }
  throw ValueError("The `" + std::string(name) +
                   "` argument should be a number (or a list of two numbers) in the range [-1, 1]. Received: " + name +
                   "=" + tuple_text(factor));
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

namespace {

bool is_pair_of_numbers(const Config& value) {
  return value.is_list() && value.size() == 2 && is_number(value.at(std::size_t{0})) &&
         is_number(value.at(std::size_t{1}));
}

Config sorted_pair(const Config& pair) {
  auto first = pair.at(std::size_t{0}), second = pair.at(std::size_t{1});
  if (second.as_double() < first.as_double()) std::swap(first, second);
  return Config(Config::List{first, second});
}

}  // namespace

Config factor_bounds(const Config& factor, std::int64_t least, std::int64_t most, const char* name) {
  const auto low = static_cast<double>(least), high = static_cast<double>(most);
  const auto refuse = [&]() {
    throw ValueError("The `" + std::string(name) +
                     "` argument should be a number (or a list of two numbers) in the range [" + std::to_string(least) +
                     ", " + std::to_string(most) + "]. Received: factor=" + tuple_text(factor));
  };
  if (is_number(factor)) {
    const auto v = factor.as_double();
    if (!(v >= low && v <= high)) refuse();
    const Config size = factor.is_int() ? Config(std::abs(factor.as_int())) : Config(std::abs(v));
    const Config negated = factor.is_int() ? Config(-size.as_int()) : Config(-size.as_double());
    return Config(Config::List{negated.as_double() < low ? Config(least) : negated, size});
  }
  if (!is_pair_of_numbers(factor) || !(factor.at(std::size_t{0}).as_double() <= high) ||
      !(factor.at(std::size_t{1}).as_double() >= low)) {
    refuse();
  }
  return sorted_pair(factor);
}

Config sorted_value_range(const Config& value_range) {
  value_range_of(value_range);
  return sorted_pair(value_range);
}

FactorRange value_range_of(const Config& value_range) {
  if (!is_pair_of_numbers(value_range)) {
    throw ValueError("The `value_range` argument should be a list of two numbers. Received: value_range=" +
                     tuple_text(value_range));
  }
  return {value_range.at(std::size_t{0}).as_double(), value_range.at(std::size_t{1}).as_double()};
}

}  // namespace hornbeam
