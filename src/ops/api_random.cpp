#include <cmath>

#include "hornbeam/config.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/random.hpp"
#include "ops/int_values.h"
#include "ops/op_def.h"

namespace hornbeam::ops {
namespace {

std::int64_t whole(double bound, DType dtype) {
  const double end = std::ldexp(1.0, dtype == DType::int32 ? 31 : 63);
  if (std::floor(bound) != bound || bound < -end || bound >= end) {
    throw ValueError("random_uniform: a bound of " + Config(bound).dump() + " is not of dtype " +
                     std::string(name_of(dtype)));
  }
  return static_cast<std::int64_t>(bound);
}

Tensor shape_tensor(const Shape& shape) { return int32_vector(shape.dims()); }

}  // namespace

Tensor random_uniform(const Shape& shape, const UniformOptions& o) {
  if (is_integer(o.dtype)) {
    if (!o.maxval) throw ValueError("Must specify maxval for integer dtype tf." + std::string(name_of(o.dtype)));
    return call_op1(
        "RandomUniformInt",
        {shape_tensor(shape), scalar(o.dtype, whole(o.minval, o.dtype)), scalar(o.dtype, whole(*o.maxval, o.dtype))},
        {{"seed", o.seed}});
  }
  const auto unit = random_uniform(shape_tensor(shape), o.dtype, o.seed);
  const auto maxval = o.maxval.value_or(1);
  return o.minval == 0 && maxval == 1 ? unit : unit * (maxval - o.minval) + o.minval;
}

Tensor random_normal(const Shape& shape, const NormalOptions& o) {
  return random_normal(shape_tensor(shape), o.dtype, o.seed) * o.stddev + o.mean;
}

Tensor random_truncated_normal(const Shape& shape, const NormalOptions& o) {
  return random_truncated_normal(shape_tensor(shape), o.dtype, o.seed) * o.stddev + o.mean;
}

}  // namespace hornbeam::ops
