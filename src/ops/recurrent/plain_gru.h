#pragma once

#include "ops/recurrent/gru.h"
#include "ops/recurrent/plain.h"

namespace hornbeam::plain {

// h U, or for reset_after = false its first two gates: the third's factor is r h, which they decide.
template <class T>
class GruRecurrence {
 public:
  GruRecurrence(const Sequence& q, const GruCell& cell, const T* recurrent)
      : q_(q), cell_(cell), recurrent_(recurrent) {
    if (cell.reset_after) return;
    const auto u = q.units;
    for (std::int64_t k = 0; k < u; ++k) {
      first_.insert(first_.end(), recurrent + k * 3 * u, recurrent + k * 3 * u + 2 * u);
      last_.insert(last_.end(), recurrent + k * 3 * u + 2 * u, recurrent + (k + 1) * 3 * u);
    }
  }
  std::int64_t columns() const { return (cell_.reset_after ? 3 : 2) * q_.units; }
  const T* first() const { return cell_.reset_after ? recurrent_ : first_.data(); }
  const T* last() const { return last_.data(); }

 private:
  const Sequence& q_;
  const GruCell& cell_;
  const T* recurrent_;
  std::vector<T> first_, last_;
};

template <class T>
void gru(const Sequence& q, const GruCell& cell, const GruArrays<T>& a) {
  const auto u = q.units, wide = 3 * u;
  auto z = projected(q, wide, a.x, a.kernel, a.bias);
  const GruRecurrence<T> recurrence(q, cell, a.recurrent);
  const auto columns = recurrence.columns();
  const T* second = a.bias && cell.reset_after ? a.bias + wide : nullptr;
  std::copy_n(a.h, q.batch * u, a.last_h);
  const auto batch = static_cast<std::size_t>(q.batch);
  std::vector<T> first(batch * static_cast<std::size_t>(columns)), inner(batch * static_cast<std::size_t>(u)),
      last(inner);
  const Outputs<T> out{q, a.y, a.mask};
  for (std::int64_t step = 0; step < q.time; ++step) {
    const auto t = q.time_of(step);
    MatrixProduct{q.batch, columns, u, false, false}.run(a.last_h, recurrence.first(), first.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      T *h = a.last_h + b * u, *gate = z.data() + q.row(b, t) * wide, *in = inner.data() + b * u;
      const T* add = first.data() + b * columns;
      for (std::int64_t j = 0; j < columns; ++j) {
        const T v = add[j] + (second ? second[j] : T{});
        if (j < 2 * u) {
          gate[j] = cell_value(cell.recurrent_activation, gate[j] + v);
        } else {
          in[j - 2 * u] = v;
        }
      }
      for (std::int64_t j = 0; !cell.reset_after && j < u; ++j) in[j] = gate[u + j] * h[j];
    }
    if (!cell.reset_after) MatrixProduct{q.batch, u, u, false, false}.run(inner.data(), recurrence.last(), last.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const auto row = q.row(b, t);
      T *h = a.last_h + b * u, *gate = z.data() + row * wide;
      const T *in = inner.data() + b * u, *product = last.data() + b * u;
      if (a.previous) std::copy_n(h, u, a.previous + row * u);
      if (a.inner) std::copy_n(in, u, a.inner + row * u);
      if (out.masked(b, t)) {
        out.repeat(b, step);
        continue;
      }
      for (std::int64_t j = 0; j < u; ++j) {
        const T add = cell.reset_after ? gate[u + j] * in[j] : product[j];
        const T g = gate[2 * u + j] = cell_value(cell.activation, gate[2 * u + j] + add);
        h[j] = gate[j] * h[j] + (T(1) - gate[j]) * g;
      }
      out.write(b, step, h);
    }
  }
  if (a.gates) std::copy(z.begin(), z.end(), a.gates);
}

template <class T>
void gru_grad(const Sequence& q, const GruCell& cell, const GruGradArrays<T>& a) {
  const auto u = q.units, wide = 3 * u;
  const GruRecurrence<T> recurrence(q, cell, a.recurrent);
  const auto columns = recurrence.columns();
  StateGradient<T> state(q, a.dy, a.mask, a.dh);
  const auto batch = static_cast<std::size_t>(q.batch);
  std::vector<T> back(batch * static_cast<std::size_t>(u)), candidate(back), of_product(back);
  std::vector<T> first(batch * static_cast<std::size_t>(columns));
  for (std::int64_t step = q.time; step-- > 0;) {
    const auto t = q.time_of(step);
    const auto masked = [&](std::int64_t b) { return a.mask && !a.mask[q.row(b, t)]; };
    for (std::int64_t b = 0; b < q.batch; ++b) {
      T *d = a.dz + q.row(b, t) * wide, *own = candidate.data() + b * u;
      T* dh = state.of_step(b, step);
      if (!dh) {
        std::fill_n(d, wide, T{});
        std::fill_n(own, u, T{});
        continue;
      }
      const T *gate = a.gates + q.row(b, t) * wide, *h = a.previous + q.row(b, t) * u;
      for (std::int64_t j = 0; j < u; ++j) {
        const T z = gate[j], g = gate[2 * u + j];
        d[j] = dh[j] * (h[j] - g) * cell_slope(cell.recurrent_activation, z);
        d[2 * u + j] = own[j] = dh[j] * (T(1) - z) * cell_slope(cell.activation, g);
        dh[j] *= z;
      }
    }
    if (!cell.reset_after) {
      MatrixProduct{q.batch, u, u, false, true}.run(candidate.data(), recurrence.last(), of_product.data());
    }
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const auto row = q.row(b, t);
      T *d = a.dz + row * wide, *to = first.data() + b * columns, *dh = state.state(b);
      const T *r = a.gates + row * wide + u, *inner = a.inner + row * u, *h = a.previous + row * u;
      for (std::int64_t j = 0; !masked(b) && j < u; ++j) {
        const T through =
            cell.reset_after ? d[2 * u + j] * inner[j] : of_product[static_cast<std::size_t>(b * u + j)] * h[j];
        d[u + j] = through * cell_slope(cell.recurrent_activation, r[j]);
        if (!cell.reset_after) dh[j] += of_product[static_cast<std::size_t>(b * u + j)] * r[j];
      }
      std::copy_n(d, 2 * u, to);
      for (std::int64_t j = 0; cell.reset_after && j < u; ++j) to[2 * u + j] = masked(b) ? T{} : d[2 * u + j] * r[j];
      if (a.recur) std::copy_n(to, wide, a.recur + row * wide);
    }
    MatrixProduct{q.batch, u, columns, false, true}.run(first.data(), recurrence.first(), back.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      for (std::int64_t j = 0; !masked(b) && j < u; ++j) state.state(b)[j] += back[static_cast<std::size_t>(b * u + j)];
    }
  }
  std::copy(state.all().begin(), state.all().end(), a.by_h);
}

}  // namespace hornbeam::plain
