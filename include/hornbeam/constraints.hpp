// Constraints: what a weight is made to satisfy after each update. Mirrors keras.constraints. See named_object.hpp.
#pragma once

#include "hornbeam/named_object.hpp"

namespace hornbeam {

class ConstraintObject : public NamedObject {
 public:
  // The weight as the constraint allows it. Works eagerly and traced.
  virtual Tensor operator()(const Tensor& w) const = 0;

  static std::shared_ptr<const ConstraintObject> by_name(const std::string& name);
  static std::shared_ptr<const ConstraintObject> deserialize(const Config& config);
};
using Constraint = Handle<ConstraintObject>;

namespace constraints {

struct AxisOptions {
  std::vector<std::int64_t> axis = {0};
};
struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;
  std::vector<std::int64_t> axis = {0};
};

Constraint MaxNorm(double max_value = 2.0, const AxisOptions& options = {});
Constraint NonNeg();
Constraint UnitNorm(const AxisOptions& options = {});
Constraint MinMaxNorm(const MinMaxNormOptions& options = {});
Constraint RadialConstraint();
Constraint custom(std::string name, std::function<Tensor(const Tensor&)> function);

}  // namespace constraints
}  // namespace hornbeam
