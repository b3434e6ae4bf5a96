// Initializers that draw from one distribution, whatever the shape; and Orthogonal.
#include <algorithm>
#include <cmath>

#include "hornbeam/ops.hpp"
#include "keras/initializers/builtin.h"
#include "keras/initializers/random_values.h"
#include "keras/initializers/seeds.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

using random::Distribution;

class NormalObject final : public InitializerObject {
 public:
  NormalObject(const initializers::NormalOptions& options, bool truncated) : o_(options), truncated_(truncated) {}
  std::string class_name() const override { return truncated_ ? "TruncatedNormal" : "RandomNormal"; }
  Config get_config() const override {
    return {{"mean", o_.mean}, {"stddev", o_.stddev}, {"seed", seed_config(o_.seed)}};
  }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    return random_values(truncated_ ? Distribution::truncated_normal : Distribution::normal,
                         o_.seed ? *o_.seed : next_layer_seed(), dtype, shape, o_.stddev, o_.mean);
  }

 private:
  initializers::NormalOptions o_;
  bool truncated_;
};

class UniformObject final : public InitializerObject {
 public:
  explicit UniformObject(const initializers::UniformOptions& options) : o_(options) {}
  std::string class_name() const override { return "RandomUniform"; }
  Config get_config() const override {
    return {{"minval", o_.minval}, {"maxval", o_.maxval}, {"seed", seed_config(o_.seed)}};
  }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    return random_uniform_values(o_.seed ? *o_.seed : next_layer_seed(), dtype, shape, o_.minval, o_.maxval);
  }

 private:
  initializers::UniformOptions o_;
};

// Q of the QR decomposition of normal numbers, with signs that make it unique.
class OrthogonalObject final : public InitializerObject {
 public:
  explicit OrthogonalObject(const initializers::GainOptions& options) : o_(options) {}
  std::string class_name() const override { return "Orthogonal"; }
  Config get_config() const override { return {{"gain", o_.gain}, {"seed", seed_config(o_.seed)}}; }

  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (shape.rank() < 2) {
      throw ValueError("The tensor to initialize must be at least two-dimensional. Received: shape=" +
                       shape.to_string() + " of rank " + std::to_string(shape.rank()) + ".");
    }
    const auto total = shape.num_elements();
    const auto columns = shape.back();
    const auto rows = columns == 0 ? 0 : total / columns;
    const auto tall = std::max(rows, columns), narrow = std::min(rows, columns);
    const auto normal =
        random_values(Distribution::normal, o_.seed ? *o_.seed : next_layer_seed(), dtype, {tall, narrow}, 1.0, 0.0);
    if (total == 0) return normal.reshaped(shape);
    const auto qr = ops::qr(normal);
    auto q = qr.q * ops::sign(diagonal(qr.r, narrow));
    if (rows < columns) q = ops::transpose(q);
    return (o_.gain * q).reshaped(shape);
  }

 private:
  static Tensor diagonal(const Tensor& r, std::int64_t n) {
    std::vector<std::int64_t> at(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) at[static_cast<std::size_t>(i)] = i * (n + 1);
    return ops::gather(r.reshaped({n * n}), Tensor::from({n}, at));
  }
  initializers::GainOptions o_;
};

template <bool kTruncated>
InitializerPointer make_normal(const Config& config) {
  ObjectArguments a(config, kTruncated ? "TruncatedNormal" : "RandomNormal");
  a.ignore("dtype");
  initializers::NormalOptions o;
  o.mean = a.number("mean", o.mean);
  o.stddev = a.number("stddev", a.number("scale", o.stddev));  // Keras 1 said scale
  o.seed = a.seed();
  a.finish();
  return std::make_shared<NormalObject>(o, kTruncated);
}
InitializerPointer make_uniform(const Config& config) {
  ObjectArguments a(config, "RandomUniform");
  a.ignore("dtype");
  initializers::UniformOptions o;
  const auto scale = a.number("scale", o.maxval);  // Keras 1: [-scale, scale]
  o.minval = a.number("minval", -scale);
  o.maxval = a.number("maxval", scale);
  o.seed = a.seed();
  a.finish();
  return std::make_shared<UniformObject>(o);
}
InitializerPointer make_orthogonal(const Config& config) {
  ObjectArguments a(config, "Orthogonal");
  a.ignore("dtype");
  initializers::GainOptions o;
  o.gain = a.number("gain", o.gain);
  o.seed = a.seed();
  a.finish();
  return std::make_shared<OrthogonalObject>(o);
}

}  // namespace

InitializerFactories random_initializers() {
  return {{"RandomNormal", make_normal<false>},
          {"random_normal", make_normal<false>},
          {"normal", make_normal<false>},
          {"TruncatedNormal", make_normal<true>},
          {"truncated_normal", make_normal<true>},
          {"RandomUniform", make_uniform},
          {"random_uniform", make_uniform},
          {"uniform", make_uniform},
          {"Orthogonal", make_orthogonal},
          {"orthogonal", make_orthogonal},
          {"OrthogonalInitializer", make_orthogonal}};
}

namespace initializers {

Initializer RandomNormal(const NormalOptions& o) {
  return InitializerPointer(std::make_shared<NormalObject>(o, false));
}
Initializer TruncatedNormal(const NormalOptions& o) {
  return InitializerPointer(std::make_shared<NormalObject>(o, true));
}
Initializer RandomUniform(const UniformOptions& o) { return InitializerPointer(std::make_shared<UniformObject>(o)); }
Initializer Orthogonal(const GainOptions& o) { return InitializerPointer(std::make_shared<OrthogonalObject>(o)); }

}  // namespace initializers
}  // namespace hornbeam
