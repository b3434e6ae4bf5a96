// RaggedTensor: what it is made of, and what is computed of that by ops, eager and traced.
#include <algorithm>

#include "hornbeam/ops.hpp"
#include "ops/int_values.h"
#include "ops/ragged/ragged.h"
#include "ops/ragged/ragged_calls.h"

namespace hornbeam {
namespace {

Shape shape_of_ragged(const Tensor& flat, const std::vector<Tensor>& splits) {
  const auto& outer = splits[0].shape();
  std::vector<std::int64_t> dims{outer.has_rank() && outer[0] > 0 ? outer[0] - 1 : None};
  dims.resize(1 + splits.size(), None);
  const auto& inner = flat.shape();
  if (!inner.has_rank()) return Shape::unknown();
  dims.insert(dims.end(), inner.begin() + 1, inner.end());
  return Shape(std::move(dims));
}

[[noreturn]] void invalid(const char* factory, const std::string& why) {
  throw InvalidArgumentError(std::string("Arguments to ") + factory + " do not form a valid RaggedTensor: " + why);
}

Tensor int64_vector(const Tensor& t, const char* factory, const char* what) {
  if (t.dtype() != DType::int32 && t.dtype() != DType::int64) {
    throw ValueError(std::string(what) + " must have dtype int32 or int64, received " +
                     std::string(name_of(t.dtype())));
  }
  if (t.shape().has_rank() && t.rank() != 1) invalid(factory, std::string(what) + " must be a vector");
  return ops::cast(t, DType::int64);
}

// How many rows `values` have, where that is known.
std::int64_t rows_known(const Tensor& values) { return is_ragged(values) ? count_rows(values) : values.shape()[0]; }

void check_splits(const Tensor& splits, const Tensor& values, const char* factory) {
  if (!splits.is_concrete()) return;
  const auto s = splits.data<std::int64_t>();
  if (s.empty()) invalid(factory, "row_splits must have at least one value");
  if (s[0] != 0) invalid(factory, "row_splits[0] is " + std::to_string(s[0]) + ", not 0");
  if (!std::is_sorted(s.begin(), s.end())) invalid(factory, "row_splits must not decrease");
  const auto rows = rows_known(values);
  if (rows >= 0 && s.back() != rows) {
    invalid(factory,
            "row_splits end with " + std::to_string(s.back()) + ", but there are " + std::to_string(rows) + " values");
  }
}

Tensor part(const Tensor& t, std::int64_t begin, std::int64_t end, bool to_end) {
  return ops::strided_slice(t, {begin}, {end}, {1}, {.end_mask = to_end ? 1 : 0});
}
Tensor starts_of(const Tensor& splits) { return part(splits, 0, -1, false); }
Tensor limits_of(const Tensor& splits) { return part(splits, 1, 0, true); }
Tensor lengths_of(const Tensor& splits) { return limits_of(splits) - starts_of(splits); }
Tensor longest_of(const Tensor& splits) { return ops::maximum(ops::reduce_max(lengths_of(splits)), std::int64_t{0}); }
Tensor first_dim(const Tensor& t) {
  return ops::cast(ops::strided_slice(ops::shape(t), {0}, {1}, {1}, {.shrink_axis_mask = 1}), DType::int64);
}
Tensor steps_of(const Tensor& splits) {
  const auto number = [](std::int64_t v) { return Tensor::scalar(v); };
  return ops::expand_dims(ops::range(number(0), longest_of(splits), number(1)), 0);
}

// [rows, longest, ...]: steps that a row does not have are one more row behind the values, of the default.
Tensor padded_rows(const Tensor& values, const Tensor& splits, const Tensor& fill) {
  const auto index = ops::expand_dims(starts_of(splits), 1) + steps_of(splits);
  const auto there = ops::less(index, ops::expand_dims(limits_of(splits), 1));
  const auto one = Tensor::from<std::int32_t>({1}, {1});
  const auto inner = ops::strided_slice(ops::shape(values), {1}, {0}, {1}, {.end_mask = 1});
  auto last = ops::fill(ops::concat({one, inner}, 0), fill);
  if (values.shape().has_rank()) {
    auto shape = values.shape();
    shape[0] = 1;
    if (shape.is_fully_known()) last = ops::reshape(last, shape);
  }
  return ops::gather(ops::concat({values, last}, 0), ops::where(there, index, first_dim(values)), 0);
}

}  // namespace

RaggedImpl::RaggedImpl(Tensor flat_values, std::vector<Tensor> nested_splits)
    : TensorImpl(flat_values.dtype(), shape_of_ragged(flat_values, nested_splits)),
      flat(std::move(flat_values)),
      splits(std::move(nested_splits)) {
  recorder = ragged_recorder();
}

const RaggedImpl* as_ragged(const Tensor& tensor) { return dynamic_cast<const RaggedImpl*>(tensor.impl().get()); }
bool is_ragged(const Tensor& tensor) { return as_ragged(tensor) != nullptr; }

Tensor make_ragged(const Tensor& flat, const std::vector<Tensor>& splits) {
  return splits.empty() ? flat : Tensor(std::make_shared<RaggedImpl>(flat, splits));
}

RaggedTensor::RaggedTensor(const Tensor& tensor) : Tensor(tensor) {
  if (!is_ragged(tensor)) throw ValueError("expected a RaggedTensor, received " + tensor.to_string());
}

RaggedTensor RaggedTensor::from_row_splits(const Tensor& values, const Tensor& row_splits) {
  const auto* factory = "from_row_splits";
  const auto splits = int64_vector(row_splits, factory, "row_splits");
  if (values.shape().has_rank() && values.rank() == 0) invalid(factory, "values must have a first dim");
  check_splits(splits, values, factory);
  std::vector<Tensor> nested{splits};
  const auto* inner = as_ragged(values);
  if (inner) nested.insert(nested.end(), inner->splits.begin(), inner->splits.end());
  return RaggedTensor(make_ragged(inner ? inner->flat : values, nested));
}

RaggedTensor RaggedTensor::from_row_lengths(const Tensor& values, const Tensor& row_lengths) {
  const auto* factory = "from_row_lengths";
  const auto lengths = int64_vector(row_lengths, factory, "row_lengths");
  if (lengths.is_concrete()) {
    const auto n = lengths.data<std::int64_t>();
    if (std::any_of(n.begin(), n.end(), [](std::int64_t v) { return v < 0; })) invalid(factory, "a length is negative");
  }
  const auto zero = Tensor::from<std::int64_t>({1}, {0});
  return from_row_splits(values, ops::concat({zero, ops::cumsum(lengths, 0)}, 0));
}

RaggedTensor RaggedTensor::from_nested_row_splits(const Tensor& flat_values,
                                                  const std::vector<Tensor>& nested_row_splits) {
  if (nested_row_splits.empty()) throw ValueError("nested_row_splits must hold at least one vector");
  Tensor values = flat_values;
  for (auto i = nested_row_splits.size(); i-- > 0;) values = from_row_splits(values, nested_row_splits[i]);
  return RaggedTensor(values);
}

RaggedTensor RaggedTensor::from_tensor(const Tensor& tensor, std::size_t ragged_rank) {
  if (ragged_rank == 0 || !tensor.shape().has_rank() || tensor.rank() <= ragged_rank) {
    throw ValueError("ragged_rank must be at least 1 and below the number of dims; received " +
                     std::to_string(ragged_rank) + " for " + tensor.to_string());
  }
  const auto shape = ops::cast(ops::shape(tensor), DType::int64);
  const auto dim = [&](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    return ops::strided_slice(shape, {at}, {at + 1}, {1}, {.shrink_axis_mask = 1});
  };
  std::vector<Tensor> splits;
  auto rows = dim(0);
  for (std::size_t i = 1; i <= ragged_rank; ++i) {
    const auto one = Tensor::scalar(std::int64_t{1});
    splits.push_back(ops::range(Tensor::scalar(std::int64_t{0}), rows + one, one) * dim(i));
    rows = rows * dim(i);
  }
  const auto inner = ops::strided_slice(shape, {static_cast<std::int64_t>(ragged_rank) + 1}, {0}, {1}, {.end_mask = 1});
  auto flat = ops::reshape(tensor, ops::concat({ops::expand_dims(rows, 0), inner}, 0));
  return RaggedTensor(make_ragged(flat, splits));
}

const Tensor& RaggedTensor::flat_values() const { return as_ragged(*this)->flat; }
const std::vector<Tensor>& RaggedTensor::nested_row_splits() const { return as_ragged(*this)->splits; }

Tensor RaggedTensor::values() const {
  const auto& splits = nested_row_splits();
  return make_ragged(flat_values(), std::vector<Tensor>(splits.begin() + 1, splits.end()));
}

Tensor RaggedTensor::nrows() const { return first_dim(row_splits()) - std::int64_t{1}; }
Tensor RaggedTensor::row_lengths() const { return lengths_of(row_splits()); }

Tensor RaggedTensor::bounding_shape() const {
  std::vector<Tensor> dims{nrows()};
  for (const auto& splits : nested_row_splits()) dims.push_back(longest_of(splits));
  const auto inner = ops::strided_slice(ops::shape(flat_values()), {1}, {0}, {1}, {.end_mask = 1});
  return ops::concat({ops::stack(dims), ops::cast(inner, DType::int64)}, 0);
}

Tensor RaggedTensor::to_tensor(const Tensor& default_value) const {
  const auto fill = default_value.defined() ? ops::cast(default_value, dtype()) : Tensor::zeros(dtype(), {});
  if (fill.rank() != 0) throw ValueError("default_value must be a scalar; received shape " + fill.shape().to_string());
  auto values = flat_values();
  const auto& splits = nested_row_splits();
  for (auto i = splits.size(); i-- > 0;) values = padded_rows(values, splits[i], fill);
  return values;
}

Tensor steps_there(const RaggedTensor& ragged) {
  return ops::less(steps_of(ragged.row_splits()), ops::expand_dims(ragged.row_lengths(), 1));
}

Tensor ragged_like(const Tensor& padded, const RaggedTensor& like) {
  return make_ragged(ops::gather_nd(padded, ops::where(steps_there(like))), {like.row_splits()});
}

}  // namespace hornbeam
