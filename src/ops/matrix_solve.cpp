// MatrixSolve, MatrixInverse: of square matrices in the last two dims, by elimination with row exchanges.
#include <cmath>
#include <vector>

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/matrix_op.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

void require_square(const Shape& s, const char* op) {
  require_matrix(s, op);
  if (s.has_rank() && s.dim(-1) >= 0 && s.dim(-2) >= 0 && s.dim(-1) != s.dim(-2)) {
    throw InvalidArgumentError("Dimensions must be equal, but are " + std::to_string(s.dim(-2)) + " and " +
                               std::to_string(s.dim(-1)) + " for op '" + op + "'");
  }
}

std::vector<Shape> solution_shape(const ShapeContext& c) {
  const auto &a = c.shape(0), &b = c.shape(1);
  require_square(a, "MatrixSolve");
  require_matrix(b, "MatrixSolve");
  if (!a.has_rank() || !b.has_rank()) return {b};
  Shape rows = a;
  rows[a.rank() - 1] = b.dim(-1);
  return {merge_shapes(rows, b, "MatrixSolve")};
}

std::vector<Shape> inverse_shape(const ShapeContext& c) {
  require_square(c.shape(0), "MatrixInverse");
  return {c.shape(0)};
}

// a (n x n, spoiled) and the right-hand sides x (n x m), which become the solutions. False: singular.
template <class T>
bool eliminate(std::vector<T>& a, T* x, std::size_t n, std::size_t m) {
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    }
    if (a[pivot * n + k] == T{0}) return false;
    if (pivot != k) {
      std::swap_ranges(a.begin() + static_cast<std::ptrdiff_t>(k * n),
                       a.begin() + static_cast<std::ptrdiff_t>(k * n + n),
                       a.begin() + static_cast<std::ptrdiff_t>(pivot * n));
      std::swap_ranges(x + k * m, x + k * m + m, x + pivot * m);
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      const T by = a[i * n + k] / a[k * n + k];
      if (by == T{0}) continue;
      for (std::size_t j = k + 1; j < n; ++j) a[i * n + j] -= by * a[k * n + j];
      for (std::size_t j = 0; j < m; ++j) x[i * m + j] -= by * x[k * m + j];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = 0; j < m; ++j) {
      T sum = x[k * m + j];
      for (std::size_t i = k + 1; i < n; ++i) sum -= a[k * n + i] * x[i * m + j];
      x[k * m + j] = sum / a[k * n + k];
    }
  }
  return true;
}

// kSolve: of A x = b; else of A x = 1.
template <bool kSolve>
std::unique_ptr<Kernel> linear_solve_kernel(const KernelSpec& spec) {
  const auto &shape = spec.inputs[0].shape, &result = spec.outputs[0].shape;
  const auto n = shape.dim(-1), m = result.dim(-1);
  const auto batch = product(shape, 0, shape.rank() - 2);
  const bool adjoint = spec.attrs.b("adjoint");
  return dispatch<Types<float, double>>(
      spec.inputs[0].dtype, kSolve ? "MatrixSolve" : "MatrixInverse", [&]<class T>() -> std::unique_ptr<Kernel> {
        return make_kernel([=](const KernelRun& io) {
          std::vector<T> a(static_cast<std::size_t>(n * n));
          for (std::int64_t i = 0; i < batch; ++i) {
            const T* from = io.input<T>(0) + i * n * n;
            for (std::int64_t r = 0; r < n; ++r) {
              for (std::int64_t k = 0; k < n; ++k) {
                a[static_cast<std::size_t>(r * n + k)] = adjoint ? from[k * n + r] : from[r * n + k];
              }
            }
            T* x = io.output<T>(0) + i * n * m;
            if constexpr (kSolve) {
              std::copy_n(io.input<T>(1) + i * n * m, n * m, x);
            } else {
              for (std::int64_t k = 0; k < n * n; ++k) x[k] = k / n == k % n ? T{1} : T{0};
            }
            if (!eliminate(a, x, static_cast<std::size_t>(n), static_cast<std::size_t>(m))) {
              throw InvalidArgumentError("Input matrix is not invertible.");
            }
          }
        });
      });
}

Tensors linear_solve_gradient(const GradientContext& c) {
  const auto &a = c.input(0), &x = c.output();
  const bool adjoint = c.attrs().b("adjoint");
  const auto by_b = call_op1("MatrixSolve", {a, c.grad()}, {{"adjoint", !adjoint}});
  return {-(adjoint ? ops::matmul(x, by_b, false, true) : ops::matmul(by_b, x, false, true)), by_b};
}

Tensors inverse_gradient(const GradientContext& c) {
  const auto& y = c.output();
  const auto by_a = -ops::matmul(y, ops::matmul(c.grad(), y, false, true), true, false);
  if (!c.attrs().b("adjoint")) return {by_a};
  auto order = std::vector<std::int64_t>();
  for (std::size_t i = 0; i < by_a.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return {ops::transpose(by_a, order)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(matrix_solve) {
  using namespace hornbeam;
  add_op(OpDef("MatrixSolve")
             .input("matrix: T")
             .input("rhs: T")
             .output("output: T")
             .attr("adjoint: bool = false")
             .attr("T: type")
             .shape(solution_shape)
             .kernel(linear_solve_kernel<true>)
             .gradient(linear_solve_gradient));
  add_op(OpDef("MatrixInverse")
             .input("input: T")
             .output("output: T")
             .attr("adjoint: bool = false")
             .attr("T: type")
             .shape(inverse_shape)
             .kernel(linear_solve_kernel<false>)
             .gradient(inverse_gradient));
}
