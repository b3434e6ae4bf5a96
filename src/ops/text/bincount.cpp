// DenseBincount, RaggedBincount and Bincount: how often each number below `size` stands in a row, or the sum of
// weights.
#include "base/checked_math.h"
#include "ops/dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

using WeightTypes = Types<std::int32_t, std::int64_t, float, double>;
using CountedTypes = Types<std::int32_t, std::int64_t>;

[[noreturn]] void throw_negative_size(std::int64_t size) {
  throw InvalidArgumentError("size (" + std::to_string(size) + ") must be non-negative");
}

std::int64_t bins_of(const std::optional<std::int64_t>& size) {
  if (!size) return None;
  if (*size < 0) throw_negative_size(*size);
  return *size;
}

// Adds a row's values to its bins. No weights: each counts one.
template <class I, class T>
void count_row(const I* values, const T* weights, std::int64_t n, T* bins, std::int64_t size, bool binary) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bin = static_cast<std::int64_t>(values[i]);
    if (bin < 0) throw InvalidArgumentError("Input arr must be non-negative!");
    if (bin >= size) continue;
    bins[bin] = binary ? T{1} : static_cast<T>(bins[bin] + (weights ? weights[i] : T{1}));
  }
}

void check_weights(const Shape& values, const Shape& weights) {
  if (weights == values || weights.num_elements() == 0) return;
  throw InvalidArgumentError(
      "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it acts as all weights equal to "
      "1. Received " +
      weights.to_string());
}

std::vector<Shape> dense_bincount_shape(const ShapeContext& c) {
  const auto& values = c.shape(0);
  require_rank(c.shape(1), 0, "DenseBincount", "size");
  if (!values.has_rank()) return {Shape::unknown()};
  if (values.rank() > 2) {
    throw InvalidArgumentError("Shape must be at most rank 2 but is rank " + std::to_string(values.rank()));
  }
  const auto size = bins_of(known_scalar(c, 1, "size"));
  return {values.rank() == 2 ? Shape{values[0], size} : Shape{size}};
}

std::unique_ptr<Kernel> dense_bincount_kernel(const KernelSpec& spec) {
  const auto& values = spec.inputs[0].shape;
  check_weights(values, spec.inputs[2].shape);
  const bool weighted = spec.inputs[2].shape.num_elements() != 0, binary = spec.attrs.b("binary_output");
  const auto rows = values.rank() == 2 ? values[0] : 1, size = spec.outputs[0].shape.back();
  const auto columns = values.rank() == 2 ? values[1] : values.num_elements();
  return dispatch<CountedTypes>(spec.inputs[0].dtype, "DenseBincount", [&]<class I>() {
    return dispatch<WeightTypes>(spec.inputs[2].dtype, "DenseBincount", [&]<class T>() -> std::unique_ptr<Kernel> {
      return make_kernel([=](const KernelRun& io) {
        T* y = io.output<T>(0);
        std::fill_n(y, rows * size, T{});
        for (std::int64_t r = 0; r < rows; ++r) {
          const T* weights = weighted ? io.input<T>(2) + r * columns : nullptr;
          count_row(io.input<I>(0) + r * columns, weights, columns, y + r * size, size, binary);
        }
      });
    });
  });
}

std::vector<Shape> bincount_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 0, "Bincount", "size");
  return {Shape{bins_of(known_scalar(c, 1, "size"))}};
}

std::unique_ptr<Kernel> bincount_kernel(const KernelSpec& spec) {
  const auto n = spec.inputs[0].shape.num_elements(), size = spec.outputs[0].shape[0];
  check_weights(spec.inputs[0].shape, spec.inputs[2].shape);
  const bool weighted = spec.inputs[2].shape.num_elements() != 0;
  return dispatch<WeightTypes>(spec.inputs[2].dtype, "Bincount", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      T* y = io.output<T>(0);
      std::fill_n(y, size, T{});
      count_row(io.input<std::int32_t>(0), weighted ? io.input<T>(2) : nullptr, n, y, size, false);
    });
  });
}

std::vector<Shape> ragged_bincount_shape(const ShapeContext& c) {
  require_rank(c.shape(2), 0, "RaggedBincount", "size");
  const auto& splits = c.shape(0);
  const auto rows = splits.has_rank() && splits[0] > 0 ? splits[0] - 1 : None;
  return {Shape{rows, bins_of(known_scalar(c, 2, "size"))}};
}

std::vector<Tensor> ragged_bincount(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto splits = as_int64s(inputs[0], "RaggedBincount"), sizes = as_int64s(inputs[2], "RaggedBincount");
  const auto& values = inputs[1];
  check_splits(splits, values.num_elements());
  if (splits.empty()) throw InvalidArgumentError("Splits must be non-empty");
  check_weights(values.shape(), inputs[3].shape());
  const auto size = bins_of(sizes.at(0));
  const bool weighted = inputs[3].num_elements() != 0, binary = attrs.b("binary_output");
  return dispatch<CountedTypes>(values.dtype(), "RaggedBincount", [&]<class I>() {
    return dispatch<WeightTypes>(inputs[3].dtype(), "RaggedBincount", [&]<class T>() -> std::vector<Tensor> {
      auto out = Tensor::zeros(inputs[3].dtype(), {static_cast<std::int64_t>(splits.size()) - 1, size});
      T* y = out.template mutable_data<T>().data();
      const T* weights = weighted ? inputs[3].data<T>().data() : nullptr;
      const I* x = values.data<I>().data();
      for (std::size_t r = 0; r + 1 < splits.size(); ++r, y += size) {
        const auto at = splits[r];
        count_row(x + at, weights ? weights + at : nullptr, splits[r + 1] - at, y, size, binary);
      }
      return {out};
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(bincount) {
  using namespace hornbeam;
  add_op(OpDef("DenseBincount")
             .input("input: Tidx")
             .input("size: Tidx")
             .input("weights: T")
             .output("output: T")
             .attr("Tidx: type")
             .attr("T: type")
             .attr("binary_output: bool = false")
             .shape(dense_bincount_shape)
             .kernel(dense_bincount_kernel)
             .no_gradient());
  add_op(OpDef("Bincount")
             .input("arr: int32")
             .input("size: int32")
             .input("weights: T")
             .output("bins: T")
             .attr("T: type")
             .shape(bincount_shape)
             .kernel(bincount_kernel)
             .no_gradient());
  add_op(OpDef("RaggedBincount")
             .input("splits: int64")
             .input("values: Tidx")
             .input("size: Tidx")
             .input("weights: T")
             .output("output: T")
             .attr("Tidx: type")
             .attr("T: type")
             .attr("binary_output: bool = false")
             .shape(ragged_bincount_shape)
             .dynamic(ragged_bincount)
             .no_gradient());
}
