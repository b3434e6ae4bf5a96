#pragma once

#include "ops/recurrent/plain.h"
#include "ops/recurrent/simple_rnn.h"

namespace hornbeam::plain {

template <class T>
void simple_rnn(const Sequence& q, const kernels::Activation& activation, const SimpleRnnArrays<T>& a) {
  const auto u = q.units;
  const auto z = projected(q, u, a.x, a.kernel, a.bias);
  std::copy_n(a.h, q.batch * u, a.last_h);
  std::vector<T> recurrent(static_cast<std::size_t>(q.batch * u));
  const Outputs<T> out{q, a.y, a.mask};
  for (std::int64_t step = 0; step < q.time; ++step) {
    const auto t = q.time_of(step);
    MatrixProduct{q.batch, u, u, false, false}.run(a.last_h, a.recurrent, recurrent.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      T* h = a.last_h + b * u;
      if (a.previous) std::copy_n(h, u, a.previous + q.row(b, t) * u);
      if (out.masked(b, t)) {
        out.repeat(b, step);
        continue;
      }
      const T *own = z.data() + q.row(b, t) * u, *add = recurrent.data() + b * u;
      for (std::int64_t j = 0; j < u; ++j) h[j] = cell_value(activation, own[j] + add[j]);
      out.write(b, step, h);
    }
  }
}

template <class T>
void simple_rnn_grad(const Sequence& q, const kernels::Activation& activation, const SimpleRnnGradArrays<T>& a) {
  const auto u = q.units;
  StateGradient<T> state(q, a.dy, a.mask, a.dh);
  std::vector<T> dz(static_cast<std::size_t>(q.batch * u)), back(dz);
  for (std::int64_t step = q.time; step-- > 0;) {
    const auto t = q.time_of(step);
    for (std::int64_t b = 0; b < q.batch; ++b) {
      T* d = dz.data() + b * u;
      if (const T* dh = state.of_step(b, step)) {
        const T* h = step + 1 < q.time ? a.previous + q.row(b, q.time_of(step + 1)) * u : a.last_h + b * u;
        for (std::int64_t j = 0; j < u; ++j) d[j] = dh[j] * cell_slope(activation, h[j]);
      } else {
        std::fill_n(d, u, T{});
      }
      std::copy_n(d, u, a.dz + q.row(b, t) * u);
    }
    MatrixProduct{q.batch, u, u, false, true}.run(dz.data(), a.recurrent, back.data());
    for (std::int64_t b = 0; b < q.batch; ++b) {
      const bool masked = a.mask && !a.mask[q.row(b, t)];
      if (!masked) std::copy_n(back.data() + b * u, u, state.state(b));
    }
  }
  std::copy(state.all().begin(), state.all().end(), a.by_h);
}

}  // namespace hornbeam::plain
