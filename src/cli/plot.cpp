#include "cli/plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "hornbeam/ops_array.hpp"

namespace hornbeam::cli {
namespace {

constexpr double kWidth = 720, kLeft = 80, kRight = 170, kTop = 40, kPanel = 300, kGap = 60;
constexpr std::array kColours = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                 "#9467bd", "#8c564b", "#e377c2", "#17becf"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

// "val_loss" is drawn with "loss".
std::string measure_of(const std::string& name) { return name.starts_with("val_") ? name.substr(4) : name; }

struct Curve {
  std::string name;
  bool of_validation;
  std::vector<std::optional<double>> values;  // by epoch
};

struct Panel {
  std::string measure;
  std::vector<Curve> curves;
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
};

// Of an array a curve for each element: "f1_score[0]".
std::vector<Curve> curves_of(const History& history, const std::string& name) {
  const auto results = history.by_epoch(name);
  std::vector<Curve> curves;
  for (std::size_t e = 0; e < results.size(); ++e) {
    if (!results[e]) continue;
    const auto numbers = ops::cast(results[e]->array(), DType::float64);
    const auto elements = numbers.data<double>();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i == curves.size()) {
        const auto shown = results[e]->is_array() ? fmt::format("{}[{}]", name, i) : name;
        curves.push_back({shown, name.starts_with("val_"), std::vector<std::optional<double>>(results.size())});
      }
      curves[i].values[e] = elements[i];
    }
  }
  return curves;
}

std::vector<Panel> panels_of(const History& history) {
  std::vector<Panel> panels;
  for (const auto& [name, values] : history.history) {
    auto at = std::ranges::find(panels, measure_of(name), [](const auto& panel) { return panel.measure; });
    if (at == panels.end()) at = panels.insert(at, Panel{.measure = measure_of(name), .curves = {}});
    for (auto& curve : curves_of(history, name)) {
      for (const auto& value : curve.values) {
        if (!value || !std::isfinite(*value)) continue;
        at->low = std::min(at->low, *value);
        at->high = std::max(at->high, *value);
      }
      at->curves.push_back(std::move(curve));
    }
  }
  // Of numbers whose distance is one, and of one that a picture can show.
  constexpr auto kMost = std::numeric_limits<double>::max() / 4;
  for (auto& panel : panels) {
    if (std::isfinite(panel.low)) {
      panel.low = std::clamp(panel.low, -kMost, kMost);
      panel.high = std::clamp(panel.high, -kMost, kMost);
    }
    const auto size = std::max(std::abs(panel.low), std::abs(panel.high));
    if (panel.high - panel.low > std::max(size * 1e-12, 1e-300)) continue;
    const auto middle = std::isfinite(panel.low) ? panel.low : 0.0;
    const auto half = std::max(std::abs(middle) * 0.5, 1e-12);
    panel.low = middle - half;
    panel.high = middle + half;
  }
  return panels;
}

// Round numbers about so many in a range: 1, 2 or 5 times a power of ten apart.
std::vector<double> ticks(double low, double high, int about) {
  const auto rough = (high - low) / about;
  const auto power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= rough) {
      step = power * factor;
      break;
    }
  }
  std::vector<double> list;
  for (auto i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && list.size() < 50; ++i) {
    list.push_back(i * step);
  }
  return list;
}

class Drawing {
 public:
  explicit Drawing(const History& history) : history_(history) {
    if (!history.epoch.empty()) {
      first_ = static_cast<double>(history.epoch.front() + 1);
      last_ = static_cast<double>(history.epoch.back() + 1);
    }
  }

  std::string draw() {
    const auto panels = panels_of(history_);
    const auto height = kTop + static_cast<double>(std::max<std::size_t>(panels.size(), 1)) * (kPanel + kGap);
    svg_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<title>Training curves</title>\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
        kWidth, height);
    top_ = kTop;
    std::size_t colour = 0;
    for (const auto& panel : panels) {
      axes(panel);
      double row = 0;
      for (const auto& curve : panel.curves) draw_curve(panel, curve, kColours[colour++ % kColours.size()], row++);
      top_ += kPanel + kGap;
    }
    return svg_ + "</svg>\n";
  }

 private:
  double x(double epoch) const {
    const auto right = kWidth - kRight;
    return last_ > first_ ? kLeft + (right - kLeft) * (epoch - first_) / (last_ - first_) : (kLeft + right) / 2;
  }
  double y(const Panel& panel, double value) const {
    const auto shown = std::clamp(value, panel.low, panel.high);
    return top_ + kPanel * (1 - (shown - panel.low) / (panel.high - panel.low));
  }
  void text(double at_x, double at_y, const char* anchor, const std::string& words, const std::string& more = "") {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", at_x, at_y, anchor, more,
                        escaped(words));
  }

  void axes(const Panel& panel) {
    const auto right = kWidth - kRight, bottom = top_ + kPanel;
    text(kLeft, top_ - 12, "start", panel.measure, " font-weight=\"bold\"");
    for (const auto value : ticks(panel.low, panel.high, 5)) {
      svg_ += fmt::format("<path d=\"M {} {:.1f} H {}\" stroke=\"#dddddd\"/>\n", kLeft, y(panel, value), right);
      text(kLeft - 6, y(panel, value) + 4, "end", fmt::format("{:.6g}", std::abs(value) < 1e-300 ? 0.0 : value));
    }
    const auto epochs = last_ > first_ ? ticks(first_, last_, 8) : std::vector<double>{first_};
    for (const auto epoch : epochs) {
      if (epoch != std::floor(epoch)) continue;
      svg_ += fmt::format("<path d=\"M {:.1f} {} v 4\" stroke=\"black\"/>\n", x(epoch), bottom);
      text(x(epoch), bottom + 18, "middle", fmt::format("{}", epoch));
    }
    text((kLeft + right) / 2, bottom + 36, "middle", "epoch");
    svg_ += fmt::format("<path d=\"M {} {} V {} H {}\" fill=\"none\" stroke=\"black\"/>\n", kLeft, top_, bottom, right);
  }

  void draw_curve(const Panel& panel, const Curve& curve, const char* colour, double row) {
    const auto& values = curve.values;
    const char* dashes = curve.of_validation ? " stroke-dasharray=\"6 3\"" : "";
    std::string points, dots;
    const auto line = [&] {
      svg_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n", points,
                          colour, dashes);
      points.clear();
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) continue;
      if (!std::isfinite(*values[i])) {  // no line leads over what is no number
        if (!points.empty()) line();
        continue;
      }
      const auto at_x = x(static_cast<double>(history_.epoch[i] + 1)), at_y = y(panel, *values[i]);
      points += fmt::format("{:.1f},{:.1f} ", at_x, at_y);
      if (values.size() <= 40) {
        dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n", at_x, at_y, colour);
      }
    }
    if (!points.empty()) line();
    svg_ += dots;
    const auto left = kWidth - kRight + 14, at_y = top_ + 10 + 18 * row;
    svg_ += fmt::format("<path d=\"M {} {} h 22\" stroke=\"{}\" stroke-width=\"2\"{}/>\n", left, at_y, colour, dashes);
    text(left + 28, at_y + 4, "start", curve.name, fmt::format(" fill=\"{}\"", colour));
  }

  const History& history_;
  std::string svg_;
  double first_ = 1, last_ = 1, top_ = 0;
};

}  // namespace

std::string history_svg(const History& history) { return Drawing(history).draw(); }

}  // namespace hornbeam::cli
