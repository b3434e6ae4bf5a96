// SparseCross, hashed and of dense inputs: for each row the fingerprints of all combinations of its features.
//
// Sparse inputs and crosses that are strings are refused: no layer makes them.
#include <limits>

#include "base/checked_math.h"
#include "ops/shape_math.h"
#include "ops/text/fingerprint.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> sparse_cross_shape(const ShapeContext&) { return {Shape{None, 2}, Shape{None}, Shape{2}}; }

std::uint64_t feature_of(const Tensor& column, std::size_t at) {
  if (column.dtype() == DType::string) return fingerprint64(column.data<std::string>()[at]);
  return static_cast<std::uint64_t>(column.data<std::int64_t>()[at]);
}

std::vector<Tensor> sparse_cross(const Attrs& attrs, std::span<const Tensor> columns) {
  if (!attrs.b("hashed_output") || attrs.type("out_type") != DType::int64 || attrs.i("N") != 0) {
    throw NotImplementedError("not yet supported: SparseCross of sparse inputs, or into strings");
  }
  const auto rows = columns.empty() ? 0 : columns[0].shape().rank() == 2 ? columns[0].shape()[0] : 0;
  std::size_t crosses = 1;
  for (const auto& column : columns) {
    if (column.rank() != 2) {
      throw InvalidArgumentError("Dense inputs should be a matrix, got " + column.shape().to_string());
    }
    if (column.shape()[0] != rows) throw InvalidArgumentError("Expected batch size " + std::to_string(rows));
    if (column.dtype() != DType::string && column.dtype() != DType::int64) {
      throw InvalidArgumentError("Dense inputs should be int64 or string, got " + std::string(name_of(column.dtype())));
    }
    const auto more = base::checked_mul(crosses, static_cast<std::size_t>(column.shape()[1]));
    if (!more || *more > (std::size_t{1} << 40)) throw InvalidArgumentError("SparseCross: too many crosses");
    crosses = *more;
  }
  if (columns.empty()) crosses = 0;
  const auto total = base::checked_mul(crosses, static_cast<std::size_t>(rows));
  if (!total || *total > (std::size_t{1} << 40)) throw InvalidArgumentError("SparseCross: too many crosses");
  const auto buckets = attrs.i("num_buckets");
  const auto modulus = static_cast<std::uint64_t>(buckets > 0 ? buckets : std::numeric_limits<std::int64_t>::max());
  auto indices = Tensor::empty(DType::int64, {static_cast<std::int64_t>(*total), 2});
  auto values = Tensor::empty(DType::int64, {static_cast<std::int64_t>(*total)});
  auto* index = indices.mutable_data<std::int64_t>().data();
  auto* value = values.mutable_data<std::int64_t>().data();
  std::vector<std::int64_t> picked(columns.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    picked.assign(columns.size(), 0);
    for (std::size_t c = 0; c < crosses; ++c) {
      auto hash = static_cast<std::uint64_t>(attrs.i("hash_key"));
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const auto at = static_cast<std::size_t>(row * columns[k].shape()[1] + picked[k]);
        hash = joined_fingerprint(hash, feature_of(columns[k], at));
      }
      *index++ = row;
      *index++ = static_cast<std::int64_t>(c);
      *value++ = static_cast<std::int64_t>(hash % modulus);
      for (std::size_t k = columns.size(); k-- > 0 && ++picked[k] == columns[k].shape()[1];) picked[k] = 0;
    }
  }
  return {indices, values, int_vector(DType::int64, {rows, rows == 0 ? 0 : static_cast<std::int64_t>(crosses)})};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(sparse_cross) {
  using namespace hornbeam;
  add_op(OpDef("SparseCross")
             .input("indices: N * int64")
             .input("values: sparse_types")
             .input("shapes: N * int64")
             .input("dense_inputs: dense_types")
             .output("output_indices: int64")
             .output("output_values: out_type")
             .output("output_shape: int64")
             .attr("N: int")
             .attr("hashed_output: bool")
             .attr("num_buckets: int")
             .attr("hash_key: int")
             .attr("sparse_types: list(type)")
             .attr("dense_types: list(type)")
             .attr("out_type: type")
             .attr("internal_type: type")
             .shape(sparse_cross_shape)
             .dynamic(sparse_cross)
             .no_gradient());
}
