#include "base/numpy_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace hornbeam::base {
namespace {

constexpr int kPrecision = 8;
constexpr std::size_t kLine = 75;

// The shortest digits of the number, or as many as the precision allows where these are fewer; without zeros that end
// them. "1.5", "1.", "1.5e+00", "1.e+00".
template <class Float>
std::string digits_of(Float value, bool exponent, int at_least) {
  char text[512];
  const auto format = exponent ? std::chars_format::scientific : std::chars_format::fixed;
  auto end = std::to_chars(text, text + sizeof text, value, format).ptr;
  std::string out(text, end), power;
  const auto split = [&] {
    if (const auto e = out.find('e'); e != out.npos) power = out.substr(e), out.resize(e);
    if (out.find('.') == out.npos) out += '.';
  };
  split();
  if (out.size() - out.find('.') - 1 > kPrecision) {
    end = std::to_chars(text, text + sizeof text, value, format, kPrecision).ptr;
    out.assign(text, end);
    split();
    while (out.back() == '0') out.pop_back();
  }
  while (out.size() - out.find('.') - 1 < static_cast<std::size_t>(at_least)) out += '0';
  return out + power;
}

template <class Float>
class Columns {
 public:
  explicit Columns(std::span<const Float> values) {
    Float most = 0, least = 0;
    for (const auto value : values) {
      const auto size = std::abs(value);
      if (!std::isfinite(value) || size == 0) continue;
      most = std::max(most, size);
      least = least == 0 ? size : std::min(least, size);
    }
    exponent_ = most >= Float(1e8) || (most > 0 && (least < Float(1e-4) || most / least > 1000));
    for (const auto value : values) {
      if (!std::isfinite(value)) continue;
      const auto text = digits_of(value, exponent_, 0);
      const auto point = text.find('.');
      before_ = std::max(before_, point);
      after_ = std::max(after_, std::min(text.find('e'), text.size()) - point - 1);
      width_ = std::max(width_, before_ + 1 + after_ + (exponent_ ? text.size() - text.find('e') : 0));
    }
    for (const auto value : values) {
      if (!std::isfinite(value)) width_ = std::max(width_, word(value).size());
    }
  }

  std::string field(Float value) const {
    std::string text;
    if (!std::isfinite(value)) {
      text = word(value);
    } else if (exponent_) {
      text = digits_of(value, true, static_cast<int>(after_));
    } else {
      text = digits_of(value, false, 0);
      text.append(after_ - (text.size() - text.find('.') - 1), ' ');
    }
    return std::string(width_ - std::min(width_, text.size()), ' ') + text;
  }

 private:
  static std::string word(Float value) { return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf"; }
  bool exponent_ = false;
  std::size_t before_ = 0, after_ = 0, width_ = 0;
};

template <class Float>
std::string rows(const Columns<Float>& columns, std::span<const Float> values, std::span<const std::int64_t> dims,
                 std::size_t depth, std::size_t closing) {
  std::string text = "[";
  if (dims.size() > 1) {
    const auto each = dims[0] == 0 ? 0 : values.size() / static_cast<std::size_t>(dims[0]);
    for (std::int64_t i = 0; i < dims[0]; ++i) {
      if (i > 0) text += std::string(dims.size() - 1, '\n') + std::string(depth, ' ');
      const bool last = i + 1 == dims[0];
      text += rows(columns, values.subspan(static_cast<std::size_t>(i) * each, each), dims.subspan(1), depth + 1,
                   last ? closing + 1 : 1);
    }
    return text + "]";
  }
  std::size_t line = depth;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto field = columns.field(values[i]);
    // The last one has its brackets beside it.
    const auto room = kLine - (i + 1 == values.size() ? std::max<std::size_t>(closing, 1) : 0);
    if (i > 0 && line + 1 + field.size() > room) {
      text.erase(text.find_last_not_of(' ') + 1);
      text += "\n" + std::string(depth, ' ');
      line = depth;
    } else if (i > 0) {
      text += ' ';
      ++line;
    }
    text += field;
    line += field.size();
  }
  return text + "]";
}

template <class Float>
std::string text_of(std::span<const Float> values, std::span<const std::int64_t> dims) {
  return rows(Columns<Float>(values), values, dims, 1, 1);
}

}  // namespace

std::string numpy_text(std::span<const float> values, std::span<const std::int64_t> dims) {
  return text_of(values, dims);
}
std::string numpy_text(std::span<const double> values, std::span<const std::int64_t> dims) {
  return text_of(values, dims);
}

}  // namespace hornbeam::base
