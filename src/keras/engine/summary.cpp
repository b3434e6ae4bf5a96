// Model::summary: the text tf.keras 2.15 prints.
#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>

#include "hornbeam/model.hpp"
#include "keras/engine/graph_map.h"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

struct Size {
  std::int64_t count = 0;
  double bytes = 0;
};

Size size_of_weights(const std::vector<Variable>& weights) {
  Size size;
  for (const auto& v : weights) {
    const auto n = v->shape().num_elements();
    size.count += n;
    size.bytes += static_cast<double>(n) * static_cast<double>(size_of(v->dtype()));
  }
  return size;
}

std::string readable(double bytes) {
  static constexpr std::array kUnits{"Byte", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f} {}", bytes, kUnits[unit]);
}

std::string shape_text(const Values& values) {
  if (values.is_tensor()) return values.tensor().shape().to_string();
  std::string s = values.is_dict() ? "{" : "[";
  bool first = true;
  const auto separate = [&] {
    if (!first) s += ", ";
    first = false;
  };
  if (values.is_dict()) {
    for (const auto& [key, item] : values.dict()) {
      separate();
      s += "'" + key + "': " + shape_text(item);
    }
    return s + "}";
  }
  if (values.is_list()) {
    for (const auto& item : values.list()) {
      separate();
      s += shape_text(item);
    }
  }
  return s + "]";
}

// The shape of every call's output when they agree, else "multiple".
std::string output_shape_text(const Layer& layer) {
  std::string text;
  const auto nodes = layer.inbound_nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto shapes = shape_text(layer.get_output_at(i));
    const auto here = nodes[i]->is_input() ? "[" + shapes + "]" : shapes;
    if (!text.empty() && text != here) return "multiple";
    text = here;
  }
  return text.empty() ? "multiple" : text;
}

class Printer {
 public:
  Printer(const Model& model, const SummaryOptions& options, std::function<void(const std::string&)> print)
      : model_(model), options_(options), print_(std::move(print)) {
    if (const auto* functional = dynamic_cast<const FunctionalModel*>(&model)) {
      for (const auto& placed : functional->nodes()) nodes_.insert(placed.node.get());
    }
    connections_ = !is_sequential_like();
    line_length_ = options.line_length.value_or(connections_ ? 98 : 65);
    auto positions = options.positions;
    if (positions.empty()) {
      positions = connections_ ? std::vector<double>{0.3, 0.6, 0.70, 1.0} : std::vector<double>{0.45, 0.85, 1.0};
    }
    for (const auto p : positions) {
      positions_.push_back(static_cast<int>(positions.back() <= 1 ? line_length_ * p : p));
    }
    if (options.show_trainable) {
      line_length_ += 11;
      positions_.push_back(line_length_);
    }
  }

  void print_all() {
    print_("Model: \"" + model_.name() + "\"");
    rule('_');
    std::vector<std::string> header{"Layer (type)", "Output Shape", "Param #"};
    if (connections_) header.emplace_back("Connected to");
    if (options_.show_trainable) header.emplace_back("Trainable");
    print_row(header, 0);
    rule('=');
    for (const auto& layer : shown_layers()) print_layer(*layer, 0, false);
    rule('=');
    const auto trainable = size_of_weights(model_.trainable_weights());
    const auto rest = size_of_weights(model_.non_trainable_weights());
    print_(fmt::format("Total params: {} ({})", trainable.count + rest.count, readable(trainable.bytes + rest.bytes)));
    print_(fmt::format("Trainable params: {} ({})", trainable.count, readable(trainable.bytes)));
    print_(fmt::format("Non-trainable params: {} ({})", rest.count, readable(rest.bytes)));
    rule('_');
  }

 private:
  // From the first layer that matches either end of layer_range to the last.
  std::vector<std::shared_ptr<Layer>> shown_layers() const {
    auto layers = model_.layers();
    if (!options_.layer_range) return layers;
    std::size_t from = layers.size(), to = 0;
    for (const auto& pattern : {options_.layer_range->first, options_.layer_range->second}) {
      // RE2 runs in linear time whatever the pattern.
      const re2::RE2 regex(pattern, re2::RE2::Quiet);
      for (std::size_t i = 0; i < layers.size(); ++i) {
        if (!regex.ok() || !re2::RE2::PartialMatch(layers[i]->name(), "^(?:" + pattern + ")")) continue;
        from = std::min(from, i);
        to = std::max(to, i + 1);
      }
    }
    if (from >= to) {
      throw ValueError("Passed layer_names do not match the layer names in the model. Received: ['" +
                       options_.layer_range->first + "', '" + options_.layer_range->second + "']");
    }
    return {layers.begin() + static_cast<std::ptrdiff_t>(from), layers.begin() + static_cast<std::ptrdiff_t>(to)};
  }

  // One node at every depth, with one input, and no layer twice.
  bool is_sequential_like() const {
    const auto* functional = dynamic_cast<const FunctionalModel*>(&model_);
    if (!functional || dynamic_cast<const SequentialModel*>(functional)) return true;
    std::set<int> depths;
    std::set<const Layer*> layers;
    for (const auto& [node, depth] : functional->nodes()) {
      if (!depths.insert(depth).second || node->symbolic_inputs().size() > 1) return false;
      if (!layers.insert(node->layer.get()).second) return false;
    }
    return true;
  }

  void rule(char c) { print_(std::string(static_cast<std::size_t>(line_length_), c)); }

  static std::string bars(int n) { return std::string(static_cast<std::size_t>(n), '|'); }
  static std::string macrons(int n) {
    std::string s;
    for (int i = 0; i < n; ++i) s += "\u00af";
    return s;
  }

  void print_row(std::vector<std::string> left, int level) {
    const auto last = positions_.size() - 1;
    while (std::any_of(left.begin(), left.end(), [](const std::string& s) { return !s.empty(); })) {
      std::string line;
      for (std::size_t col = 0; col < left.size(); ++col) {
        const int start = col > 0 ? positions_[col - 1] : 0;
        int cutoff = positions_[col] - start - (col != last ? 3 : 0) - (col == 0 ? level : 0);
        cutoff = std::max(cutoff, 1);
        auto fit = left[col].substr(0, static_cast<std::size_t>(cutoff));
        // A closing bracket or quote before a comma ends the line early.
        std::size_t stop = std::string::npos;
        for (const auto* mark : {"),", "},", "],", "',"}) {
          if (const auto at = fit.find(mark); at != std::string::npos) stop = std::min(stop, at + 2);
        }
        if (stop != std::string::npos) {
          cutoff = static_cast<int>(stop);
          fit = fit.substr(0, stop);
        }
        if (col == 0) line += bars(level) + " ";
        line += fit;
        if (col != last) line += "  ";
        left[col] = left[col].substr(std::min(left[col].size(), static_cast<std::size_t>(cutoff)));
        const int wanted = positions_[col] - (level && col == last ? level : 0);
        if (static_cast<int>(line.size()) < wanted) line.resize(static_cast<std::size_t>(wanted), ' ');
      }
      print_(line + bars(level));
    }
  }

  std::string connections_of(const Layer& layer) const {
    std::string s = "[";
    for (const auto& node : layer.inbound_nodes()) {
      if (!nodes_.contains(node.get())) continue;
      for (const auto& t : node->symbolic_inputs()) {
        const auto* k = as_keras_tensor(t);
        const auto& from = *k->node->layer;
        const int index = k->node->index() + (skips_first_node(from) ? 1 : 0);
        s += (s.size() > 1 ? ", '" : "'") + from.name() + "[" + std::to_string(index) + "][" +
             std::to_string(k->tensor_index) + "]'";
      }
    }
    return s + "]";
  }

  void print_layer(const Layer& layer, int level, bool last) {
    const auto* model = dynamic_cast<const Model*>(&layer);
    const auto params = layer.built() || dynamic_cast<const FunctionalModel*>(model)
                            ? std::to_string(layer.count_params())
                            : "0 (unused)";
    std::vector<std::string> fields{layer.name() + " (" + layer.class_name() + ")", output_shape_text(layer), params};
    if (connections_) fields.push_back(connections_of(layer));
    if (options_.show_trainable) fields.emplace_back(layer.trainable() ? "Y" : "N");
    print_row(fields, level);
    if (options_.expand_nested && model && !model->layers().empty()) {
      print_(bars(level + 1) + macrons(line_length_ - 2 * level - 2) + bars(level + 1));
      const auto inner = model->layers();
      last = false;
      for (std::size_t i = 0; i < inner.size(); ++i) {
        last = i + 1 == inner.size();
        print_layer(*inner[i], level + 1, last);
      }
      print_(bars(level) + macrons(line_length_ - 2 * level) + bars(level));
    }
    if (!last) {
      print_(bars(level) + std::string(static_cast<std::size_t>(std::max(0, line_length_ - 2 * level)), ' ') +
             bars(level));
    }
  }

  const Model& model_;
  const SummaryOptions& options_;
  std::function<void(const std::string&)> print_;
  std::set<const KerasNode*> nodes_;
  bool connections_ = false;
  int line_length_ = 65;
  std::vector<int> positions_;
};

}  // namespace

std::string Model::summary(const SummaryOptions& options) const {
  if (!built()) {
    throw ValueError(
        "This model has not yet been built. Build the model first by calling `build()` or calling `fit()` with some "
        "data, or specify an `input_shape` argument in the first layer(s) for automatic build.");
  }
  std::string text;
  Printer(*this, options, [&](const std::string& line) {
    text += line + "\n";
    if (options.print_fn) options.print_fn(line);
  }).print_all();
  return text;
}

}  // namespace hornbeam
