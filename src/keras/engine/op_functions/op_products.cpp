// Products of arrays, and of matrices.
#include <array>

#include "hornbeam/errors.hpp"
#include "hornbeam/operators.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

// The sum over pairs of axes, as an equation.
Tensor contracted(const Tensor& x, const Tensor& y, const Ints& of_x, const Ints& of_y) {
  if (of_x.size() != of_y.size()) throw ValueError("tensordot: different numbers of axes");
  const auto n = x.shape().rank(), m = y.shape().rank();
  if (n + m > 26) throw NotImplementedError("products of so many dims are not yet supported");
  std::string left(n, 'a'), right(m, 'a'), out;
  char next = 'a';
  for (auto& c : left) c = next++;
  for (auto& c : right) c = next++;
  for (std::size_t i = 0; i < of_x.size(); ++i) {
    right[static_cast<std::size_t>(axis_of(y, of_y[i]))] = left[static_cast<std::size_t>(axis_of(x, of_x[i]))];
  }
  for (const char c : left) out += right.find(c) == std::string::npos ? std::string(1, c) : "";
  for (const char c : right) out += left.find(c) == std::string::npos ? std::string(1, c) : "";
  return ops::einsum(left + "," + right + "->" + out, {x, y});
}
Values tensordot(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  const auto& axes = a.plain(2);
  if (axes.is_list()) {
    if (axes.size() != 2) throw ValueError("tensordot: `axes` must have two items; received " + axes.dump());
    return contracted(x, y, axes.at(0).as_ints(), axes.at(1).as_ints());
  }
  Ints of_x, of_y;
  const auto n = axes.is_null() ? 2 : axes.as_int();
  for (std::int64_t i = 0; i < n; ++i) of_x.push_back(rank_of(x) - n + i), of_y.push_back(i);
  return contracted(x, y, of_x, of_y);
}
Values dot(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  if (rank_of(x) == 0 || rank_of(y) == 0) return x * y;
  return contracted(x, y, {-1}, {rank_of(y) == 1 ? -1 : -2});
}
Values inner(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  return rank_of(x) == 0 || rank_of(y) == 0 ? x * y : contracted(x, y, {-1}, {-1});
}
Values vdot(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  return ops::reduce_sum(flat(x) * flat(y));
}
// The operands are arguments by position.
Values einsum(const OpCall& a) {
  std::vector<Tensor> operands;
  for (std::size_t i = 0; i + 1 < a.count() && a.has(i); ++i) operands.push_back(a.tensor(i));
  return ops::einsum(a.text(a.count() - 1, ""), operands);
}
Tensor cross_of(const Tensor& x, const Tensor& y) {
  if (x.shape().back() != 3 || y.shape().back() != 3) {
    throw NotImplementedError("cross products of others than 3 numbers are not yet supported");
  }
  const auto along = [](const Tensor& t, std::int64_t i) { return ops::getitem(t, {Ellipsis{}, i}); };
  const auto part = [&](std::int64_t i, std::int64_t j) {
    return along(x, i) * along(y, j) - along(x, j) * along(y, i);
  };
  return ops::stack({part(1, 2), part(2, 0), part(0, 1)}, -1);
}
Values cross(const OpCall& a) { return cross_of(a.tensor(0), a.tensor(1)); }
Values cross_keras3(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  const auto axis = [&](std::size_t i) { return a.plain(5).is_null() ? a.integer(i, -1) : a.integer(5, -1); };
  return moved(cross_of(moved(x, {axis(2)}, {-1}), moved(y, {axis(3)}, {-1})), {-1}, {axis(4)});
}
Values cdist(const OpCall& a) {
  const auto x = a.tensor(0), y = a.tensor(1);
  return ops::sqrt(ops::reduce_sum(ops::square(ops::expand_dims(x, -2) - ops::expand_dims(y, -3)), -1));
}
Values inverse(const OpCall& a) { return call_op1("MatrixInverse", {as_floats(a.tensor(0))}); }
Values qr(const OpCall& a) {
  const auto found = ops::qr(as_floats(a.tensor(0)), a.text(1, "reduced") == "complete");
  return several({found.q, found.r});
}
Values solve(const OpCall& a) { return call_op1("MatrixSolve", {a.tensor(0), a.tensor(1)}); }

constexpr std::array kProducts{
    special("tensordot", "a b axes=", tensordot, "ops>Tensordot"),
    special("linalg.cross", "a b", cross, nullptr, kNamed),
    special("linalg.inv", "input adjoint==false", inverse),
    special("ops>Tensordot", "x1 x2 axes=", tensordot),
    special("ops>Dot", "x1 x2", dot),
    special("ops>Inner", "x1 x2", inner),
    special("ops>Vdot", "x1 x2", vdot),
    special("ops>Einsum", "x1 x2 x3 x4 x5 x6 subscripts=", einsum),
    special("ops>Cross", "x1 x2 axisa= axisb= axisc= axis=", cross_keras3),
};

constexpr std::array kDistances{
    special("ops>CDist", "x y", cdist),
};

constexpr std::array kMatrices{
    special("ops>Inv", "x", inverse),
    special("ops>Qr", "x mode=", qr),
    special("ops>Solve", "a b", solve),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_products) {
  hornbeam::add_op_functions("numpy", hornbeam::kProducts);
  hornbeam::add_op_functions("math", hornbeam::kDistances);
  hornbeam::add_op_functions("linalg", hornbeam::kMatrices);
}
