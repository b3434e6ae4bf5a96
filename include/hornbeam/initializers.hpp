// Initializers: how a weight's first value is made. Mirrors keras.initializers. See named_object.hpp.
//
//   Dense(64, {.kernel_initializer = "he_normal"});
//   Dense(64, {.kernel_initializer = initializers::RandomNormal({.stddev = 0.01, .seed = 1})});
#pragma once

#include <optional>

#include "hornbeam/named_object.hpp"

namespace hornbeam {

class InitializerObject : public NamedObject {
 public:
  // A new tensor of this shape. Throws ValueError for shapes or dtypes the rule has no meaning for.
  virtual Tensor operator()(const Shape& shape, DType dtype) const = 0;

  static std::shared_ptr<const InitializerObject> by_name(const std::string& name);
  static std::shared_ptr<const InitializerObject> deserialize(const Config& config);
};
using Initializer = Handle<InitializerObject>;

namespace initializers {

struct RandomOptions {
  std::optional<std::int64_t> seed = {};
};
struct NormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::int64_t> seed = {};
};
struct UniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<std::int64_t> seed = {};
};
struct VarianceScalingOptions {
  double scale = 1.0;
  std::string mode = "fan_in";                    // fan_in, fan_out, fan_avg
  std::string distribution = "truncated_normal";  // truncated_normal, untruncated_normal, uniform
  std::optional<std::int64_t> seed = {};
};
struct GainOptions {
  double gain = 1.0;
  std::optional<std::int64_t> seed = {};
};

Initializer Zeros();
Initializer Ones();
Initializer Constant(double value = 0.0);
Initializer RandomNormal(const NormalOptions& options = {});
Initializer RandomUniform(const UniformOptions& options = {});
Initializer TruncatedNormal(const NormalOptions& options = {});
Initializer VarianceScaling(const VarianceScalingOptions& options = {});
Initializer Orthogonal(const GainOptions& options = {});
Initializer Identity(double gain = 1.0);
Initializer GlorotNormal(const RandomOptions& options = {});
Initializer GlorotUniform(const RandomOptions& options = {});
Initializer HeNormal(const RandomOptions& options = {});
Initializer HeUniform(const RandomOptions& options = {});
Initializer LecunNormal(const RandomOptions& options = {});
Initializer LecunUniform(const RandomOptions& options = {});
// A C++ function under a name, to be found again at load under `custom_objects` or the registry.
Initializer custom(std::string name, std::function<Tensor(const Shape&, DType)> function);

}  // namespace initializers
}  // namespace hornbeam
