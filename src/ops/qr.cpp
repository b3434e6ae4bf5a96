// Qr: Householder QR of each matrix in the last two dims, with LAPACK's signs (numpy's and TensorFlow's): reflectors
// H = I - tau v v' with v[0] = 1 and the diagonal of R opposite in sign to the column's head.
#include <cmath>

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

std::vector<Shape> qr_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  if (!in.has_rank()) return {Shape::unknown(), Shape::unknown()};
  if (in.rank() < 2) throw InvalidArgumentError("Input tensor must be at least rank 2, got shape " + bracketed(in));
  const auto m = in.dim(-2), n = in.dim(-1);
  const auto p = m == 0 || n == 0 ? 0 : m < 0 || n < 0 ? None : std::min(m, n);
  Shape q = in, r = in;
  const bool full = c.attrs().b("full_matrices");
  q[q.rank() - 1] = full ? m : p;
  r[r.rank() - 2] = full ? m : p;
  return {q, r};
}

// a (m x n) becomes R above the diagonal and the reflectors' v below it (v[0] = 1 is not stored).
template <class C>
std::vector<C> householder(std::vector<C>& a, std::size_t m, std::size_t n) {
  const auto steps = std::min(m, n);
  std::vector<C> tau(steps, C{});
  for (std::size_t k = 0; k < steps; ++k) {
    C tail = 0;
    for (std::size_t i = k + 1; i < m; ++i) tail += a[i * n + k] * a[i * n + k];
    const C head = a[k * n + k];
    if (tail == C{}) continue;  // already zero below: H = I, as LAPACK's larfg
    const C beta = -std::copysign(std::sqrt(head * head + tail), head);
    tau[k] = (beta - head) / beta;
    for (std::size_t i = k + 1; i < m; ++i) a[i * n + k] /= head - beta;
    a[k * n + k] = beta;
    for (std::size_t j = k + 1; j < n; ++j) {
      C dot = a[k * n + j];
      for (std::size_t i = k + 1; i < m; ++i) dot += a[i * n + k] * a[i * n + j];
      dot *= tau[k];
      a[k * n + j] -= dot;
      for (std::size_t i = k + 1; i < m; ++i) a[i * n + j] -= dot * a[i * n + k];
    }
  }
  return tau;
}

template <class T, class C>
void decompose(const T* x, T* q_out, T* r_out, std::size_t m, std::size_t n, std::size_t columns) {
  std::vector<C> a(m * n);
  for (std::size_t i = 0; i < m * n; ++i) a[i] = static_cast<C>(x[i]);
  const auto tau = householder(a, m, n);
  for (std::size_t i = 0; i < columns; ++i) {
    for (std::size_t j = 0; j < n; ++j) r_out[i * n + j] = static_cast<T>(i <= j ? a[i * n + j] : C{});
  }
  // Q = H_0 H_1 ... applied to the first columns of I, last reflector first.
  std::vector<C> q(m * columns, C{});
  for (std::size_t i = 0; i < columns; ++i) q[i * columns + i] = C(1);
  for (std::size_t k = tau.size(); k-- > 0;) {
    for (std::size_t j = 0; j < columns; ++j) {
      C dot = q[k * columns + j];
      for (std::size_t i = k + 1; i < m; ++i) dot += a[i * n + k] * q[i * columns + j];
      dot *= tau[k];
      q[k * columns + j] -= dot;
      for (std::size_t i = k + 1; i < m; ++i) q[i * columns + j] -= dot * a[i * n + k];
    }
  }
  for (std::size_t i = 0; i < q.size(); ++i) q_out[i] = static_cast<T>(q[i]);
}

std::unique_ptr<Kernel> qr_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto m = static_cast<std::size_t>(in.dim(-2)), n = static_cast<std::size_t>(in.dim(-1));
  const auto columns = static_cast<std::size_t>(spec.outputs[0].shape.dim(-1));
  const bool empty = in.num_elements() == 0;
  std::int64_t batch = 1;
  for (std::size_t i = 0; i + 2 < in.rank(); ++i) batch *= in[i];
  return dispatch<Types<float, double>>(spec.inputs[0].dtype, "Qr", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const T* x = io.input<T>(0);
      T *q = io.output<T>(0), *r = io.output<T>(1);
      if (empty) {
        // An empty matrix decomposes into the identity (with full_matrices) and nothing.
        for (std::int64_t b = 0; b < batch; ++b) {
          for (std::size_t i = 0; i < m * columns; ++i) q[i] = static_cast<T>(i % (columns + 1) == 0 ? 1.0F : 0.0F);
          q += m * columns;
        }
        return;
      }
      for (std::int64_t b = 0; b < batch; ++b) {
        decompose<T, double>(x, q, r, m, n, columns);
        x += m * n;
        q += m * columns;
        r += columns * n;
      }
    });
  });
}

Tensor transposed(const Tensor& x) {
  std::vector<std::int64_t> order;
  const auto rank = static_cast<std::int64_t>(x.rank());
  for (std::int64_t i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return ops::transpose(x, order);
}

// x times the inverse of r's transpose, r upper triangular.
Tensor divided_by_transposed(const Tensor& x, const Tensor& r) {
  return transposed(call_op1("MatrixTriangularSolve", {r, transposed(x)}, {{"lower", false}}));
}

// Of at least as many rows as columns (Roberts & Roberts, "QR and LQ Decomposition Matrix Backpropagation Algorithms").
Tensor deep_gradient(const Tensor& q, const Tensor& r, const Tensor& dq, const Tensor& dr) {
  const auto qdq = ops::matmul(q, dq, true), rdr = ops::matmul(r, dr, false, true);
  const auto lower = ops::band_part(qdq - transposed(qdq) + rdr - transposed(rdr), -1, 0);
  return ops::matmul(q, dr + divided_by_transposed(lower, r)) + divided_by_transposed(dq - ops::matmul(q, qdq), r);
}

Tensors qr_gradient(const GradientContext& c) {
  const auto &q = c.output(0), &r = c.output(1), &a = c.input(0);
  const auto dq = c.grad(0), dr = c.grad(1);
  if (!r.shape().has_rank() || r.shape().dim(-2) < 0 || r.shape().dim(-1) < 0 || q.shape().dim(-2) < 0) {
    throw NotImplementedError("QrGrad not implemented with dynamic shapes. Received r.shape: " + r.shape().to_string());
  }
  const auto rows = q.shape().dim(-2), columns = r.shape().dim(-1);
  if (r.shape().dim(-2) > columns && rows == q.shape().dim(-1)) {
    throw NotImplementedError("QrGrad not implemented when nrows > ncols and full_matrices is true. Received r.shape=" +
                              r.shape().to_string());
  }
  if (rows >= columns) return {deep_gradient(q, r, dq, dr)};
  // More columns than rows: a = [x, y], r = [u, v], and u is square.
  const auto parts = [&](const Tensor& t) { return ops::split(t, {rows, columns - rows}, -1); };
  const auto a_parts = parts(a), r_parts = parts(r), dr_parts = parts(dr);
  const auto dy = ops::matmul(q, dr_parts[1]);
  const auto dx = deep_gradient(q, r_parts[0], dq + ops::matmul(a_parts[1], dr_parts[1], false, true), dr_parts[0]);
  return {ops::concat({dx, dy}, -1)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(qr) {
  using namespace hornbeam;
  add_op(OpDef("Qr")
             .input("input: T")
             .output("q: T")
             .output("r: T")
             .attr("full_matrices: bool = false")
             .attr("T: type")
             .shape(qr_shape)
             .kernel(qr_kernel)
             .gradient(qr_gradient));
}
