// MatrixBandPart.
#include <algorithm>

#include "ops/layout_dispatch.h"
#include "ops/matrix_op.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> band_shape(const ShapeContext& c) {
  require_matrix(c.shape(0), "MatrixBandPart");
  const auto& in = c.shape(0);
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    const auto k = known_scalar(c, i, i == 1 ? "num_lower" : "num_upper");
    if (!k || !in.has_rank()) continue;
    const auto limit = in[in.rank() - (i == 1 ? 2 : 1)];
    if (limit >= 0 && *k > limit) {
      throw InvalidArgumentError(std::string(i == 1 ? "num_lower" : "num_upper") +
                                 " must be negative or less or equal to number of " + (i == 1 ? "rows" : "columns") +
                                 " (" + std::to_string(limit) + ") got: " + std::to_string(*k));
    }
  }
  return {in};
}

std::unique_ptr<Kernel> band_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto rows = in[in.rank() - 2], columns = in[in.rank() - 1], batch = product(in, 0, in.rank() - 2);
  const bool wide = spec.inputs[1].dtype == DType::int64;
  return dispatch_layout(spec.inputs[0].dtype, "MatrixBandPart", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const auto read = [&](std::size_t i) -> std::int64_t {
        return wide ? *io.input<std::int64_t>(i) : *io.input<std::int32_t>(i);
      };
      const auto lower = read(1), upper = read(2);
      const T* x = io.input<T>(0);
      T* y = io.output<T>(0);
      for (std::int64_t r = 0; r < batch * rows; ++r, x += columns, y += columns) {
        const auto i = r % rows;
        const auto begin = lower < 0 ? 0 : std::clamp<std::int64_t>(i - lower, 0, columns);
        const auto end =
            upper < 0 ? columns : std::clamp<std::int64_t>(i + std::min(upper, columns) + 1, begin, columns);
        std::fill_n(y, begin, T{});
        std::copy_n(x + begin, end - begin, y + begin);
        std::fill_n(y + end, columns - end, T{});
      }
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(matrix_band) {
  using namespace hornbeam;
  add_op(OpDef("MatrixBandPart")
             .input("input: T")
             .input("num_lower: Tindex")
             .input("num_upper: Tindex")
             .output("band: T")
             .attr("T: type")
             .attr("Tindex: type = int64")
             .shape(band_shape)
             .kernel(band_kernel)
             .gradient(band_gradient));
}
