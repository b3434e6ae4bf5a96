// Regularizers: a penalty on a weight or an activation. Mirrors keras.regularizers. See named_object.hpp.
#pragma once

#include "hornbeam/named_object.hpp"

namespace hornbeam {

class RegularizerObject : public NamedObject {
 public:
  // The penalty, a scalar of x's dtype. Works eagerly and traced.
  virtual Tensor operator()(const Tensor& x) const = 0;

  static std::shared_ptr<const RegularizerObject> by_name(const std::string& name);
  static std::shared_ptr<const RegularizerObject> deserialize(const Config& config);
};
using Regularizer = Handle<RegularizerObject>;

namespace regularizers {

Regularizer L1(double l1 = 0.01);
Regularizer L2(double l2 = 0.01);
Regularizer L1L2(double l1 = 0.0, double l2 = 0.0);
Regularizer OrthogonalRegularizer(double factor = 0.01, const std::string& mode = "rows");
Regularizer custom(std::string name, std::function<Tensor(const Tensor&)> function);

}  // namespace regularizers
}  // namespace hornbeam
