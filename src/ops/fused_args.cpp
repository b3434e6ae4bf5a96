#include "ops/fused_args.h"

#include <array>
#include <cstring>
#include <utility>

#include "ops/fused_elementwise.h"
#include "ops/kernels/pool.h"

namespace hornbeam {
namespace {

using kernels::Unary;

constexpr std::array<std::pair<std::string_view, Unary>, 35> kNames{{
    {"Identity", Unary::kIdentity},
    {"Relu", Unary::kRelu},
    {"Relu6", Unary::kRelu6},
    {"Clip", Unary::kClip},
    {"LeakyRelu", Unary::kLeakyRelu},
    {"ThresholdedRelu", Unary::kThresholdedRelu},
    {"Elu", Unary::kElu},
    {"Selu", Unary::kSelu},
    {"Sigmoid", Unary::kSigmoid},
    {"HardSigmoid", Unary::kHardSigmoid},
    {"Tanh", Unary::kTanh},
    {"Gelu", Unary::kGelu},
    {"GeluTanh", Unary::kGeluTanh},
    {"Swish", Unary::kSwish},
    {"HardSwish", Unary::kHardSwish},
    {"Mish", Unary::kMish},
    {"Softplus", Unary::kSoftplus},
    {"Softsign", Unary::kSoftsign},
    {"Exp", Unary::kExp},
    {"Expm1", Unary::kExpm1},
    {"Log", Unary::kLog},
    {"Log1p", Unary::kLog1p},
    {"Sqrt", Unary::kSqrt},
    {"Rsqrt", Unary::kRsqrt},
    {"Square", Unary::kSquare},
    {"Abs", Unary::kAbs},
    {"Neg", Unary::kNeg},
    {"Reciprocal", Unary::kReciprocal},
    {"Inv", Unary::kReciprocal},
    {"Erf", Unary::kErf},
    {"Sign", Unary::kSign},
    {"Floor", Unary::kFloor},
    {"Ceil", Unary::kCeil},
    {"Round", Unary::kRound},
    {"Rint", Unary::kRound},
}};

// The product, then each step over the whole of it.
struct Unfused final : Kernel {
  std::unique_ptr<Kernel> base;
  FusedArgs fused;
  std::int64_t rows = 0, columns = 0;
  std::size_t product_bytes = 0;
  std::vector<std::int64_t> shape, product_strides, residual_strides;
  kernels::Pool2DShape pool;
  std::int64_t images = 0;

  std::size_t base_scratch() const { return (product_bytes + 63) / 64 * 64; }
  void run(const KernelRun& io) const override {
    auto* product = reinterpret_cast<float*>(io.scratch);
    std::byte* outs[] = {io.scratch};
    base->run({io.in, outs, io.scratch + base_scratch()});
    if (fused.bias) {
      kernels::binary_row(kernels::Binary::kAdd, rows, columns, product, io.input<float>(fused.bias), false, product);
    }
    const auto n = rows * columns;
    if (fused.max_pool) {
      kernels::map(fused.activation, n, product, product);
      kernels::pool2d(kernels::Pooling::kMax, pool, images, product, io.output<float>(0));
      return;
    }
    auto* out = io.output<float>(0);
    std::int64_t total = n;
    if (fused.residual) {
      total = 1;
      for (const auto d : shape) total *= d;
      kernels::binary_broadcast(kernels::Binary::kAdd, shape, product, product_strides, io.input<float>(fused.residual),
                                residual_strides, out);
    } else if (product_bytes > 0) {
      std::memcpy(out, product, product_bytes);
    }
    kernels::map(fused.activation, total, out, out);
  }
};

}  // namespace

std::optional<kernels::Activation> activation_named(std::string_view name, float alpha, float beta) {
  if (name == "Elu") alpha = 1;
  for (const auto& [known, op] : kNames) {
    if (known == name) return kernels::Activation{op, alpha, beta};
  }
  return std::nullopt;
}

FusedArgs fused_args(const Attrs& attrs) {
  FusedArgs fused;
  std::size_t next = 2;
  for (const auto& name : attrs.strings("fused_ops")) {
    if (name == "BiasAdd") {
      fused.bias = next++;
    } else if (name == "Add") {
      fused.residual = next++;
    } else if (name == "MaxPool") {
      fused.max_pool = true;
    } else {
      const auto alpha = name == "LeakyRelu" ? attrs.f("leakyrelu_alpha") : attrs.f("activation_alpha");
      const auto activation = activation_named(name, alpha, attrs.f("activation_beta"));
      if (!activation) throw InvalidArgumentError("fused_ops: '" + name + "' is not supported");
      fused.activation = *activation;
    }
  }
  return fused;
}

std::unique_ptr<Kernel> unfused_kernel(const KernelSpec& spec, const OpDef& base, const FusedArgs& fused) {
  if (spec.inputs[0].dtype != DType::float32) {
    throw TypeError("Op '_Fused" + base.name + "' has no kernel for " + std::string(name_of(spec.inputs[0].dtype)));
  }
  const auto shapes = base.shape_fn(ShapeContext(spec.attrs, spec.inputs.first(2), spec.values));
  const TensorSpec product{DType::float32, shapes[0]};
  auto kernel = std::make_unique<Unfused>();
  kernel->base = base.kernel_fn({spec.attrs, spec.inputs.first(2), {&product, 1}, spec.values, spec.compiled});
  kernel->fused = fused;
  kernel->columns = product.shape.back();
  kernel->rows = kernel->columns ? product.shape.num_elements() / kernel->columns : 0;
  kernel->product_bytes = static_cast<std::size_t>(product.shape.num_elements()) * sizeof(float);
  kernel->scratch_bytes = kernel->base_scratch() + kernel->base->scratch_bytes;
  kernel->shape = spec.outputs[0].shape.dims();
  kernel->product_strides = broadcast_strides(product.shape, spec.outputs[0].shape);
  if (fused.residual) {
    kernel->residual_strides = broadcast_strides(spec.inputs[fused.residual].shape, spec.outputs[0].shape);
  }
  if (fused.max_pool) {
    kernel->images = product.shape[0];
    kernel->pool = {product.shape[1], product.shape[2], product.shape[3], 2, 2, 2, 2, 0, 0, 0, 0};
  }
  return kernel;
}

}  // namespace hornbeam
