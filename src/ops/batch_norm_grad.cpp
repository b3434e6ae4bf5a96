// FusedBatchNormGrad, V2 and V3. With t = (x - mean) / sqrt(variance + epsilon):
//   by offset: sum(dy); by scale: sum(dy t);
//   by x: scale / sqrt(variance + epsilon) (dy - mean(dy) - t mean(dy t)) in training, else without the means.
#include <cmath>

#include "hornbeam/gradient_tape.hpp"
#include "ops/batch_norm.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> grad_shape(const ShapeContext& c) {
  Shape x = merge_shapes(c.shape(0), c.shape(1), "FusedBatchNormGrad");
  const std::size_t rank = c.attrs().s("data_format").size();
  if (!x.has_rank()) x = Shape(std::vector<std::int64_t>(rank, None));
  if (x.rank() != rank) {
    throw InvalidArgumentError("input must be " + std::to_string(rank) + "-dimensional" + bracketed(x));
  }
  auto& channels = x[batch_norm_channel(c.attrs(), rank)];
  for (std::size_t i = 2; i < 5; ++i) {
    require_rank(c.shape(i), 1, "FusedBatchNormGrad", "scale and reserve spaces");
    if (c.shape(i).has_rank()) channels = merge_dims(channels, c.shape(i)[0], "FusedBatchNormGrad");
  }
  return {x, Shape{channels}, Shape{channels}, Shape{0}, Shape{0}};
}

struct BatchNormGrad {
  ChannelDims dims;
  float epsilon;
  bool training;

  // dx = (dy - center) a + (x - mean) b
  struct Factors {
    std::vector<float> center, a, b;
  };
  // From the sums of dy and of dy (x - mean).
  Factors finish(const KernelRun& io, const std::vector<double>& sums, const std::vector<double>& products) const {
    const float *scale = io.input<float>(2), *variance = io.input<float>(4);
    float *by_scale = io.output<float>(1), *by_offset = io.output<float>(2);
    const double n = static_cast<double>(dims.count());
    Factors f;
    for (std::size_t c = 0; c < sums.size(); ++c) {
      const double sum = sums[c], product = products[c];
      const double inverse = 1 / std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon));
      const double factor = static_cast<double>(scale[c]) * inverse;
      by_scale[c] = static_cast<float>(product * inverse);
      by_offset[c] = static_cast<float>(sum);
      f.center.push_back(training ? static_cast<float>(sum / n) : 0.0F);
      f.a.push_back(static_cast<float>(factor));
      f.b.push_back(training ? static_cast<float>(-factor * inverse * inverse * product / n) : 0.0F);
    }
    return f;
  }

  template <class T>
  void run(const KernelRun& io) const {
    using C = compute_t<T>;
    const auto n = static_cast<std::size_t>(dims.channels);
    const T *dy = io.input<T>(0), *x = io.input<T>(1);
    T* dx = io.output<T>(0);
    const float* mean = io.input<float>(3);
    std::vector<double> sums(n), products(n);
    dims.for_each_run(dy, [&](const T* p, std::size_t c, std::int64_t count) {
      const T* q = x + (p - dy);
      for (std::int64_t i = 0; i < count; ++i) {
        const auto g = static_cast<double>(static_cast<C>(p[i]));
        sums[c] += g;
        products[c] += g * (static_cast<double>(static_cast<C>(q[i])) - static_cast<double>(mean[c]));
      }
    });
    const auto f = finish(io, sums, products);
    dims.for_each_run(dy, [&](const T* p, std::size_t c, std::int64_t count) {
      const auto at = p - dy;
      for (std::int64_t i = 0; i < count; ++i) {
        const C u = static_cast<C>(p[i]) - static_cast<C>(f.center[c]);
        const C v = static_cast<C>(x[at + i]) - static_cast<C>(mean[c]);
        dx[at + i] = static_cast<T>(u * static_cast<C>(f.a[c]) + v * static_cast<C>(f.b[c]));
      }
    });
  }
};

std::unique_ptr<Kernel> grad_kernel(const KernelSpec& spec) {
  if (spec.inputs[2].dtype != DType::float32) {
    throw TypeError("Op 'FusedBatchNormGrad' has no kernel for statistics of " +
                    std::string(name_of(spec.inputs[2].dtype)));
  }
  if (auto staged = staged_batch_norm_grad(spec, false, 0)) return staged;
  const BatchNormGrad norm{ChannelDims(spec.inputs[1].shape, spec.attrs), spec.attrs.f("epsilon"),
                           spec.attrs.b("is_training")};
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "FusedBatchNormGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([norm](const KernelRun& io) { norm.run<T>(io); });
  });
}

// The same three gradients spelt with ops, to be differentiated again. In training the statistics are the batch's.
Tensors composed(const Tensor& dy, const Tensor& x, const Tensor& scale, const Tensor& mean, const Tensor& variance,
                 const Attrs& attrs) {
  const auto& format = attrs.s("data_format");
  const auto channel = static_cast<std::int64_t>(batch_norm_channel(attrs, format.size()));
  std::vector<std::int64_t> axes;
  Shape per_channel;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(format.size()); ++i) {
    if (i != channel) axes.push_back(i);
    per_channel.push_back(i == channel ? None : 1);
  }
  const auto wide = [&](const Tensor& t) { return t.dtype() == scale.dtype() ? t : ops::cast(t, scale.dtype()); };
  const auto g = wide(dy), v = wide(x);
  const auto spread = [&](const Tensor& t) { return ops::reshape(t, per_channel); };
  const double epsilon = static_cast<double>(attrs.f("epsilon"));
  const auto by_offset = ops::reduce_sum(g, axes);
  if (!attrs.b("is_training")) {
    const auto inverse = ops::rsqrt(variance + epsilon);
    const auto by_scale = ops::reduce_sum(g * (v - spread(mean)), axes) * inverse;
    return {ops::cast(g * spread(scale * inverse), x.dtype()), by_scale, by_offset};
  }
  const auto center = ops::reduce_mean(v, axes, true);
  const auto deviation = v - center;
  const auto inverse = ops::rsqrt(ops::reduce_mean(ops::square(deviation), axes, true) + epsilon);
  const auto t = deviation * inverse;
  const auto by_scale = ops::reduce_sum(g * t, axes);
  const auto dx =
      spread(scale) * inverse * (g - ops::reduce_mean(g, axes, true) - t * ops::reduce_mean(g * t, axes, true));
  return {ops::cast(dx, x.dtype()), by_scale, by_offset};
}

Tensors grad_gradient(const GradientContext& c) {
  const auto &dy = c.input(0), &x = c.input(1), &scale = c.input(2), &mean = c.input(3), &variance = c.input(4);
  // Handles of their own: the recording ends at them.
  const auto own = [](const Tensor& t) { return ops::identity(t); };
  std::vector<Tensor> inputs{own(dy), own(x), own(scale), own(mean), own(variance)};
  GradientTape tape;
  tape.watch(inputs);
  const auto outputs = composed(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], c.attrs());
  std::vector<Tensor> targets, seeds;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!c.has_grad(i)) continue;
    targets.push_back(outputs[i]);
    seeds.push_back(c.grad(i));
  }
  auto found = tape.gradient(targets, inputs, {.output_gradients = seeds});
  Tensors result(c.num_inputs());  // statistics have none, as from the forward op
  for (std::size_t i = 0; i < 3; ++i) result[i] = found[i];
  return result;
}

template <int kVersion>
Tensors forward_gradient(const GradientContext& c) {
  static constexpr const char* kOps[] = {"FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"};
  const bool training = c.attrs().b("is_training");
  std::vector<Tensor> inputs{c.grad(), c.input(0), c.input(1), training ? c.output(3) : c.input(3),
                             training ? c.output(4) : c.input(4)};
  if (kVersion == 2) inputs.push_back(c.output(5));
  const auto grads = call_op(kOps[kVersion], inputs, pick(c.attrs(), {"epsilon", "data_format", "is_training"}));
  return {grads[0], grads[1], grads[2], {}, {}};
}

OpDef grad_op(const char* name, const char* statistics, bool reserve3) {
  const std::string type = std::string(": ") + statistics;
  OpDef op = OpDef(name)
                 .input("y_backprop: T")
                 .input("x: T")
                 .input(*statistics == 'U' ? "scale: float" : "scale" + type)
                 .input("reserve_space_1" + type)
                 .input("reserve_space_2" + type);
  if (reserve3) std::move(op).input("reserve_space_3" + type);
  std::move(op)
      .output("x_backprop: T")
      .output("scale_backprop" + type)
      .output("offset_backprop" + type)
      .output("reserve_space_" + std::string(reserve3 ? "4" : "3") + type)
      .output("reserve_space_" + std::string(reserve3 ? "5" : "4") + type)
      .attr("T: type");
  if (*statistics == 'U') std::move(op).attr("U: type");
  return std::move(op)
      .attr("epsilon: float = 0.0001")
      .attr("data_format: string = 'NHWC'")
      .attr("is_training: bool = true")
      .shape(grad_shape)
      .kernel(grad_kernel)
      .gradient(grad_gradient);
}

}  // namespace

Tensors batch_norm_gradient(const GradientContext& c) { return forward_gradient<0>(c); }
Tensors batch_norm_v2_gradient(const GradientContext& c) { return forward_gradient<1>(c); }
Tensors batch_norm_v3_gradient(const GradientContext& c) { return forward_gradient<2>(c); }

}  // namespace hornbeam

HB_REGISTER(batch_norm_grad) {
  using namespace hornbeam;
  add_op(grad_op("FusedBatchNormGrad", "T", false));
  add_op(grad_op("FusedBatchNormGradV2", "U", false));
  add_op(grad_op("FusedBatchNormGradV3", "U", true));
}
