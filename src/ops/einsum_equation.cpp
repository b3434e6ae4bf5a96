#include "ops/einsum_equation.h"

#include <algorithm>

#include "ops/axes.h"

namespace hornbeam {
namespace {

Labels parse_labels(std::string_view text) {
  Labels labels;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (text.substr(i, 3) != "...") throw InvalidArgumentError("Invalid ellipsis in einsum: " + std::string(text));
      if (std::find(labels.begin(), labels.end(), kEllipsis) != labels.end()) {
        throw InvalidArgumentError("Expecting at most one ellipsis in einsum subscript: " + std::string(text));
      }
      labels.push_back(kEllipsis);
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      throw InvalidArgumentError("Unexpected character '" + std::string(1, c) +
                                 "' in einsum equation: " + std::string(text));
    }
  }
  return labels;
}

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

}  // namespace

EinsumEquation EinsumEquation::parse(const std::string& text) {
  const auto arrow = text.find("->");
  if (arrow == std::string::npos || text.find("->", arrow + 2) != std::string::npos) {
    throw InvalidArgumentError("Expecting exactly one '->' in einsum equation: " + text);
  }
  EinsumEquation e;
  std::string_view left(text.data(), arrow);
  while (true) {
    const auto comma = left.find(',');
    e.inputs.push_back(parse_labels(left.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  e.output = parse_labels(std::string_view(text).substr(arrow + 2));
  if (e.inputs.size() > 2) {
    throw InvalidArgumentError("Expecting 1 or 2 input subscripts in equation '" + text +
                               "' but got: " + std::to_string(e.inputs.size()));
  }
  for (const auto label : e.output) {
    const bool found =
        std::any_of(e.inputs.begin(), e.inputs.end(), [&](const auto& in) { return contains(in, label); });
    if (!found && label != kEllipsis) {
      throw InvalidArgumentError("Einsum expects every output label to be in an input, in equation: " + text);
    }
  }
  return e;
}

std::int64_t ResolvedEinsum::size(Label label) const {
  for (const auto& [name, size] : sizes) {
    if (name == label) return size;
  }
  return 1;
}

Shape ResolvedEinsum::output_shape() const {
  Shape shape;
  for (const auto label : output) shape.push_back(size(label));
  return shape;
}

std::int64_t ResolvedEinsum::stride(const Labels& labels, const Shape& shape, Label label) {
  std::int64_t result = 0, stride = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (labels[i] == label && shape[i] != 1) result += stride;
    stride *= shape[i];
  }
  return result;
}

bool resolve_einsum(const EinsumEquation& equation, const std::vector<Shape>& shapes, ResolvedEinsum& result) {
  if (equation.inputs.size() != shapes.size()) {
    throw InvalidArgumentError("Expected " + std::to_string(equation.inputs.size()) +
                               " inputs for the einsum equation but got: " + std::to_string(shapes.size()));
  }
  std::size_t widest = 0;
  bool open = false;
  const auto note = [&](Label label, std::int64_t size, std::size_t axis, const Shape& shape) {
    for (auto& [name, known] : result.sizes) {
      if (name != label) continue;
      // The dims of "..." broadcast: an unknown one that meets 1 stays unknown.
      if (known == size || (label >= kEllipsis && size == 1)) return;
      if (label >= kEllipsis && known == 1) {
        known = size;
        return;
      }
      if (size == None) return;
      if (known == None) {
        known = size;
        return;
      }
      throw InvalidArgumentError("Expected dimension " + std::to_string(known) + " at axis " + std::to_string(axis) +
                                 " of the input shaped " + bracketed(shape) + " but got dimension " +
                                 std::to_string(size));
    }
    result.sizes.emplace_back(label, size);
  };
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto& labels = equation.inputs[i];
    const auto& shape = shapes[i];
    const bool ellipsis = contains(labels, kEllipsis);
    if (!shape.has_rank()) {
      open = open || ellipsis;
      for (const auto label : labels) {
        if (label != kEllipsis) note(label, None, 0, shape);
      }
      result.inputs.push_back(labels);
      continue;
    }
    const auto letters = labels.size() - (ellipsis ? 1 : 0);
    if (ellipsis ? shape.rank() < letters : shape.rank() != letters) {
      throw InvalidArgumentError("Expected input " + std::to_string(i) + " to have rank " +
                                 (ellipsis ? "at least " : "") + std::to_string(letters) +
                                 " but got: " + std::to_string(shape.rank()));
    }
    const auto hidden = shape.rank() - letters;
    Labels full;
    for (const auto label : labels) {
      if (label == kEllipsis) {
        for (std::size_t d = hidden; d-- > 0;) full.push_back(kEllipsis + static_cast<Label>(d));
      } else {
        full.push_back(label);
      }
    }
    widest = std::max(widest, ellipsis ? hidden : 0);
    for (std::size_t d = 0; d < full.size(); ++d) note(full[d], shape[d], d, shape);
    result.inputs.push_back(std::move(full));
  }
  if (open && contains(equation.output, kEllipsis)) return false;
  for (const auto label : equation.output) {
    if (label == kEllipsis) {
      for (std::size_t d = widest; d-- > 0;) result.output.push_back(kEllipsis + static_cast<Label>(d));
    } else {
      result.output.push_back(label);
    }
  }
  return true;
}

}  // namespace hornbeam
