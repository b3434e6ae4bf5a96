#include "keras/callbacks/path_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/float_repr.h"
#include "hornbeam/errors.hpp"
#include "keras/callbacks/monitor.h"
#include "keras/training/results.h"

namespace hornbeam::callbacks {
namespace {

constexpr std::size_t kWidestField = 200;  // no file name is longer

// Fill, alignment, width, precision: {fmt} has Python's language for them.
void check_spec(const std::string& spec) {
  std::size_t number = 0;
  for (const char c : spec) {
    number = c >= '0' && c <= '9' ? number * 10 + static_cast<std::size_t>(c - '0') : 0;
    if (number > kWidestField) throw ValueError("Too many decimal digits in format string: " + spec);
  }
  // What {fmt} would take for a field of its own, or has and Python has not.
  if (spec.find_first_of("{}aAcspB") != std::string::npos) throw ValueError("Invalid format specifier '" + spec + "'");
}

template <class Number>
std::string formatted(const std::string& spec, Number value) {
  check_spec(spec);
  try {
    return fmt::format(fmt::runtime("{:" + spec + "}"), value);
  } catch (const fmt::format_error& error) {
    throw ValueError("Invalid format specifier '" + spec + "': " + error.what());
  }
}

std::string of_double(const std::string& spec, double value) {
  if (spec.empty()) return base::float_repr(value);
  if (spec.back() != '%') return formatted(spec, value);
  auto form = spec.substr(0, spec.size() - 1);
  // The sign of a percentage counts for the width.
  std::size_t digits = form.find('.');
  std::size_t width_end = digits == std::string::npos ? form.size() : digits, width_begin = width_end;
  while (width_begin > 0 && form[width_begin - 1] >= '0' && form[width_begin - 1] <= '9') --width_begin;
  check_spec(form);
  if (width_begin < width_end) {
    const auto width = std::stoul(form.substr(width_begin, width_end - width_begin));
    const bool zeros = form[width_begin] == '0';
    form.replace(width_begin, width_end - width_begin,
                 (zeros ? "0" : "") + std::to_string(std::max<std::size_t>(width, 2) - 1));
  }
  return formatted(form + "f", value * 100) + "%";
}

std::string of_result(const std::string& spec, const Result& result) {
  if (!result.is_array()) return of_double(spec, result.number());
  if (!spec.empty()) throw TypeError("unsupported format string passed to numpy.ndarray.__format__");
  return training::to_text(result);
}

std::string of_count(const std::string& spec, std::int64_t value) {
  const char kind = spec.empty() ? 'd' : spec.back();
  if (std::string("eEfFgG%").find(kind) != std::string::npos) return of_double(spec, static_cast<double>(value));
  return formatted(spec, value);
}

struct Filler {
  const std::vector<std::pair<std::string, std::int64_t>>& counts;
  const Logs& logs;

  std::string field(const std::string& name, const std::string& spec) const {
    const auto at = std::ranges::find(counts, name, [](const auto& count) { return count.first; });
    if (at != counts.end()) return of_count(spec, at->second);
    if (const auto value = find_result(logs, name)) return of_result(spec, *value);
    throw KeyError("'" + name + "'");
  }
};

}  // namespace

std::string fill_path(const std::string& path, const std::vector<std::pair<std::string, std::int64_t>>& counts,
                      const Logs& logs) {
  const Filler filler{counts, logs};
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool doubled = i + 1 < path.size() && path[i + 1] == c;
    if (c != '{' && c != '}') {
      out += c;
    } else if (doubled) {
      out += c;
      ++i;
    } else if (c == '}') {
      throw ValueError("Single '}' encountered in format string");
    } else {
      const auto end = path.find('}', i);
      if (end == std::string::npos) throw ValueError("expected '}' before end of string");
      const auto inside = path.substr(i + 1, end - i - 1);
      const auto colon = inside.find(':');
      out += filler.field(inside.substr(0, colon), colon == std::string::npos ? "" : inside.substr(colon + 1));
      i = end;
    }
  }
  return out;
}

}  // namespace hornbeam::callbacks
