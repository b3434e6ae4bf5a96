// Sum and Mean over any axes.
#include "ops/reduce_sum.h"

#include "ops/kernels/pool.h"

namespace hornbeam {
namespace {

template <class T>
struct WideMean {
  using type = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
};
template <>
struct WideMean<float> : WideSum<float> {};
template <>
struct WideMean<double> : WideSum<double> {};
template <>
struct WideMean<Float16> : WideSum<Float16> {};
template <>
struct WideMean<BFloat16> : WideSum<BFloat16> {};

struct MeanFn : SumFn {
  static constexpr const char* kName = "Mean";
  template <class T>
  using Acc = typename WideMean<T>::type;
  template <class A>
  static A finish(A acc, std::int64_t n) {
    if constexpr (std::is_integral_v<A>) {
      return n ? acc / static_cast<A>(n) : A{};
    } else {
      return acc / static_cast<A>(n);
    }
  }
};

// The mean over an image's pixels, [n, pixels, channels] -> [n, channels] in float32: global average pooling.
std::unique_ptr<Kernel> mean_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const ReducePlan p(in, reduced_dims(in.rank(), spec.ints(1)));
  const bool pixels = !p.inner_reduced && p.gone.size() == 1 && p.gone_stride[0] == p.inner && p.kept.size() <= 1 &&
                      (p.kept.empty() || p.kept_stride[0] == p.inner * p.gone[0]);
  if (!pixels || spec.inputs[0].dtype != DType::float32 || in.num_elements() == 0) {
    return reduce_kernel<MeanFn, NumberTypes>(spec);
  }
  return make_part_kernel(4.0 * static_cast<double>(in.num_elements()),
                          [n = p.kept_total, count = p.gone[0], c = p.inner](const KernelRun& io, kernels::Part part) {
                            kernels::global_pool_part(kernels::Pooling::kAverage, n, count, c, io.input<float>(0),
                                                      io.output<float>(0), part);
                          });
}

// A sum over no dim, or over dims of one, is a copy, and none when it may be made in place (gradients of what might
// have been broadcast but was not are such sums).
std::unique_ptr<Kernel> sum_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  if (spec.inputs[0].shape.num_elements() != n || spec.inputs[0].dtype != DType::float32) {
    return reduce_kernel<SumFn, NumberTypes>(spec);
  }
  reduced_dims(spec.inputs[0].shape.rank(), spec.ints(1));
  return make_kernel([n](const KernelRun& io) {
    if (io.output<float>(0) == io.input<float>(0)) return;
    kernels::parallel_for(n, 65536, [&](std::int64_t begin, std::int64_t end) {
      std::copy_n(io.input<float>(0) + begin, end - begin, io.output<float>(0) + begin);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(reduce_sum) {
  using namespace hornbeam;
  add_op(reduction<SumFn>(sum_gradient, sum_kernel).elementwise());
  add_op(reduction<MeanFn>(mean_gradient, mean_kernel));
}
