#pragma once

#include "ops/recurrent/lstm.h"
#include "ops/recurrent/plain.h"

namespace hornbeam::plain {

template <class T>
void lstm(const Sequence& q, const LstmCell& cell, const LstmArrays<T>& a) {
  const auto u = q.units, wide = 4 * u;
  auto z = projected(q, wide, a.x, a.kernel, a.bias);
  std::copy_n(a.h, q.batch * u, a.last_h);
  std::copy_n(a.c, q.batch * u, a.last_c);
  std::vector<T> recurrent(static_cast<std::size_t>(q.batch * wide));
  const Outputs<T> out{q, a.y, a.mask};
  for (std::int64_t step = 0; step < q.time; ++step) {
    const auto t = q.time_of(step);
    MatrixProduct{q.batch, wide, u, false, false}.run(a.last_h, a.recurrent, recurrent.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const auto row = q.row(b, t);
      T *h = a.last_h + b * u, *c = a.last_c + b * u, *gate = z.data() + row * wide;
      if (a.previous) std::copy_n(h, u, a.previous + row * u);
      if (out.masked(b, t)) {
        out.repeat(b, step);
        std::fill_n(gate, wide, T{});
      } else {
        const T* add = recurrent.data() + b * wide;
        for (std::int64_t j = 0; j < u; ++j) {
          const auto gate_of = [&](std::int64_t k, const kernels::Activation& f) {
            return gate[k * u + j] = cell_value(f, gate[k * u + j] + add[k * u + j]);
          };
          const T i = gate_of(0, cell.recurrent_activation), f = gate_of(1, cell.recurrent_activation);
          const T g = gate_of(2, cell.activation), o = gate_of(3, cell.recurrent_activation);
          c[j] = f * c[j] + i * g;
          h[j] = o * cell_value(cell.activation, c[j]);
        }
        out.write(b, step, h);
      }
      if (a.cells) std::copy_n(c, u, a.cells + row * u);
    }
  }
  if (a.gates) std::copy(z.begin(), z.end(), a.gates);
}

template <class T>
void lstm_grad(const Sequence& q, const LstmCell& cell, const LstmGradArrays<T>& a) {
  const auto u = q.units, wide = 4 * u;
  StateGradient<T> state(q, a.dy, a.mask, a.dh);
  std::copy_n(a.dc, q.batch * u, a.by_c);
  std::vector<T> dz(static_cast<std::size_t>(q.batch * wide)), back(static_cast<std::size_t>(q.batch * u));
  for (std::int64_t step = q.time; step-- > 0;) {
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const auto row = q.row(b, q.time_of(step));
      T* d = dz.data() + b * wide;
      if (const T* dh = state.of_step(b, step)) {
        const T *gate = a.gates + row * wide, *c = a.cells + row * u;
        const T* before = step > 0 ? a.cells + q.row(b, q.time_of(step - 1)) * u : a.c + b * u;
        T* dc = a.by_c + b * u;
        for (std::int64_t j = 0; j < u; ++j) {
          const T i = gate[j], f = gate[u + j], g = gate[2 * u + j], o = gate[3 * u + j];
          const T squashed = cell_value(cell.activation, c[j]);
          dc[j] += dh[j] * o * cell_slope(cell.activation, squashed);
          d[j] = dc[j] * g * cell_slope(cell.recurrent_activation, i);
          d[u + j] = dc[j] * before[j] * cell_slope(cell.recurrent_activation, f);
          d[2 * u + j] = dc[j] * i * cell_slope(cell.activation, g);
          d[3 * u + j] = dh[j] * squashed * cell_slope(cell.recurrent_activation, o);
          dc[j] *= f;
        }
      } else {
        std::fill_n(d, wide, T{});
      }
      std::copy_n(d, wide, a.dz + row * wide);
    }
    MatrixProduct{q.batch, u, wide, false, true}.run(dz.data(), a.recurrent, back.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const bool masked = a.mask && !a.mask[q.row(b, q.time_of(step))];
      if (!masked) std::copy_n(back.data() + b * u, u, state.state(b));
    }
  }
  std::copy(state.all().begin(), state.all().end(), a.by_h);
}

}  // namespace hornbeam::plain
