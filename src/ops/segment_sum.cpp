// UnsortedSegmentSum: rows of data added up by segment number; a negative number drops the row.
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> segment_shape(const ShapeContext& c) {
  const auto &data = c.shape(0), &ids = c.shape(1);
  const auto segments = known_scalar(c, 2, "num_segments");
  if (segments && *segments < 0) {
    throw InvalidArgumentError("num_segments should be >= 0, got " + std::to_string(*segments));
  }
  if (!data.has_rank() || !ids.has_rank()) return {Shape::unknown()};
  const auto lead = ids.rank();
  bool fits = lead <= data.rank();
  for (std::size_t i = 0; fits && i < lead; ++i) fits = data[i] < 0 || ids[i] < 0 || data[i] == ids[i];
  if (!fits) {
    throw InvalidArgumentError("data.shape = " + bracketed(data) +
                               " does not start with segment_ids.shape = " + bracketed(ids));
  }
  Shape out{segments ? *segments : None};
  for (auto i = lead; i < data.rank(); ++i) out.push_back(data[i]);
  return {out};
}

std::unique_ptr<Kernel> segment_kernel(const KernelSpec& spec) {
  const auto& ids = spec.inputs[1].shape;
  const auto rows = ids.num_elements(), segments = spec.outputs[0].shape[0];
  const auto inner = product(spec.outputs[0].shape, 1, spec.outputs[0].shape.rank());
  const auto work = static_cast<double>((rows + segments) * inner);
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "UnsortedSegmentSum", [&]<class T>() {
    return dispatch<Types<std::int32_t, std::int64_t>>(
        spec.inputs[1].dtype, "UnsortedSegmentSum", [&]<class I>() -> std::unique_ptr<Kernel> {
          return make_kernel([=](const KernelRun& io) {
            const T* data = io.input<T>(0);
            const I* id = io.input<I>(1);
            for (std::int64_t i = 0; i < rows; ++i) {
              if (id[i] >= segments) {
                throw InvalidArgumentError("segment_ids[" + std::to_string(i) + "] = " + std::to_string(id[i]) +
                                           " is out of range [0, " + std::to_string(segments) + ")");
              }
            }
            // Each part owns some segments and goes over all rows, so sums are made in the order of the rows.
            kernels::parallel_parts(work, [&](kernels::Part part) {
              using C = compute_t<T>;
              const auto own = kernels::slice(segments, part);
              T* out = io.output<T>(0);
              std::fill(out + own.begin * inner, out + own.end * inner, T{});
              for (std::int64_t i = 0; i < rows; ++i) {
                const auto s = static_cast<std::int64_t>(id[i]);
                if (s < own.begin || s >= own.end) continue;
                const T* from = data + i * inner;
                T* to = out + s * inner;
                for (std::int64_t j = 0; j < inner; ++j) {
                  to[j] = static_cast<T>(wrap_add(static_cast<C>(to[j]), static_cast<C>(from[j])));
                }
              }
            });
          });
        });
  });
}

// Each row gets its segment's gradient; dropped rows get zeros.
Tensors segment_gradient(const GradientContext& c) {
  const auto &data = c.input(0), &ids = c.input(1);
  const auto grad = c.grad();
  const auto rows = ops::gather(grad, ops::maximum(ids, 0));
  if (!ids.shape().has_rank() || !data.shape().has_rank()) {
    throw NotImplementedError("the gradient of UnsortedSegmentSum needs the ranks of its inputs");
  }
  auto kept = ops::greater_equal(ids, 0);
  for (auto i = ids.rank(); i < data.rank(); ++i) kept = ops::expand_dims(kept, -1);
  return c.first(ops::where(kept, rows, ops::scalar(grad.dtype(), 0.0)));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(segment_sum) {
  using namespace hornbeam;
  add_op(OpDef("UnsortedSegmentSum")
             .input("data: T")
             .input("segment_ids: Tindices")
             .input("num_segments: Tnumsegments")
             .output("output: T")
             .attr("T: type")
             .attr("Tindices: type")
             .attr("Tnumsegments: type = int32")
             .shape(segment_shape)
             .kernel(segment_kernel)
             .gradient(segment_gradient));
}
