#include "keras/layers/einsum_shapes.h"

#include <algorithm>
#include <map>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr std::string_view kEinsumDots = "...";

struct EinsumSpecs {
  std::string input, weight, output;
  bool left_elided = false;
};

bool is_label(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads an equation from the left; as in Keras, what stands behind the last label is not looked at.
class EinsumScanner {
 public:
  explicit EinsumScanner(std::string_view text) : rest_(text) {}
  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  std::string labels() {
    const auto end = static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_label) - rest_.begin());
    std::string found(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return found;
  }

 private:
  std::string_view rest_;
};

EinsumSpecs read_specs(const std::string& equation) {
  EinsumScanner scanner(equation);
  EinsumSpecs specs;
  specs.left_elided = scanner.take(kEinsumDots);
  specs.input = scanner.labels();
  const bool right_elided = !specs.left_elided && scanner.take(kEinsumDots);
  bool good = specs.input.size() >= (right_elided ? 2U : 1U) && scanner.take(",");
  specs.weight = scanner.labels();
  good = good && !specs.weight.empty() && scanner.take("->") && (!specs.left_elided || scanner.take(kEinsumDots));
  specs.output = scanner.labels();
  if (!good || specs.output.empty() || (right_elided && !scanner.take(kEinsumDots))) {
    throw ValueError("Invalid einsum equation '" + equation +
                     "'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....");
  }
  return specs;
}

std::string dim_text(std::int64_t dim) { return dim < 0 ? "None" : std::to_string(dim); }
std::string quoted(char label) { return "'" + std::string(1, label) + "'"; }

}  // namespace

EinsumWeights einsum_weights(const std::string& equation, const std::optional<std::string>& bias_axes,
                             const Shape& input_shape, const Shape& output_shape) {
  const auto specs = read_specs(equation);
  if (input_shape.rank() < specs.input.size()) {
    throw IndexError("tuple index out of range: input shape " + input_shape.to_string() +
                     " has fewer dimensions than the input spec '" + specs.input + "' of the equation '" + equation +
                     "'");
  }
  const auto elided = input_shape.rank() - specs.input.size();
  const auto left = specs.left_elided ? elided : 0;
  auto output = output_shape.dims();
  output.insert(output.begin(), input_shape[0]);
  for (std::size_t i = 1; i < left; ++i) output.insert(output.begin() + 1, input_shape[i]);
  for (std::size_t i = specs.input.size(); !specs.left_elided && i < input_shape.rank(); ++i) {
    output.push_back(input_shape[i]);
  }
  if (output.size() < specs.output.size() + left) {
    throw IndexError("list index out of range: `output_shape` " + output_shape.to_string() +
                     " has fewer dimensions than the output spec '" + specs.output + "' of the equation '" + equation +
                     "'");
  }
  std::map<char, std::int64_t> input_dims, output_dims;
  for (std::size_t i = 0; i < specs.input.size(); ++i) input_dims[specs.input[i]] = input_shape[i + left];
  for (std::size_t i = 0; i < specs.output.size(); ++i) output_dims[specs.output[i]] = output[i + left];
  for (const char label : specs.input) {
    const auto found = output_dims.find(label);
    if (found == output_dims.end() || found->second < 0 || found->second == input_dims[label]) continue;
    throw ValueError("Input shape and output shape do not match at shared dimension " + quoted(label) +
                     ". Input shape is " + dim_text(input_dims[label]) + ", and output shape is " +
                     dim_text(found->second) + ".");
  }
  for (const char label : specs.output) {
    if (input_dims.contains(label) || specs.weight.find(label) != std::string::npos) continue;
    throw ValueError("Dimension " + quoted(label) + " was specified in the output '" + specs.output +
                     "' but has no corresponding dim in the input spec '" + specs.input + "' or weight spec '" +
                     specs.output + "'");
  }
  EinsumWeights weights;
  for (const char label : specs.weight) {
    if (const auto in = input_dims.find(label); in != input_dims.end()) {
      weights.kernel.push_back(in->second);
    } else if (const auto out = output_dims.find(label); out != output_dims.end()) {
      weights.kernel.push_back(out->second);
    } else {
      throw ValueError("Weight dimension " + quoted(label) + " did not have a match in either the input spec '" +
                       specs.input + "' or the output spec '" + specs.output +
                       "'. For this layer, the weight must be fully specified.");
    }
  }
  if (!bias_axes) return weights;
  auto first = specs.output.size();
  for (const char label : *bias_axes) {
    const auto at = specs.output.find(label);
    if (at == std::string::npos) {
      throw ValueError("Bias dimension " + quoted(label) + " was requested, but is not part of the output spec '" +
                       specs.output + "'");
    }
    first = std::min(first, at);
  }
  if (bias_axes->empty()) throw ValueError("min() arg is an empty sequence: `bias_axes` names no dimension");
  weights.bias.emplace();
  for (const char label : specs.output.substr(first)) {
    weights.bias->push_back(bias_axes->find(label) == std::string::npos ? 1 : output_dims[label]);
  }
  for (std::size_t i = 0; !specs.left_elided && i < elided; ++i) weights.bias->push_back(1);
  return weights;
}

}  // namespace hornbeam
