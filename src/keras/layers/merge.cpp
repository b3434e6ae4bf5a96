#include "hornbeam/layers/merge.hpp"

#include <algorithm>
#include <set>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

std::string shapes_text(const std::vector<Shape>& shapes) {
  std::string s = "[";
  for (std::size_t i = 0; i < shapes.size(); ++i) s += (i ? ", " : "") + shapes[i].to_string();
  return s + "]";
}

std::string without_batch(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.begin() + (shape.rank() > 0), shape.end())).to_string();
}

// Keras's elementwise shape rule, from the second dim on: the batch is left out.
void check_broadcast(const std::vector<Shape>& shapes) {
  Shape out = shapes[0];
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    const auto& longer = out.rank() >= shapes[i].rank() ? out : shapes[i];
    const auto& shorter = out.rank() >= shapes[i].rank() ? shapes[i] : out;
    auto dims = longer.dims();
    for (std::size_t k = 1; k <= shorter.rank() && k < longer.rank(); ++k) {
      // Ranks that differ are filled up after the batch.
      if (k == shorter.rank()) break;
      auto& a = dims[dims.size() - k];
      const auto b = shorter[shorter.rank() - k];
      if (a < 0 || b < 0) {
        a = a < 0 && b < 0 ? None : std::max(a, b) == 1 ? None : std::max(a, b);
      } else if (a == 1) {
        a = b;
      } else if (b != 1 && a != b) {
        throw ValueError("Operands could not be broadcast together with shapes " + without_batch(out) + " " +
                         without_batch(shapes[i]));
      }
    }
    out = Shape(dims);
  }
}

// Integers beside floats, as Keras 3's lookup layers give them, become such.
std::vector<Tensor> with_floats(std::vector<Tensor> tensors) {
  const auto floats = std::ranges::find_if(tensors, [](const Tensor& t) { return is_floating(t.dtype()); });
  if (floats == tensors.end()) return tensors;
  const auto dtype = floats->dtype();
  for (auto& t : tensors) {
    if (is_integer(t.dtype())) t = ops::cast(t, dtype);
  }
  return tensors;
}

// A mask of [batch, steps] for each number of x.
Tensor mask_like(const Tensor& mask, const Tensor& x) {
  return ops::logical_and(ops::expand_dims(mask, -1), ops::cast(ops::ones_like(x), DType::boolean));
}

// Keras 3's Multiply: a masked factor is 1, and where all are masked the product is 0.
Tensor masked_product(const std::vector<Tensor>& x, const std::vector<Tensor>& masks) {
  const bool all_masked = std::ranges::all_of(masks, [](const Tensor& m) { return m.defined(); });
  Tensor y, any;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto factor = x[i];
    if (masks[i].defined()) {
      const auto mask = mask_like(masks[i], factor);
      factor = ops::where(mask, factor, ops::ones_like(factor));
      if (all_masked) any = any.defined() ? ops::logical_or(any, mask) : mask;
    }
    y = y.defined() ? y * factor : factor;
  }
  return all_masked ? ops::where(any, y, ops::zeros_like(y)) : y;
}

// Keras 3's Maximum and Minimum: what is masked is taken from the other side.
template <class F>
Tensor masked_fold(const std::vector<Tensor>& x, const std::vector<Tensor>& masks, F f) {
  Tensor y, y_mask;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto next = x[i];
    const auto mask = masks[i].defined() ? mask_like(masks[i], next) : Tensor();
    if (!y.defined()) {
      y = next;
      y_mask = mask;
      continue;
    }
    if (mask.defined()) next = ops::where(mask, next, y);
    if (y_mask.defined()) y = ops::where(y_mask, y, next);
    y_mask = mask.defined() && y_mask.defined() ? ops::logical_or(y_mask, mask) : Tensor();
    y = f(y, next);
  }
  return y;
}

}  // namespace

void MergeLayer::build(const std::vector<Shape>& input_shapes) {
  // From 2.3 on a list of one will do, but for what takes two.
  const bool takes_one = class_name() != "Subtract" && !input_shapes.empty() &&
                         (class_name() == "Add" || current_target() != Target::tf22);
  if (input_shapes.size() < 2 && !takes_one) {
    throw ValueError("A merge layer should be called on a list of at least 2 inputs. Got " +
                     std::to_string(input_shapes.size()) + " inputs.");
  }
  if (class_name() == "Subtract" && input_shapes.size() != 2) {
    throw ValueError("A `Subtract` layer should be called on exactly 2 inputs. Received: input_shape=" +
                     shapes_text(input_shapes));
  }
  std::set<std::int64_t> batches;
  for (const auto& s : input_shapes) {
    if (s.rank() && s[0] >= 0) batches.insert(s[0]);
  }
  if (batches.size() > 1) {
    throw ValueError("Can not merge tensors with different batch sizes. Got tensors with shapes : " +
                     shapes_text(input_shapes));
  }
  check_broadcast(input_shapes);
}

Values MergeLayer::call(const Values& inputs, CallContext& context) {
  if (inputs.is_tensor()) throw ValueError("A merge layer should be called on a list of inputs.");
  auto x = inputs.flatten();
  std::size_t rank = 0;
  for (const auto& t : x) rank = std::max(rank, t.rank());
  auto masks = context.masks;
  masks.resize(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    // What Keras 3 reshapes carries no mask any more.
    if (x[i].rank() < rank) masks[i] = {};
    while (x[i].rank() < rank) x[i] = ops::expand_dims(x[i], 1);
  }
  x = with_floats(std::move(x));
  const bool masked = std::ranges::any_of(masks, [](const Tensor& m) { return m.defined(); });
  if (!masked || current_target() != Target::keras3) return merge(x);
  if (class_name() == "Multiply") return masked_product(x, masks);
  if (class_name() == "Maximum" || class_name() == "Minimum") {
    return masked_fold(x, masks, [this](const Tensor& a, const Tensor& b) { return merge({a, b}); });
  }
  return merge(x);
}

std::vector<Tensor> MergeLayer::compute_mask(const Values&, const std::vector<Tensor>& masks) {
  Tensor all;
  if (current_target() == Target::keras3) {
    // A step of any input is a step of the output; one input without a mask, and there is none.
    if (std::ranges::any_of(masks, [](const Tensor& m) { return !m.defined(); })) return {};
    for (const auto& m : masks) all = all.defined() ? ops::logical_or(all, m) : m;
    if (!all.defined()) return {};
    return {all};
  }
  // All inputs' masks together; one without a mask lets everything through.
  for (const auto& m : masks) {
    if (!m.defined()) continue;
    all = all.defined() ? ops::logical_and(all, m) : m;
  }
  if (!all.defined()) return {};
  return {all};
}

namespace {
template <class F>
Tensor fold(const std::vector<Tensor>& x, F f) {
  Tensor y = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) y = f(y, x[i]);
  return y;
}
}  // namespace

Tensor AddLayer::merge(const std::vector<Tensor>& x) const {
  return fold(x, [](const Tensor& a, const Tensor& b) { return a + b; });
}
Tensor SubtractLayer::merge(const std::vector<Tensor>& x) const { return x[0] - x[1]; }
Tensor MultiplyLayer::merge(const std::vector<Tensor>& x) const {
  return fold(x, [](const Tensor& a, const Tensor& b) { return a * b; });
}
Tensor AverageLayer::merge(const std::vector<Tensor>& x) const {
  return fold(x, [](const Tensor& a, const Tensor& b) { return a + b; }) / static_cast<double>(x.size());
}
Tensor MaximumLayer::merge(const std::vector<Tensor>& x) const {
  return fold(x, [](const Tensor& a, const Tensor& b) { return ops::maximum(a, b); });
}
Tensor MinimumLayer::merge(const std::vector<Tensor>& x) const {
  return fold(x, [](const Tensor& a, const Tensor& b) { return ops::minimum(a, b); });
}

ConcatenateLayer::ConcatenateLayer(const ConcatenateOptions& options) : Layer(options.layer()), axis_(options.axis) {
  check();
}

void ConcatenateLayer::build(const std::vector<Shape>& shapes) {
  if (shapes.empty()) {
    throw ValueError("A `Concatenate` layer should be called on a list of at least 1 input. Received: input_shape=[]");
  }
  const auto rank = static_cast<std::int64_t>(shapes[0].rank());
  const auto axis = axis_ < 0 ? axis_ + rank : axis_;
  bool same = axis >= 0 && axis < rank;
  for (const auto& s : shapes) {
    same = same && s.rank() == shapes[0].rank();
    for (std::int64_t i = 0; same && i < rank; ++i) {
      const auto a = s[static_cast<std::size_t>(i)], b = shapes[0][static_cast<std::size_t>(i)];
      if (i != axis && a >= 0 && b >= 0 && a != b) same = false;
    }
  }
  if (!same) {
    throw ValueError(
        "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. Got inputs shapes: " +
        shapes_text(shapes));
  }
}

Values ConcatenateLayer::call(const Values& inputs, CallContext&) {
  if (inputs.is_tensor()) {
    throw ValueError("A `Concatenate` layer should be called on a list of at least 2 inputs; it was given one tensor.");
  }
  const auto x = inputs.flatten();
  if (std::ranges::any_of(x, is_ragged)) {
    if (!std::ranges::all_of(x, is_ragged)) throw_no_ragged(name(), x);
    return concat_ragged(x, axis_);
  }
  if (x.size() == 1) return x[0];
  return ops::concat(with_floats(x), axis_);
}

std::vector<Tensor> ConcatenateLayer::compute_mask(const Values& inputs, const std::vector<Tensor>& masks) {
  if (std::none_of(masks.begin(), masks.end(), [](const Tensor& m) { return m.defined(); })) return {};
  const auto x = inputs.flatten();
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!masks[i].defined()) {
      parts.push_back(ops::cast(ops::ones_like(x[i]), DType::boolean));
    } else if (masks[i].rank() < x[i].rank()) {
      parts.push_back(
          ops::logical_and(ops::expand_dims(masks[i], -1), ops::cast(ops::ones_like(x[i]), DType::boolean)));
    } else {
      parts.push_back(masks[i]);
    }
  }
  const auto joined = ops::concat(parts, axis_);
  return {current_target() == Target::keras3 ? ops::reduce_any(joined, -1) : ops::reduce_all(joined, -1)};
}

}  // namespace hornbeam

HB_REGISTER(layer_merge) {
  using namespace hornbeam;
  register_builtin<AddLayer>();
  register_builtin<SubtractLayer>();
  register_builtin<MultiplyLayer>();
  register_builtin<AverageLayer>();
  register_builtin<MaximumLayer>();
  register_builtin<MinimumLayer>();
  register_builtin<ConcatenateLayer>();
}
