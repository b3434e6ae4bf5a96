// SparseFillEmptyRows: a sparse matrix with a value in each row that had none, and its rows in order.
#include <numeric>

#include "base/memory_limit.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> fill_rows_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 2, "SparseFillEmptyRows", "indices");
  require_rank(c.shape(1), 1, "SparseFillEmptyRows", "values");
  require_rank(c.shape(2), 1, "SparseFillEmptyRows", "dense_shape");
  require_rank(c.shape(3), 0, "SparseFillEmptyRows", "default_value");
  const auto dims = c.value_as_shape(2);
  const auto given = c.shape(0).has_rank() ? c.shape(0)[0] : None;
  const auto rank = c.shape(0).has_rank() ? c.shape(0)[1] : None;
  return {Shape{None, rank}, Shape{None}, Shape{dims.has_rank() && dims.rank() > 0 ? dims[0] : None}, Shape{given}};
}

std::vector<Tensor> fill_empty_rows(const Attrs&, std::span<const Tensor> inputs) {
  const auto &indices = inputs[0], &values = inputs[1];
  const auto dims = as_int64s(inputs[2], "SparseFillEmptyRows");
  if (inputs[2].rank() != 1) throw InvalidArgumentError("dense_shape must be a vector");
  if (indices.rank() != 2) throw InvalidArgumentError("indices must be a matrix");
  if (values.rank() != 1) throw InvalidArgumentError("values must be a vector");
  if (inputs[3].rank() != 0) throw InvalidArgumentError("default_value must be a scalar");
  const auto given = indices.shape()[0], rank = indices.shape()[1];
  if (given != values.num_elements()) {
    throw InvalidArgumentError("The length of `values` (" + std::to_string(values.num_elements()) +
                               ") must match the first dimension of `indices` (" + std::to_string(given) + ").");
  }
  if (dims.empty() || rank != static_cast<std::int64_t>(dims.size())) {
    throw InvalidArgumentError("Dense shape must have as many elements as indices have columns, and at least one");
  }
  const auto rows = dims[0];
  if (rows == 0 && given > 0) {
    throw InvalidArgumentError("Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = " +
                               std::to_string(given));
  }
  // All that a row without values may take: its index, its value, its flag, and two places of the work.
  const auto row_size = 8 * static_cast<double>(rank) + static_cast<double>(size_of(values.dtype())) + 1 + 2 * 8;
  base::MemoryTotal total_bytes;
  if (rows < 0 || !total_bytes.add((static_cast<double>(rows) + static_cast<double>(given)) * row_size)) {
    throw InvalidArgumentError("SparseFillEmptyRows: dense_shape[0] = " + std::to_string(rows) +
                               " is more than this machine has memory for");
  }
  // Of each row how many values it has, then where the next of them goes.
  std::vector<std::int64_t> next(static_cast<std::size_t>(rows), 0);
  const auto* x = indices.data<std::int64_t>().data();
  for (std::int64_t i = 0; i < given; ++i) {
    const auto row = x[i * rank];
    if (row < 0 || row >= rows) {
      throw InvalidArgumentError("indices(" + std::to_string(i) + ", 0) is invalid: " + std::to_string(row) +
                                 " >= " + std::to_string(rows));
    }
    ++next[static_cast<std::size_t>(row)];
  }
  auto empty = Tensor::empty(DType::boolean, {rows});
  auto is_empty = empty.mutable_data<bool>();
  std::int64_t total = 0;
  std::vector<std::int64_t> filled;  // places of the values that were not there
  for (std::size_t r = 0; r < next.size(); ++r) {
    is_empty[r] = next[r] == 0;
    const auto count = std::max<std::int64_t>(1, next[r]);
    if (next[r] == 0) filled.push_back(total);
    next[r] = total;
    total += count;
  }
  auto out_indices = Tensor::empty(DType::int64, {total, rank});
  auto out_values = Tensor::empty(values.dtype(), {total});
  auto reverse = Tensor::empty(DType::int64, {given});
  auto* to = out_indices.mutable_data<std::int64_t>().data();
  auto* places = reverse.mutable_data<std::int64_t>().data();
  for (std::int64_t i = 0; i < given; ++i) {
    const auto place = next[static_cast<std::size_t>(x[i * rank])]++;
    places[i] = place;
    std::copy_n(x + i * rank, rank, to + place * rank);
  }
  std::size_t hole = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    if (!is_empty[static_cast<std::size_t>(r)]) continue;
    auto* index = to + filled[hole++] * rank;
    std::fill_n(index, rank, 0);
    index[0] = r;
  }
  dispatch_layout(values.dtype(), "SparseFillEmptyRows", [&]<class T>() {
    const auto* from = reinterpret_cast<const T*>(values.raw());
    const auto* instead = reinterpret_cast<const T*>(inputs[3].raw());
    auto* y = reinterpret_cast<T*>(out_values.mutable_raw());
    for (std::int64_t i = 0; i < given; ++i) y[places[i]] = from[i];
    for (const auto place : filled) y[place] = *instead;
  });
  return {out_indices, out_values, empty, reverse};
}

Tensors fill_rows_gradient(const GradientContext& c) {
  const auto of_values = ops::gather(c.grad(1), c.output(3));
  return {{}, of_values, {}, ops::reduce_sum(c.grad(1)) - ops::reduce_sum(of_values)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(sparse_fill_empty_rows) {
  using namespace hornbeam;
  add_op(OpDef("SparseFillEmptyRows")
             .input("indices: int64")
             .input("values: T")
             .input("dense_shape: int64")
             .input("default_value: T")
             .output("output_indices: int64")
             .output("output_values: T")
             .output("empty_row_indicator: bool")
             .output("reverse_index_map: int64")
             .attr("T: type")
             .shape(fill_rows_shape)
             .dynamic(fill_empty_rows)
             .gradient(fill_rows_gradient));
}
