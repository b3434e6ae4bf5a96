// Initializers without chance.
#include <cmath>
#include <numbers>

#include "hornbeam/ops.hpp"
#include "keras/initializers/builtin.h"
#include "keras/initializers/skip.h"
#include "keras/initializers/stft.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

// The numbers of a nested list in order, bounded in depth.
void collect(const Config& value, std::vector<double>& out, int depth = 0) {
  if (value.is_list() && depth < 32) {
    for (const auto& item : value.as_list()) collect(item, out, depth + 1);
  } else {
    out.push_back(value.is_bool() ? static_cast<double>(value.as_bool()) : value.as_double());
  }
}

Tensor filled(const Tensor& value, const Shape& shape) {
  check_weight_size(value.dtype(), shape);
  return ops::fill(shape, value);
}

class ZerosObject final : public InitializerObject {
 public:
  std::string class_name() const override { return "Zeros"; }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    check_weight_size(dtype, shape);
    return Tensor::zeros(dtype, shape);
  }
};

class OnesObject final : public InitializerObject {
 public:
  std::string class_name() const override { return "Ones"; }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (dtype == DType::string) throw ValueError("Expected numeric or boolean dtype, got <dtype: 'string'>.");
    return filled(ops::cast(Tensor::scalar(1.0f), dtype), shape);
  }
};

class ConstantObject final : public InitializerObject {
 public:
  // A number, or a nested list of as many as the weight has elements.
  explicit ConstantObject(Config value) : value_(std::move(value)) { collect(numbers(), values_); }
  std::string class_name() const override { return "Constant"; }
  Config get_config() const override { return Config::Dict{{"value", value_}}; }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (dtype == DType::string) throw ValueError("Expected numeric or boolean dtype, got <dtype: 'string'>.");
    check_weight_size(dtype, shape);
    if (!numbers().is_list()) return filled(ops::cast(Tensor::scalar(values_[0]), dtype), shape);
    const auto n = static_cast<std::int64_t>(values_.size());
    if (shape.num_elements() != n) {
      throw ValueError("The Constant initializer holds " + std::to_string(n) + " values; a weight of shape " +
                       shape.to_string() + " takes " + std::to_string(shape.num_elements()));
    }
    return ops::cast(Tensor::from({n}, values_), dtype).reshaped(shape);
  }

 private:
  // Keras 3 writes arrays as {"class_name": "__numpy__", "config": {"value": [...], "dtype": "float32"}}.
  const Config& numbers() const {
    const auto* config = value_.find("config");
    const auto* list = config ? config->find("value") : nullptr;
    return list ? *list : value_;
  }
  Config value_;
  std::vector<double> values_;
};

class IdentityObject final : public InitializerObject {
 public:
  explicit IdentityObject(double gain) : gain_(gain) {}
  std::string class_name() const override { return "Identity"; }
  Config get_config() const override { return Config::Dict{{"gain", gain_}}; }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 2) {
      throw ValueError("Identity matrix initializer can only be used for 2D matrices. Received: shape=" +
                       shape.to_string() + " of rank " + std::to_string(shape.rank()) + ".");
    }
    check_weight_size(DType::float64, shape);
    auto eye = Tensor::zeros(DType::float64, shape);
    auto values = eye.mutable_data<double>();
    const auto columns = static_cast<std::size_t>(shape[1]);
    for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(shape[0]), columns); ++i) {
      values[i * columns + i] = gain_;
    }
    return ops::cast(eye, dtype);
  }

 private:
  double gain_;
};

class StftObject final : public InitializerObject {
 public:
  explicit StftObject(StftOptions options) : o_(std::move(options)) {}
  std::string class_name() const override { return "STFT"; }
  Config get_config() const override {
    return {{"side", o_.side}, {"window", o_.window}, {"periodic", o_.periodic}, {"scaling", o_.scaling}};
  }
  Tensor operator()(const Shape& shape, DType dtype) const override { return ops::cast(stft_kernel(o_, shape), dtype); }

 private:
  StftOptions o_;
};

InitializerPointer make_zeros(const Config& config) {
  ObjectArguments a(config, "Zeros");
  a.ignore("dtype");  // written before 2.1
  a.finish();
  return std::make_shared<ZerosObject>();
}
InitializerPointer make_ones(const Config& config) {
  ObjectArguments a(config, "Ones");
  a.ignore("dtype");
  a.finish();
  return std::make_shared<OnesObject>();
}
InitializerPointer make_constant(const Config& config) {
  ObjectArguments a(config, "Constant");
  a.ignore("dtype");
  a.ignore("verify_shape");
  auto value = a.value("value", 0);
  a.finish();
  return std::make_shared<ConstantObject>(std::move(value));
}
InitializerPointer make_identity(const Config& config) {
  ObjectArguments a(config, "Identity");
  a.ignore("dtype");
  const auto gain = a.number("gain", 1.0);
  a.finish();
  return std::make_shared<IdentityObject>(gain);
}
InitializerPointer make_stft(const Config& config) {
  ObjectArguments a(config, "STFT");
  StftOptions o;
  o.side = a.text("side", o.side);
  o.window = a.value("window", o.window);
  o.scaling = a.value("scaling", o.scaling);
  o.periodic = a.value("periodic", false).as_bool();
  a.finish();
  check(o);
  return std::make_shared<StftObject>(std::move(o));
}

}  // namespace

InitializerFactories constant_initializers() {
  return {{"Zeros", make_zeros},
          {"zeros", make_zeros},
          {"zero", make_zeros},
          {"Ones", make_ones},
          {"ones", make_ones},
          {"one", make_ones},
          {"Constant", make_constant},
          {"constant", make_constant},
          {"Identity", make_identity},
          {"identity", make_identity},
          {"STFT", make_stft},
          {"stft", make_stft},
          {"IdentityInitializer", make_identity}};
}

namespace initializers {

Initializer Zeros() { return InitializerPointer(std::make_shared<ZerosObject>()); }
Initializer Ones() { return InitializerPointer(std::make_shared<OnesObject>()); }
Initializer Constant(double value) { return InitializerPointer(std::make_shared<ConstantObject>(value)); }
Initializer Identity(double gain) { return InitializerPointer(std::make_shared<IdentityObject>(gain)); }

}  // namespace initializers
}  // namespace hornbeam
