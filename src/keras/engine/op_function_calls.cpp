#include "keras/engine/op_function_calls.h"

#include "hornbeam/activations.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/op_slice.h"

namespace hornbeam::op_calls {

Values divide(const OpCall& a) { return ops::divide(a.tensor(0), a.tensor(1)); }

Values divide_keras3(const OpCall& a) {
  const auto x = a.tensor(0), y = a.tensor(1);
  if (is_floating(x.dtype()) || is_floating(y.dtype())) return ops::divide(x, y);
  const auto to = dtype_from_name(backend::floatx());
  return ops::divide(ops::cast(x, to), ops::cast(y, to));
}

Values logical_xor(const OpCall& a) { return ops::logical_xor(a.tensor(0), a.tensor(1)); }
Values concat(const OpCall& a) { return ops::concat(a.tensors(0), a.integer(1, -1)); }
Values stack(const OpCall& a) { return ops::stack(a.tensors(0), a.integer(1, 0)); }

Values expand_dims(const OpCall& a) {
  if (a.plain(1).is_null()) a.missing(1);
  return ops::expand_dims(a.tensor(0), a.integer(1, 0));
}
Values squeeze(const OpCall& a) {
  return ops::squeeze(a.tensor(0), a.plain(1).is_null() ? std::vector<std::int64_t>{} : a.integers(1));
}
Values transpose(const OpCall& a) {
  return ops::transpose(a.tensor(0), a.plain(1).is_null() ? std::vector<std::int64_t>{} : a.integers(1));
}
Values reshape(const OpCall& a) {
  if (a.plain(1).is_null()) return ops::reshape(a.tensor(0), a.tensor(1));
  auto dims = a.integers(1);
  for (auto& d : dims) d = d < 0 ? None : d;
  return ops::reshape(a.tensor(0), Shape(dims));
}
Values matmul(const OpCall& a) {
  return ops::matmul(a.tensor(0), a.tensor(1), a.count() > 2 && a.flag(2), a.count() > 3 && a.flag(3));
}
Values where(const OpCall& a) { return ops::where(a.tensor(0), a.tensor(1), a.tensor(2)); }
Values cast(const OpCall& a) {
  if (!a.plain(1).is_string()) a.missing(1);
  return ops::cast(a.tensor(0), dtype_from_name(a.plain(1).as_string()));
}
Values clip(const OpCall& a) { return ops::clip_by_value(a.tensor(0), a.tensor(1), a.tensor(2)); }
Values tile(const OpCall& a) { return ops::tile(a.tensor(0), a.integers(1)); }
Values softmax(const OpCall& a) { return activations::softmax(a.tensor(0), a.integer(1, -1)); }

Values elu(const OpCall& a) {
  const auto x = a.tensor(0);
  if (a.plain(1).is_null() || a.plain(1).as_double() == 1) return ops::elu(x);
  return ops::where(ops::greater(x, 0), x, a.plain(1).as_double() * ops::expm1(x));
}
Values gelu(const OpCall& a) { return ops::gelu(a.tensor(0), a.flag(1)); }
Values gelu_keras3(const OpCall& a) { return ops::gelu(a.tensor(0), a.plain(1).is_null() || a.flag(1)); }
Values leaky_relu(const OpCall& a) {
  return ops::leaky_relu(a.tensor(0), a.plain(1).is_null() ? 0.2 : a.plain(1).as_double());
}
Values getitem(const OpCall& a) { return ops::getitem(a.tensor(0), read_slice(a.plain(1))); }

}  // namespace hornbeam::op_calls
