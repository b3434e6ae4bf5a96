// FusedBatchNorm, V2 and V3: y = (x - mean) * rsqrt(variance + epsilon) * scale + offset per channel, with the batch's
// statistics (is_training) or the given ones. Statistics are float also for 16-bit inputs.
#include "ops/batch_norm.h"

#include <cmath>

#include "ops/axes.h"

namespace hornbeam {

std::size_t batch_norm_channel(const Attrs& attrs, std::size_t rank) {
  const auto& format = attrs.s("data_format");
  if (format == "NHWC" || format == "NDHWC") return rank - 1;
  if (format == "NCHW" || format == "NCDHW") return 1;
  throw InvalidArgumentError("Invalid data format: " + format);
}

ChannelDims::ChannelDims(const Shape& shape, const Attrs& attrs) {
  const auto channel = batch_norm_channel(attrs, shape.rank());
  channels = shape[channel];
  for (std::size_t i = 0; i < channel; ++i) outer *= shape[i];
  for (std::size_t i = channel + 1; i < shape.rank(); ++i) inner *= shape[i];
}

namespace {

template <int kOutputs>
std::vector<Shape> batch_norm_shape(const ShapeContext& c) {
  Shape x = c.shape(0);
  const auto& format = c.attrs().s("data_format");
  const std::size_t rank = format.size();
  if (!x.has_rank()) x = Shape(std::vector<std::int64_t>(rank, None));
  if (x.rank() != rank) {
    throw InvalidArgumentError("input must be " + std::to_string(rank) + "-dimensional" + bracketed(x));
  }
  const auto channel = batch_norm_channel(c.attrs(), rank);
  std::int64_t channels = x[channel];
  const bool training = c.attrs().b("is_training");
  static constexpr const char* kNames[] = {"x", "scale", "offset", "estimated_mean", "estimated_variance"};
  for (std::size_t i = 1; i < 5; ++i) {
    const auto& s = c.shape(i);
    if (!s.has_rank()) continue;
    if (s.rank() != 1) throw InvalidArgumentError(std::string(kNames[i]) + " must be 1-dimensional" + bracketed(s));
    // In training the estimates may be empty.
    if (i > 2 && training && (c.attrs().f("exponential_avg_factor") == 1.0F || s[0] == 0)) continue;
    if (s[0] < 0) continue;
    if (channels >= 0 && channels != s[0]) {
      throw InvalidArgumentError(std::string(kNames[i]) +
                                 " must have the same number of elements as the channels of x, got " +
                                 std::to_string(s[0]) + " and " + std::to_string(channels));
    }
    channels = s[0];
  }
  x[channel] = channels;
  std::vector<Shape> out{x};
  for (int i = 1; i < kOutputs; ++i) out.push_back(i == 5 ? Shape{} : Shape{channels});
  return out;
}

struct BatchNorm {
  ChannelDims dims;
  float epsilon, factor;
  bool training;
  bool has_estimates;

  template <class T>
  void run(const KernelRun& io, bool has_reserve3) const {
    float *mean = io.output<float>(1), *variance = io.output<float>(2);
    float *saved_mean = io.output<float>(3), *saved_variance = io.output<float>(4);
    if (has_reserve3) *io.output<float>(5) = 0;
    const auto n = static_cast<std::size_t>(dims.channels);
    if (training) {
      batch_statistics(io.input<T>(0), saved_mean, saved_variance);
      const auto count = static_cast<double>(dims.count());
      const double correction = count > 1 ? count / (count - 1) : 1;
      for (std::size_t c = 0; c < n; ++c) {
        const float unbiased = static_cast<float>(static_cast<double>(saved_variance[c]) * correction);
        mean[c] = saved_mean[c];
        variance[c] = unbiased;
        if (factor != 1.0F && has_estimates) {
          mean[c] = (1 - factor) * io.input<float>(3)[c] + factor * saved_mean[c];
          variance[c] = (1 - factor) * io.input<float>(4)[c] + factor * unbiased;
        }
      }
    } else {
      std::copy_n(io.input<float>(3), n, mean);
      std::copy_n(io.input<float>(4), n, variance);
      std::copy_n(io.input<float>(3), n, saved_mean);
      std::copy_n(io.input<float>(4), n, saved_variance);
    }
    normalise(io.input<T>(0), saved_mean, saved_variance, io.input<float>(1), io.input<float>(2), io.output<T>(0));
  }

 private:
  // Of the whole batch, from the deviations: sums of squares would cancel.
  template <class T>
  void batch_statistics(const T* x, float* mean, float* variance) const {
    using C = compute_t<T>;
    const auto n = static_cast<std::size_t>(dims.channels);
    const double count = static_cast<double>(dims.count());
    std::vector<double> sum(n), square(n);
    dims.for_each_run(x, [&](const T* p, std::size_t c, std::int64_t k) {
      for (std::int64_t i = 0; i < k; ++i) sum[c] += static_cast<double>(static_cast<C>(p[i]));
    });
    for (auto& s : sum) s /= count;
    dims.for_each_run(x, [&](const T* p, std::size_t c, std::int64_t k) {
      for (std::int64_t i = 0; i < k; ++i) {
        const double d = static_cast<double>(static_cast<C>(p[i])) - sum[c];
        square[c] += d * d;
      }
    });
    for (std::size_t c = 0; c < n; ++c) {
      mean[c] = static_cast<float>(sum[c]);
      variance[c] = static_cast<float>(square[c] / count);
    }
  }

  template <class T>
  void normalise(const T* x, const float* mean, const float* variance, const float* scale, const float* offset,
                 T* y) const {
    using C = compute_t<T>;
    std::vector<float> factors(static_cast<std::size_t>(dims.channels));
    for (std::size_t c = 0; c < factors.size(); ++c) factors[c] = scale[c] / std::sqrt(variance[c] + epsilon);
    dims.for_each_run(x, [&](const T* p, std::size_t c, std::int64_t k) {
      T* q = y + (p - x);
      for (std::int64_t i = 0; i < k; ++i) {
        q[i] = static_cast<T>((static_cast<C>(p[i]) - static_cast<C>(mean[c])) * static_cast<C>(factors[c]) +
                              static_cast<C>(offset[c]));
      }
    });
  }
};

template <int kOutputs>
std::unique_ptr<Kernel> batch_norm_kernel(const KernelSpec& spec) {
  if (spec.inputs[1].dtype != DType::float32) {
    throw TypeError("Op 'FusedBatchNorm' has no kernel for statistics of " +
                    std::string(name_of(spec.inputs[1].dtype)));
  }
  if (auto staged = staged_batch_norm(spec, {})) return staged;
  const bool has_estimates = spec.inputs[3].shape.num_elements() > 0 && spec.inputs[4].shape.num_elements() > 0;
  const BatchNorm norm{ChannelDims(spec.inputs[0].shape, spec.attrs), spec.attrs.f("epsilon"),
                       spec.attrs.f("exponential_avg_factor"), spec.attrs.b("is_training"), has_estimates};
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "FusedBatchNorm", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([norm](const KernelRun& io) { norm.run<T>(io, kOutputs == 6); });
  });
}

template <int kOutputs>
OpDef batch_norm(const char* name, const char* statistics, GradientFn gradient) {
  const std::string type = std::string(": ") + statistics;
  OpDef op = OpDef(name)
                 .input("x: T")
                 .input("scale" + type)
                 .input("offset" + type)
                 .input("mean" + type)
                 .input("variance" + type)
                 .output("y: T")
                 .output("batch_mean" + type)
                 .output("batch_variance" + type)
                 .output("reserve_space_1" + type)
                 .output("reserve_space_2" + type);
  if (kOutputs == 6) std::move(op).output("reserve_space_3" + type);
  std::move(op).attr("T: type");
  if (*statistics == 'U') std::move(op).attr("U: type");
  return std::move(op)
      .attr("epsilon: float = 0.0001")
      .attr("exponential_avg_factor: float = 1")
      .attr("data_format: string = 'NHWC'")
      .attr("is_training: bool = true")
      .shape(batch_norm_shape<kOutputs>)
      .kernel(batch_norm_kernel<kOutputs>)
      .gradient(gradient);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(batch_norm) {
  using namespace hornbeam;
  add_op(batch_norm<5>("FusedBatchNorm", "T", batch_norm_gradient));
  add_op(batch_norm<5>("FusedBatchNormV2", "U", batch_norm_v2_gradient));
  add_op(batch_norm<6>("FusedBatchNormV3", "U", batch_norm_v3_gradient));
}
