#include "cli/plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hornbeam::cli {
namespace {

constexpr double kWidth = 640, kHeight = 400, kMargin = 50;
constexpr std::array kColours = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string history_svg(const History& history) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t most = 1;
  for (const auto& [name, values] : history.history) {
    most = std::max(most, values.size());
    for (const auto v : values) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  if (!(low < high)) {
    low = std::isfinite(low) ? low - 0.5 : 0.0;
    high = low + 1.0;
  }
  const auto x = [&](std::size_t i) {
    const auto steps = static_cast<double>(std::max<std::size_t>(most - 1, 1));
    return kMargin + (kWidth - 2 * kMargin) * static_cast<double>(i) / steps;
  };
  const auto y = [&](double v) { return kHeight - kMargin - (kHeight - 2 * kMargin) * (v - low) / (high - low); };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n"
      "<path d=\"M {2} {2} V {3} H {4}\" fill=\"none\" stroke=\"black\"/>\n",
      kWidth, kHeight, kMargin, kHeight - kMargin, kWidth - kMargin);
  svg += fmt::format("<text x=\"4\" y=\"{:.1f}\">{:.4g}</text>\n<text x=\"4\" y=\"{:.1f}\">{:.4g}</text>\n", y(high),
                     high, y(low), low);
  for (std::size_t c = 0; c < history.history.size(); ++c) {
    const auto& [name, values] = history.history[c];
    const auto* colour = kColours[c % kColours.size()];
    std::string points;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i])) points += fmt::format("{:.1f},{:.1f} ", x(i), y(values[i]));
    }
    svg += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", points, colour);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>\n", kWidth - 2.5 * kMargin,
                       20 + 16 * static_cast<double>(c), colour, escaped(name));
  }
  return svg + "</svg>\n";
}

}  // namespace hornbeam::cli
