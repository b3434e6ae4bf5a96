// Ragged tensors by their steps: what recurrent and joining layers need.
#include <algorithm>

#include "hornbeam/ops.hpp"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

// Traced: a run fails where they differ, by an index that there is not.
Tensor if_equal(const Tensor& x, const Tensor& y) {
  const auto count = ops::size(x), one = Tensor::scalar(std::int32_t{1});
  return ops::gather(x, ops::where(ops::equal(x, y), ops::range(Tensor::scalar(std::int32_t{0}), count, one), count));
}

Tensor concat_along_rows(const std::vector<Tensor>& ragged) {
  std::vector<Tensor> padded, there;
  Tensor splits;
  for (const auto& t : ragged) {
    const RaggedTensor rows(t);
    padded.push_back(rows.to_tensor());
    there.push_back(steps_there(rows));
    splits = splits.defined() ? splits + rows.row_splits() : rows.row_splits();
  }
  return make_ragged(ops::gather_nd(ops::concat(padded, 1), ops::where(ops::concat(there, 1))), {splits});
}

}  // namespace

std::vector<Tensor> common_splits(const RaggedImpl& a, const RaggedImpl& b) {
  const auto fail = [] { throw InvalidArgumentError("Inputs must have identical ragged splits"); };
  if (a.splits.size() != b.splits.size()) fail();
  std::vector<Tensor> common;
  for (std::size_t i = 0; i < a.splits.size(); ++i) {
    const auto &x = a.splits[i], &y = b.splits[i];
    if (x.is_concrete() && y.is_concrete()) {
      if (!std::ranges::equal(x.data<std::int64_t>(), y.data<std::int64_t>())) fail();
      common.push_back(x);
    } else {
      common.push_back(x.impl() == y.impl() ? x : if_equal(x, y));
    }
  }
  return common;
}

Tensor reversed_rows(const RaggedTensor& ragged) {
  return ragged_like(ops::reverse_sequence(ragged.to_tensor(), ragged.row_lengths(), 1, 0), ragged);
}

Tensor concat_ragged(const std::vector<Tensor>& ragged, std::int64_t axis) {
  const auto& first = *as_ragged(ragged.at(0));
  const auto rank = static_cast<std::int64_t>(first.shape.rank()),
             ranks = static_cast<std::int64_t>(first.splits.size());
  const auto at = axis < 0 ? axis + rank : axis;
  if (at == 1 && ranks == 1) return concat_along_rows(ragged);
  if (at <= ranks || at >= rank) {
    throw ValueError("ragged tensors of shape " + first.shape.to_string() + " cannot be joined along axis " +
                     std::to_string(axis));
  }
  std::vector<Tensor> flat, splits = first.splits;
  for (const auto& t : ragged) {
    splits = common_splits({first.flat, splits}, *as_ragged(t));
    flat.push_back(as_ragged(t)->flat);
  }
  return make_ragged(ops::concat(flat, at - ranks), splits);
}

}  // namespace hornbeam
