// SparseSegmentSum, SparseSegmentMean, SparseSegmentSqrtN: rows picked by index and joined by sorted segment numbers,
// as embeddings of several words are. The forms WithNumSegments are told how many segments there are.
#include <cmath>
#include <limits>

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

enum class Join : std::uint8_t { sum, mean, sqrt_n };

std::vector<Shape> sparse_segment_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 1, "SparseSegment", "indices");
  require_rank(c.shape(2), 1, "SparseSegment", "segment_ids");
  const auto& data = c.shape(0);
  if (!data.has_rank()) return {Shape::unknown()};
  if (data.rank() == 0) throw InvalidArgumentError("Shape must be at least rank 1 but is rank 0: data");
  const auto segments = c.num_inputs() > 3 ? known_scalar(c, 3, "num_segments") : std::nullopt;
  if (segments && *segments < 0) throw InvalidArgumentError("Cannot specify a negative value for num_segments");
  Shape out{segments ? *segments : None};
  for (std::size_t i = 1; i < data.rank(); ++i) out.push_back(data[i]);
  return {out};
}

void check_segments(const std::vector<std::int64_t>& indices, const std::vector<std::int64_t>& ids, std::int64_t rows,
                    std::int64_t segments) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) throw InvalidArgumentError("segment ids must be >= 0");
    if (i > 0 && ids[i] < ids[i - 1]) throw InvalidArgumentError("segment ids are not increasing");
    if (ids[i] >= segments) {
      throw InvalidArgumentError("Segment id " + std::to_string(ids[i]) + " out of range [0, " +
                                 std::to_string(segments) + "), possibly because segment_ids input is not sorted.");
    }
    if (indices[i] >= 0 && indices[i] < rows) continue;
    throw InvalidArgumentError("Bad: indices[" + std::to_string(i) + "] == " + std::to_string(indices[i]) +
                               " out of range [0, " + std::to_string(rows) + ")");
  }
}

template <Join kJoin>
std::vector<Tensor> sparse_segment(const Attrs&, std::span<const Tensor> inputs) {
  const auto& data = inputs[0];
  const auto indices = as_int64s(inputs[1], "SparseSegment"), ids = as_int64s(inputs[2], "SparseSegment");
  if (inputs[1].rank() != 1 || inputs[2].rank() != 1) {
    throw InvalidArgumentError("indices and segment_ids should be vectors.");
  }
  if (data.rank() < 1) throw InvalidArgumentError("Shape must be at least rank 1");
  if (indices.size() != ids.size()) throw InvalidArgumentError("segment_ids and indices should have same size.");
  auto segments = ids.empty() ? 0 : ids.back();
  if (inputs.size() > 3) {
    if (inputs[3].num_elements() != 1 || inputs[3].rank() != 0) {
      throw InvalidArgumentError("num_segments should be a scalar, not shape " + inputs[3].shape().to_string());
    }
    segments = as_int64s(inputs[3], "SparseSegment")[0];
    if (segments < 0) throw InvalidArgumentError("segment ids must be >= 0");
  } else if (!ids.empty()) {
    if (segments < 0 || segments == std::numeric_limits<std::int64_t>::max()) {
      throw InvalidArgumentError("segment ids must be >= 0");
    }
    ++segments;
  }
  check_segments(indices, ids, data.shape()[0], segments);
  auto dims = data.shape().dims();
  dims[0] = segments;
  check_output_size(dims, data.dtype(), "SparseSegment");
  auto out = Tensor::empty(data.dtype(), Shape(dims));
  const auto inner = product(data.shape(), 1, data.rank());
  dispatch<NumberTypes>(data.dtype(), "SparseSegment", [&]<class T>() {
    using C = compute_t<T>;
    const auto* x = data.data<T>().data();
    auto* y = out.mutable_data<T>().data();
    std::fill_n(y, segments * inner, T{});
    std::vector<C> sum(static_cast<std::size_t>(inner));
    for (std::size_t from = 0; from < ids.size();) {
      auto to = from;
      std::fill(sum.begin(), sum.end(), C{});
      for (; to < ids.size() && ids[to] == ids[from]; ++to) {
        const T* row = x + indices[to] * inner;
        for (std::int64_t j = 0; j < inner; ++j) {
          auto& s = sum[static_cast<std::size_t>(j)];
          s = static_cast<C>(wrap_add(s, static_cast<C>(row[j])));
        }
      }
      const auto count = static_cast<double>(to - from);
      T* result = y + ids[from] * inner;
      for (std::int64_t j = 0; j < inner; ++j) {
        const auto s = sum[static_cast<std::size_t>(j)];
        if constexpr (kJoin == Join::sum) {
          result[j] = static_cast<T>(s);
        } else {
          result[j] = static_cast<T>(s * static_cast<C>(1 / (kJoin == Join::mean ? count : std::sqrt(count))));
        }
      }
      from = to;
    }
  });
  return {out};
}

// Each picked row gets its segment's gradient, shared out as the op joined them.
template <Join kJoin>
Tensors sparse_segment_gradient(const GradientContext& c) {
  const auto &data = c.input(0), &indices = c.input(1), &ids = c.input(2);
  auto grad = ops::gather(c.grad(), ids);
  if (kJoin != Join::sum) {
    const auto segments = ops::strided_slice(ops::shape(c.output()), {0}, {1}, {1});
    const auto ones = ops::cast(ops::ones_like(ids), grad.dtype());
    auto counts = ops::gather(call_op1("UnsortedSegmentSum", {ones, ids, ops::reshape(segments, Shape{})}), ids);
    if (kJoin == Join::sqrt_n) counts = ops::sqrt(counts);
    for (std::size_t i = 1; i < data.rank(); ++i) counts = ops::expand_dims(counts, -1);
    grad = grad / counts;
  }
  const auto rows = ops::gather(shape_of(data), ops::constant(std::int32_t{0}));
  return c.first(call_op1("UnsortedSegmentSum", {grad, indices, rows}));
}

OpDef segment_inputs(const std::string& name) {
  return OpDef(name).input("data: T").input("indices: Tidx").input("segment_ids: Tsegmentids");
}

template <Join kJoin>
OpDef joined(OpDef op) {
  return std::move(op)
      .output("output: T")
      .attr("T: type")
      .attr("Tidx: type = int32")
      .attr("Tsegmentids: type = int32")
      .attr("sparse_gradient: bool = false")
      .shape(sparse_segment_shape)
      .dynamic(sparse_segment<kJoin>)
      .gradient(sparse_segment_gradient<kJoin>);
}

template <Join kJoin>
void add_sparse_segment(const std::string& name) {
  add_op(joined<kJoin>(segment_inputs(name)));
  add_op(joined<kJoin>(segment_inputs(name + "WithNumSegments").input("num_segments: Tnumsegments"))
             .attr("Tnumsegments: type = int32"));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(sparse_segment) {
  using namespace hornbeam;
  add_sparse_segment<Join::sum>("SparseSegmentSum");
  add_sparse_segment<Join::mean>("SparseSegmentMean");
  add_sparse_segment<Join::sqrt_n>("SparseSegmentSqrtN");
}
