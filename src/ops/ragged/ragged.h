// What a ragged tensor is made of. Functions are traced and run on its parts: the flat values, then the splits.
#pragma once

#include <span>
#include <vector>

#include "hornbeam/ragged_tensor.hpp"
#include "ops/op_def.h"

namespace hornbeam {

struct RaggedImpl final : TensorImpl {
  RaggedImpl(Tensor flat_values, std::vector<Tensor> nested_splits);
  Tensor flat;
  std::vector<Tensor> splits;
};

const RaggedImpl* as_ragged(const Tensor& tensor);  // null when it is none

// Of parts that fit, concrete or traced; nothing is checked. No splits: the values themselves.
Tensor make_ragged(const Tensor& flat, const std::vector<Tensor>& splits);

// The tensors themselves, ragged ones as their parts.
std::vector<Tensor> parts_of(std::span<const Tensor> tensors);
// Their inverse: tensors of the kinds of `like` from parts in order.
std::vector<Tensor> joined_like(std::span<const Tensor> like, std::span<const Tensor> parts);

// Specs of the parts of a ragged tensor of this dtype, shape and number of ragged dims.
void append_specs(std::vector<TensorSpec>& specs, DType dtype, const Shape& shape, std::size_t ragged_rank);

// The number of rows: of a scalar 1, None where it is not known.
std::int64_t count_rows(const Tensor& tensor);
// Of concrete tensors, plain or ragged: rows [from, to), where possible a view; rows in this order; all rows of all.
Tensor some_rows(const Tensor& tensor, std::int64_t from, std::int64_t to);
Tensor ordered_rows(const Tensor& ragged, std::span<const std::int64_t> order);
Tensor joined_rows(std::span<const Tensor> ragged);

// Of [batch, time, ...] the first steps of each row, as many as it has in `like`: ragged as `like` is.
Tensor ragged_like(const Tensor& padded, const RaggedTensor& like);
// Each row's values in reverse.
Tensor reversed_rows(const RaggedTensor& ragged);
// Along the first ragged dim, or one of those that are the same in all rows. Throws ValueError on another axis,
// InvalidArgumentError when the other dims differ.
Tensor concat_ragged(const std::vector<Tensor>& ragged, std::int64_t axis);
// The splits of both. Throws InvalidArgumentError where they differ; if one is traced a run does.
std::vector<Tensor> common_splits(const RaggedImpl& a, const RaggedImpl& b);
// bool [batch, time]: which steps of to_tensor() are there.
Tensor steps_there(const RaggedTensor& ragged);

}  // namespace hornbeam
