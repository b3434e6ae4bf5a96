// What the functions of op layers do that are more than one element-wise op. Argument i is that of the function's
// parameter i.
#pragma once

#include "hornbeam/ops.hpp"
#include "keras/engine/op_call.h"

namespace hornbeam::op_calls {

template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool)>
Values reduce(const OpCall& a) {
  const auto& axis = a.plain(1);
  return Reduce(a.tensor(0), axis.is_null() ? ops::Axes() : ops::Axes(axis.as_ints()), a.flag(2));
}
template <Tensor (*F)(const Tensor&)>
Values unary(const OpCall& a) {
  return F(a.tensor(0));
}
// Of x, in the dtype that argument 1 names, or x's.
template <Tensor (*F)(const Tensor&)>
Values like(const OpCall& a) {
  const auto y = F(a.tensor(0));
  return a.plain(1).is_string() ? ops::cast(y, dtype_from_name(a.plain(1).as_string())) : y;
}

Values divide(const OpCall& a);
Values divide_keras3(const OpCall& a);  // integers give floatx()
Values logical_xor(const OpCall& a);
Values concat(const OpCall& a);
Values stack(const OpCall& a);
Values expand_dims(const OpCall& a);
Values squeeze(const OpCall& a);
Values transpose(const OpCall& a);
Values reshape(const OpCall& a);
Values matmul(const OpCall& a);
Values where(const OpCall& a);
Values cast(const OpCall& a);
Values clip(const OpCall& a);
Values tile(const OpCall& a);
Values softmax(const OpCall& a);
Values elu(const OpCall& a);
Values gelu(const OpCall& a);
Values gelu_keras3(const OpCall& a);  // approximate unless told otherwise
Values leaky_relu(const OpCall& a);
Values getitem(const OpCall& a);

}  // namespace hornbeam::op_calls
