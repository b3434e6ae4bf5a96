#include "hornbeam/constraints.hpp"

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/constraints/radial.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

using Pointer = std::shared_ptr<const ConstraintObject>;

// Axes are written as they were read: one number or a list.
Config axis_config(const std::vector<std::int64_t>& axis) { return axis.size() == 1 ? Config(axis[0]) : Config(axis); }
// So are numbers: Keras's own default is the integer 2, which reads back as 2 and not 2.0.
Config max_value_config(double value) { return value == 2.0 ? Config(2) : Config(value); }

Tensor norms_of(const Tensor& w, const Config& axis) {
  return ops::sqrt(ops::reduce_sum(ops::square(w), axis.as_ints(), /*keepdims=*/true));
}

class MaxNormObject final : public ConstraintObject {
 public:
  MaxNormObject(Config max_value, Config axis)
      : max_value_(std::move(max_value)), axis_(std::move(axis)), limit_(max_value_.as_double()) {
    axis_.as_ints();
  }
  std::string class_name() const override { return "MaxNorm"; }
  Config get_config() const override { return {{"max_value", max_value_}, {"axis", axis_}}; }
  Tensor operator()(const Tensor& w) const override {
    const auto norms = norms_of(w, axis_);
    const auto desired = ops::clip_by_value(norms, 0.0, std::max(limit_, 0.0));
    return w * (desired / (backend::epsilon() + norms));
  }

 private:
  Config max_value_, axis_;
  double limit_;
};

class NonNegObject final : public ConstraintObject {
 public:
  std::string class_name() const override { return "NonNeg"; }
  Tensor operator()(const Tensor& w) const override { return w * ops::cast(ops::greater_equal(w, 0.0), w.dtype()); }
};

class UnitNormObject final : public ConstraintObject {
 public:
  explicit UnitNormObject(Config axis) : axis_(std::move(axis)) { axis_.as_ints(); }
  std::string class_name() const override { return "UnitNorm"; }
  Config get_config() const override { return Config::Dict{{"axis", axis_}}; }
  Tensor operator()(const Tensor& w) const override { return w / (backend::epsilon() + norms_of(w, axis_)); }

 private:
  Config axis_;
};

class MinMaxNormObject final : public ConstraintObject {
 public:
  MinMaxNormObject(Config min_value, Config max_value, Config rate, Config axis)
      : min_value_(std::move(min_value)),
        max_value_(std::move(max_value)),
        rate_(std::move(rate)),
        axis_(std::move(axis)),
        low_(min_value_.as_double()),
        high_(std::max(max_value_.as_double(), low_)),
        blend_(rate_.as_double()) {
    axis_.as_ints();
  }
  std::string class_name() const override { return "MinMaxNorm"; }
  Config get_config() const override {
    return {{"min_value", min_value_}, {"max_value", max_value_}, {"rate", rate_}, {"axis", axis_}};
  }
  Tensor operator()(const Tensor& w) const override {
    const auto norms = norms_of(w, axis_);
    const auto desired = blend_ * ops::clip_by_value(norms, low_, high_) + (1.0 - blend_) * norms;
    return w * (desired / (backend::epsilon() + norms));
  }

 private:
  Config min_value_, max_value_, rate_, axis_;
  double low_, high_, blend_;
};

class RadialObject final : public ConstraintObject {
 public:
  std::string class_name() const override { return "RadialConstraint"; }
  Tensor operator()(const Tensor& w) const override { return radially_constrained(w); }
};

class CustomConstraint final : public ConstraintObject {
 public:
  CustomConstraint(std::string name, std::function<Tensor(const Tensor&)> function)
      : name_(std::move(name)), function_(std::move(function)) {}
  std::string class_name() const override { return get_registered_name(name_); }
  bool is_function() const override { return true; }
  Tensor operator()(const Tensor& w) const override { return function_(w); }

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;
};

Pointer make_max_norm(const Config& config) {
  ObjectArguments a(config, "MaxNorm");
  auto max_value = a.value("max_value", a.value("m", 2));  // Keras 1 said m
  auto axis = a.value("axis", 0);
  a.finish();
  return std::make_shared<MaxNormObject>(std::move(max_value), std::move(axis));
}
Pointer make_non_neg(const Config& config) {
  ObjectArguments(config, "NonNeg").finish();
  return std::make_shared<NonNegObject>();
}
Pointer make_unit_norm(const Config& config) {
  ObjectArguments a(config, "UnitNorm");
  auto axis = a.value("axis", 0);
  a.finish();
  return std::make_shared<UnitNormObject>(std::move(axis));
}
Pointer make_min_max_norm(const Config& config) {
  ObjectArguments a(config, "MinMaxNorm");
  auto min_value = a.value("min_value", 0.0), max_value = a.value("max_value", 1.0), rate = a.value("rate", 1.0);
  auto axis = a.value("axis", 0);
  a.finish();
  return std::make_shared<MinMaxNormObject>(std::move(min_value), std::move(max_value), std::move(rate),
                                            std::move(axis));
}
Pointer make_radial(const Config& config) {
  ObjectArguments(config, "RadialConstraint").finish();
  return std::make_shared<RadialObject>();
}

const ObjectFamily<ConstraintObject>& family() {
  static const ObjectFamily<ConstraintObject> f{"constraint",
                                                {{"MaxNorm", make_max_norm},
                                                 {"max_norm", make_max_norm},
                                                 {"maxnorm", make_max_norm},
                                                 {"NonNeg", make_non_neg},
                                                 {"non_neg", make_non_neg},
                                                 {"nonneg", make_non_neg},
                                                 {"UnitNorm", make_unit_norm},
                                                 {"unit_norm", make_unit_norm},
                                                 {"unitnorm", make_unit_norm},
                                                 {"MinMaxNorm", make_min_max_norm},
                                                 {"min_max_norm", make_min_max_norm},
                                                 {"RadialConstraint", make_radial},
                                                 {"radial_constraint", make_radial}}};
  return f;
}

}  // namespace

Pointer ConstraintObject::by_name(const std::string& name) { return family().by_name(name); }
Pointer ConstraintObject::deserialize(const Config& config) { return family().deserialize(config); }

namespace constraints {

Constraint MaxNorm(double max_value, const AxisOptions& options) {
  return Pointer(std::make_shared<MaxNormObject>(max_value_config(max_value), axis_config(options.axis)));
}
Constraint NonNeg() { return Pointer(std::make_shared<NonNegObject>()); }
Constraint UnitNorm(const AxisOptions& options) {
  return Pointer(std::make_shared<UnitNormObject>(axis_config(options.axis)));
}
Constraint MinMaxNorm(const MinMaxNormOptions& o) {
  return Pointer(std::make_shared<MinMaxNormObject>(o.min_value, o.max_value, o.rate, axis_config(o.axis)));
}
Constraint RadialConstraint() { return Pointer(std::make_shared<RadialObject>()); }
Constraint custom(std::string name, std::function<Tensor(const Tensor&)> function) {
  return Pointer(std::make_shared<CustomConstraint>(std::move(name), std::move(function)));
}

}  // namespace constraints
}  // namespace hornbeam
