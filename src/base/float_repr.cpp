#include "base/float_repr.h"

#include <charconv>
#include <cmath>

namespace hornbeam::base {
namespace {

template <class Float>
std::string repr(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const std::string scientific(text, end);  // "-1.2345e-07": Python pads exponents to two digits as well
  const auto e = scientific.find('e');
  const int exponent = std::stoi(scientific.substr(e + 1));
  if (exponent < -4 || exponent >= 16) return scientific;

  std::string sign, digits;
  for (const char c : scientific.substr(0, e)) {
    if (c == '-') {
      sign += c;
    } else if (c != '.') {
      digits += c;
    }
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto point = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= point) return sign + digits + std::string(point - digits.size(), '0') + ".0";
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

}  // namespace

std::string float_repr(double value) { return repr(value); }
std::string float_repr(float value) { return repr(value); }

}  // namespace hornbeam::base
