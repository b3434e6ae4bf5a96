#include "conformance/custom_objects.h"

#include "hornbeam/ops.hpp"

namespace conformance {
namespace {

using hornbeam::Tensor;

Tensor parabola(const Tensor& x) { return x * 2.0 - hornbeam::ops::square(x); }
Tensor twice_and_one(const Tensor& x) { return x * 2.0 + 1.0; }
Tensor cust_loss(const Tensor& y, const Tensor& p) {
  return hornbeam::ops::reduce_mean(hornbeam::ops::pow(hornbeam::ops::abs(y - p), 1.5), -1);
}
Tensor cust_metric(const Tensor& y, const Tensor& p) {
  return hornbeam::ops::reduce_max(hornbeam::ops::abs(y - p), -1);
}

}  // namespace

const hornbeam::CustomObjects& custom_objects() {
  static const hornbeam::CustomObjects objects{{"lambda", HB_FUNCTION(parabola)},
                                               {"lam", HB_FUNCTION(twice_and_one)},
                                               {"cust_loss", hornbeam::losses::custom("cust_loss", cust_loss)},
                                               {"cust_metric", hornbeam::MetricFunction{cust_metric}}};
  return objects;
}

}  // namespace conformance
