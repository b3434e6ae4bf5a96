#include "hornbeam/layers/random_fourier_features.hpp"

#include <cmath>
#include <numbers>

#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/register.h"

namespace hornbeam {

RandomFourierFeaturesLayer::RandomFourierFeaturesLayer(std::int64_t output_dim,
                                                       const RandomFourierFeaturesOptions& options)
    : Layer(options.layer()),
      output_dim_(output_dim),
      kernel_initializer_(options.kernel_initializer),
      scale_(options.scale) {
  check();
}

bool RandomFourierFeaturesLayer::is(const char* word) const {
  return kernel_initializer_.is_string() && lower_case(kernel_initializer_.as_string()) == word;
}

void RandomFourierFeaturesLayer::check() {
  if (output_dim_ <= 0) {
    throw ValueError("`output_dim` should be a positive integer. Received: " + std::to_string(output_dim_));
  }
  if (kernel_initializer_.is_string() && !is("gaussian") && !is("laplacian")) {
    throw ValueError("Unsupported `kernel_initializer`: " + kernel_initializer_.as_string() +
                     " Expected one of: {'gaussian', 'laplacian'}");
  }
  if (scale_ && !(*scale_ > 0)) {
    throw ValueError("When provided, `scale` should be a positive float. Received: " + Config(*scale_).dump());
  }
}

void RandomFourierFeaturesLayer::build(const Shape& input_shape) {
  if (input_shape.rank() != 2) {
    throw ValueError("The rank of the input tensor should be 2. Received input with rank " +
                     std::to_string(input_shape.rank()) +
                     " instead. Full input shape received: " + input_shape.to_string());
  }
  const auto input_dim = input_shape[1];
  if (input_dim < 0) {
    throw ValueError(
        "The last dimension of the input tensor should be defined. Found `None`. Full input shape received: " +
        input_shape.to_string());
  }
  input_spec_ = {{.ndim = 2, .axes = {{1, input_dim}}}};
  auto initializer = initializers::RandomNormal({.stddev = 1.0});
  if (is("laplacian")) initializer = initializers::RandomUniform({.minval = 0.0, .maxval = 1.0});
  if (!kernel_initializer_.is_string()) initializer = Initializer::from_config(kernel_initializer_);
  const auto frozen = [&](const char* name, const Shape& shape, const Initializer& values) {
    return add_weight(name, shape, {.initializer = values, .trainable = false, .dtype = DType::float32});
  };
  unscaled_kernel = frozen("unscaled_kernel", {input_dim, output_dim_}, initializer);
  if (is("laplacian")) {  // shares made samples of Cauchy's distribution
    const Tensor shares = unscaled_kernel;
    unscaled_kernel->assign(ops::tan((shares - 0.5F) * static_cast<float>(std::numbers::pi)));
  }
  bias = frozen("bias", {output_dim_}, initializers::RandomUniform({.minval = 0.0, .maxval = 2 * std::numbers::pi}));
  // From here on the config says it.
  if (!scale_) scale_ = is("gaussian") ? std::sqrt(static_cast<double>(input_dim) / 2.0) : 1.0;
  kernel_scale = add_weight(
      "kernel_scale", {1},
      {.initializer = initializers::Constant(*scale_), .constraint = constraints::NonNeg(), .dtype = DType::float32});
}

Values RandomFourierFeaturesLayer::call(const Values& inputs, CallContext&) {
  const Tensor scale = kernel_scale;
  const auto kernel = ops::reciprocal(scale) * unscaled_kernel;
  return ops::cos(ops::bias_add(ops::matmul(ops::cast(inputs.tensor(), DType::float32), kernel), bias));
}

}  // namespace hornbeam

HB_REGISTER(layer_random_fourier_features) {
  // Frozen unless its config says otherwise.
  hornbeam::register_layer(hornbeam::RandomFourierFeaturesLayer::kClassName, [](const hornbeam::Config& given) {
    auto config = given;
    if (!config.has("trainable")) config.set("trainable", false);
    return hornbeam::layer_from_config<hornbeam::RandomFourierFeaturesLayer>(config);
  });
}
