// MatrixTriangularSolve: x of A x = b for triangular matrices A (or their transposes), in the last two dims.
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> solve_shape(const ShapeContext& c) {
  const auto &a = c.shape(0), &b = c.shape(1);
  for (const auto* s : {&a, &b}) {
    if (s->has_rank() && s->rank() < 2) {
      throw InvalidArgumentError("Shape must be at least rank 2 but is rank " + std::to_string(s->rank()) +
                                 " for op 'MatrixTriangularSolve'");
    }
  }
  if (!a.has_rank() || !b.has_rank()) return {b};
  if (a.dim(-1) >= 0 && a.dim(-2) >= 0 && a.dim(-1) != a.dim(-2)) {
    throw InvalidArgumentError("Dimensions must be equal, but are " + std::to_string(a.dim(-2)) + " and " +
                               std::to_string(a.dim(-1)) + " for op 'MatrixTriangularSolve'");
  }
  Shape rows = a;
  rows[a.rank() - 1] = b.dim(-1);
  return {merge_shapes(rows, b, "MatrixTriangularSolve")};
}

// x over b; rows are taken from the end that is known.
template <class T>
void solve(const T* a, const T* b, T* x, std::int64_t n, std::int64_t columns, bool lower, bool transposed) {
  const bool forward = lower != transposed;
  for (std::int64_t s = 0; s < n; ++s) {
    const auto i = forward ? s : n - 1 - s;
    for (std::int64_t k = 0; k < columns; ++k) {
      T sum = b[i * columns + k];
      for (std::int64_t t = 0; t < s; ++t) {
        const auto j = forward ? t : n - 1 - t;
        sum -= (transposed ? a[j * n + i] : a[i * n + j]) * x[j * columns + k];
      }
      x[i * columns + k] = sum / a[i * n + i];
    }
  }
}

std::unique_ptr<Kernel> solve_kernel(const KernelSpec& spec) {
  const auto& shape = spec.outputs[0].shape;
  const auto n = shape.dim(-2), columns = shape.dim(-1);
  const auto batch = product(shape, 0, shape.rank() - 2);
  const bool lower = spec.attrs.b("lower"), adjoint = spec.attrs.b("adjoint");
  return dispatch<Types<float, double>>(spec.inputs[0].dtype, "MatrixTriangularSolve",
                                        [&]<class T>() -> std::unique_ptr<Kernel> {
                                          return make_kernel([=](const KernelRun& io) {
                                            for (std::int64_t i = 0; i < batch; ++i) {
                                              solve(io.input<T>(0) + i * n * n, io.input<T>(1) + i * n * columns,
                                                    io.output<T>(0) + i * n * columns, n, columns, lower, adjoint);
                                            }
                                          });
                                        });
}

Tensors solve_gradient(const GradientContext& c) {
  const auto &a = c.input(0), &x = c.output();
  const bool lower = c.attrs().b("lower"), adjoint = c.attrs().b("adjoint");
  const auto by_b = call_op1("MatrixTriangularSolve", {a, c.grad()}, {{"lower", lower}, {"adjoint", !adjoint}});
  const auto by_a = adjoint ? ops::matmul(x, by_b, false, true) : ops::matmul(by_b, x, false, true);
  return {-(lower ? ops::band_part(by_a, -1, 0) : ops::band_part(by_a, 0, -1)), by_b};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(triangular_solve) {
  using namespace hornbeam;
  add_op(OpDef("MatrixTriangularSolve")
             .input("matrix: T")
             .input("rhs: T")
             .output("output: T")
             .attr("lower: bool = true")
             .attr("adjoint: bool = false")
             .attr("T: type")
             .shape(solve_shape)
             .kernel(solve_kernel)
             .gradient(solve_gradient));
}
