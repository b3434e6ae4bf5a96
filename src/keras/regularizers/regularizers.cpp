#include "hornbeam/regularizers.hpp"

#include <cmath>

#include "hornbeam/initializers.hpp"
#include "hornbeam/ops.hpp"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

using Pointer = std::shared_ptr<const RegularizerObject>;

// Keras keeps these numbers as float32 and its configs show it: 0.01 becomes 0.009999999776482582. A number that comes
// from a config stays as it was written.
double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

double checked(double value) {
  if (!std::isfinite(value)) {
    throw ValueError("Value: " + Config(value).dump() +
                     " is not a valid regularization penalty number, a positive/negative infinity or NaN is not a "
                     "property value");
  }
  return value;
}

// l1 * sum(|x|)
Tensor l1_penalty(double l1, const Tensor& x) { return l1 * ops::reduce_sum(ops::abs(x)); }
// l2 * sum(x^2)
Tensor l2_penalty(double l2, const Tensor& x) { return 2.0 * l2 * ops::l2_loss(x); }

class L1Object final : public RegularizerObject {
 public:
  explicit L1Object(double l1) : l1_(checked(l1)) {}
  std::string class_name() const override { return "L1"; }
  Config get_config() const override { return Config::Dict{{"l1", l1_}}; }
  Tensor operator()(const Tensor& x) const override { return l1_penalty(l1_, x); }

 private:
  double l1_;
};

class L2Object final : public RegularizerObject {
 public:
  explicit L2Object(double l2) : l2_(checked(l2)) {}
  std::string class_name() const override { return "L2"; }
  Config get_config() const override { return Config::Dict{{"l2", l2_}}; }
  Tensor operator()(const Tensor& x) const override { return l2_penalty(l2_, x); }

 private:
  double l2_;
};

class L1L2Object final : public RegularizerObject {
 public:
  L1L2Object(double l1, double l2) : l1_(checked(l1)), l2_(checked(l2)) {}
  std::string class_name() const override { return "L1L2"; }
  Config get_config() const override { return {{"l1", l1_}, {"l2", l2_}}; }
  Tensor operator()(const Tensor& x) const override {
    if (l1_ == 0 && l2_ == 0) return ops::scalar(x.dtype(), 0.0);
    if (l2_ == 0) return l1_penalty(l1_, x);
    if (l1_ == 0) return l2_penalty(l2_, x);
    return l1_penalty(l1_, x) + l2_penalty(l2_, x);
  }

 private:
  double l1_, l2_;
};

// factor * the mean of |cos| of the angles between the rows (or columns) of a matrix.
class OrthogonalObject final : public RegularizerObject {
 public:
  OrthogonalObject(double factor, std::string mode) : factor_(factor), mode_(std::move(mode)) {
    if (mode_ != "rows" && mode_ != "columns") {
      throw ValueError("Invalid value for argument `mode`. Expected one of {\"rows\", \"columns\"}. Received: mode=" +
                       mode_);
    }
  }
  std::string class_name() const override { return "OrthogonalRegularizer"; }
  Config get_config() const override { return {{"factor", factor_}, {"mode", mode_}}; }

  Tensor operator()(const Tensor& x) const override {
    if (x.rank() != 2) {
      throw ValueError("Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape=" +
                       x.shape().to_string());
    }
    const bool rows = mode_ == "rows";
    const auto unit = ops::l2_normalize(x, rows ? 1 : 0);
    const auto products = ops::matmul(unit, unit, !rows, rows);
    const auto size = x.shape()[rows ? 0 : 1];
    const auto pairs = static_cast<double>(size) * static_cast<double>(size - 1) / 2.0;
    const auto off_diagonal = products * (1.0 - identity(x.dtype(), size));
    return factor_ * 0.5 * ops::reduce_sum(ops::abs(off_diagonal)) / pairs;
  }

 private:
  static Tensor identity(DType dtype, std::int64_t n) { return (*Initializer("identity"))({n, n}, dtype); }
  double factor_;
  std::string mode_;
};

class CustomRegularizer final : public RegularizerObject {
 public:
  CustomRegularizer(std::string name, std::function<Tensor(const Tensor&)> function)
      : name_(std::move(name)), function_(std::move(function)) {}
  std::string class_name() const override { return get_registered_name(name_); }
  bool is_function() const override { return true; }
  Tensor operator()(const Tensor& x) const override { return function_(x); }

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;
};

constexpr double kDefault = 0.01;

Pointer make_l1(const Config& config) {
  ObjectArguments a(config, "L1");
  const auto l1 = a.number("l1", a.number("l", rounded(kDefault)));
  a.finish();
  return std::make_shared<L1Object>(l1);
}
Pointer make_l2(const Config& config) {
  ObjectArguments a(config, "L2");
  const auto l2 = a.number("l2", a.number("l", rounded(kDefault)));
  a.finish();
  return std::make_shared<L2Object>(l2);
}
Pointer make_l1l2(const Config& config) {
  ObjectArguments a(config, "L1L2");
  const auto l1 = a.number("l1", 0), l2 = a.number("l2", 0);
  a.finish();
  return std::make_shared<L1L2Object>(l1, l2);
}
// The function l1_l2 has other defaults than the class L1L2.
Pointer make_l1_l2(const Config& config) {
  ObjectArguments a(config, "L1L2");
  const auto l1 = a.number("l1", rounded(kDefault)), l2 = a.number("l2", rounded(kDefault));
  a.finish();
  return std::make_shared<L1L2Object>(l1, l2);
}
Pointer make_orthogonal(const Config& config) {
  ObjectArguments a(config, "OrthogonalRegularizer");
  const auto factor = a.number("factor", rounded(kDefault));
  const auto mode = a.text("mode", "rows");
  a.finish();
  return std::make_shared<OrthogonalObject>(factor, mode);
}

const ObjectFamily<RegularizerObject>& family() {
  static const ObjectFamily<RegularizerObject> f{"regularizer",
                                                 {{"L1", make_l1},
                                                  {"l1", make_l1},
                                                  {"L2", make_l2},
                                                  {"l2", make_l2},
                                                  {"L1L2", make_l1l2},
                                                  {"l1l2", make_l1l2},
                                                  {"l1_l2", make_l1_l2},
                                                  {"WeightRegularizer", make_l1l2},  // Keras 1
                                                  {"OrthogonalRegularizer", make_orthogonal},
                                                  {"orthogonal_regularizer", make_orthogonal}}};
  return f;
}

}  // namespace

Pointer RegularizerObject::by_name(const std::string& name) { return family().by_name(name); }
Pointer RegularizerObject::deserialize(const Config& config) { return family().deserialize(config); }

namespace regularizers {

Regularizer L1(double l1) { return Pointer(std::make_shared<L1Object>(rounded(l1))); }
Regularizer L2(double l2) { return Pointer(std::make_shared<L2Object>(rounded(l2))); }
Regularizer L1L2(double l1, double l2) { return Pointer(std::make_shared<L1L2Object>(rounded(l1), rounded(l2))); }
Regularizer OrthogonalRegularizer(double factor, const std::string& mode) {
  return Pointer(std::make_shared<OrthogonalObject>(rounded(factor), mode));
}
Regularizer custom(std::string name, std::function<Tensor(const Tensor&)> function) {
  return Pointer(std::make_shared<CustomRegularizer>(std::move(name), std::move(function)));
}

}  // namespace regularizers
}  // namespace hornbeam
