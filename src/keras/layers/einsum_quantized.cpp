#include "keras/layers/einsum_quantized.h"

#include <algorithm>

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

struct Labels {
  std::string inputs, kernel, output;
};

Labels labels_of(const std::string& equation) {
  if (equation.find('.') != std::string::npos) {
    throw TypeError(
        "object of type 'int' has no len(): Keras cannot quantize an EinsumDense whose equation has "
        "'...'. Received: equation=" +
        equation);
  }
  const auto comma = equation.find(','), arrow = equation.find("->");
  return {equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2)};
}

// The axes of an operand whose labels the output has not, and, in the output's order, where those that it has stand
// among themselves.
struct Axes {
  std::vector<std::int64_t> summed, order;
};
Axes axes_of(const std::string& operand, const std::string& output) {
  Axes axes;
  std::string kept;
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (output.find(operand[i]) == std::string::npos) {
      axes.summed.push_back(static_cast<std::int64_t>(i));
    } else {
      kept += operand[i];
    }
  }
  for (const auto label : output) {
    if (const auto at = kept.find(label); at != std::string::npos) axes.order.push_back(static_cast<std::int64_t>(at));
  }
  return axes;
}

}  // namespace

QuantizedForm einsum_quantized_form(const std::string& equation, const Shape& kernel) {
  const auto labels = labels_of(equation);
  auto [summed, order] = axes_of(labels.kernel, labels.output);
  QuantizedForm form{.kernel = kernel, .axes = summed, .scale = {}, .order = std::move(order), .matrix = {}};
  std::int64_t rows = 1, columns = 1;
  for (std::size_t i = 0; i < kernel.rank(); ++i) {
    (std::ranges::find(summed, static_cast<std::int64_t>(i)) == summed.end() ? columns : rows) *= kernel[i];
  }
  form.matrix = {rows, columns};
  std::vector<std::int64_t> scale;
  for (const auto label : labels.output) {
    const auto at = labels.kernel.find(label);
    scale.push_back(at == std::string::npos ? 1 : kernel[at]);
  }
  form.scale = Shape(scale);
  return form;
}

std::vector<std::int64_t> einsum_summed_axes(const std::string& equation) {
  const auto labels = labels_of(equation);
  return axes_of(labels.inputs, labels.output).summed;
}

Tensor einsum_scale_on_output(const std::string& equation, const Tensor& scale) {
  const auto labels = labels_of(equation);
  const auto [summed, order] = axes_of(labels.inputs, labels.output);
  auto laid_out = ops::transpose(summed.empty() ? scale : ops::squeeze(scale, summed), order);
  for (std::size_t i = 0; i < labels.output.size(); ++i) {
    if (labels.inputs.find(labels.output[i]) == std::string::npos) {
      laid_out = ops::expand_dims(laid_out, static_cast<std::int64_t>(i));
    }
  }
  return laid_out;
}

}  // namespace hornbeam
