#include "keras/layers/data_format.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>
#include <string_view>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

std::string lower_case(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return s;
}

std::string checked_data_format(const std::string& value, const std::string& standing) {
  if (value.empty()) return standing.empty() ? backend::image_data_format() : standing;
  const auto v = lower_case(value);
  if (v != "channels_first" && v != "channels_last") {
    throw ValueError("The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: " +
                     value);
  }
  return v;
}

std::string checked_padding(const std::string& value, bool allow_causal) {
  const auto v = lower_case(value);
  if (v == "valid" || v == "same" || (allow_causal && v == "causal")) return v;
  if (v == "causal") {
    throw ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`. Use \"valid\" or \"same\".");
  }
  throw ValueError(
      "The `padding` argument must be a list/tuple or one of \"valid\", \"same\" (or \"causal\", only for "
      "`Conv1D). Received: " +
      value);
}

std::vector<std::int64_t> checked_tuple(const std::vector<std::int64_t>& value, std::size_t n, const char* name,
                                        bool allow_zero) {
  auto v = value;
  if (v.size() == 1 && n > 1) v.assign(n, v[0]);
  const bool positive = std::all_of(v.begin(), v.end(), [&](auto d) { return d > 0 || (allow_zero && d == 0); });
  if (v.size() != n || !positive) {
    // 2.15's words: strides may be 0 in its first check, and may not in the next.
    const bool strides = std::string_view(name) == "strides";
    allow_zero |= strides;
    if (strides && v.size() == n && std::ranges::min(v) == 0) {
      throw ValueError("The argument `strides` cannot contains 0(s). Received: " + tuple_text(Config(v)));
    }
    std::string bad;
    for (const auto d : std::set(v.begin(), v.end())) {
      if (d < 0 || (d == 0 && !allow_zero)) bad += (bad.empty() ? "" : ", ") + std::to_string(d);
    }
    throw ValueError(std::string("The `") + name + "` argument must be a tuple of " + std::to_string(n) +
                     " integers. Received: " + tuple_text(value.size() == 1 ? Config(value[0]) : Config(value)) +
                     (bad.empty() ? ""
                                  : " including {" + bad + "} that does not satisfy the requirement `" +
                                        (allow_zero ? ">= 0" : "> 0") + "`."));
  }
  return v;
}

Tensor channels_moved(const Tensor& x, bool to_last) {
  std::vector<std::int64_t> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, to_last ? order.begin() + 2 : order.end() - 1, order.end());
  return ops::transpose(x, order);
}

}  // namespace hornbeam
