#include "ops/kernels/recurrent.h"
#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/recurrent_gru.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/cell-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// kWhole: z and r still lack their function, and the candidate its part of h.
template <bool kWhole, class Cell>
HWY_INLINE void GruStepWith(const Cell& cell, const GruStep& s) {
  const int64_t u = s.units;
  for (int64_t row = 0; row < s.rows; ++row) {
    const float *z = s.z + row * 3 * u, *inner = s.inner + row * u, *before = s.h_before + row * u;
    float *h = s.h + row * u, *gates = s.gates ? s.gates + row * 3 * u : nullptr;
    if (s.on && !s.on[row]) {
      CopyRow(before, h, u);
      if (gates) FillRow(gates, 3 * u, 0.0F);
      continue;
    }
    ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
      VF update = lanes.Load(z + j), candidate = lanes.Load(z + 2 * u + j);
      if constexpr (kWhole) {
        update = cell.Gate(update);
        const VF reset = cell.Gate(lanes.Load(z + u + j));
        candidate = hn::MulAdd(reset, lanes.Load(inner + j), candidate);
        if (gates) lanes.Store(reset, gates + u + j);
      } else if (gates) {
        lanes.Store(lanes.Load(z + u + j), gates + u + j);
      }
      candidate = cell.Value(candidate);
      // z h + (1 - z) g
      const VF kept = hn::Mul(update, lanes.Load(before + j));
      lanes.Store(hn::MulAdd(hn::Sub(Fill(1.0F), update), candidate, kept), h + j);
      if (!gates) return;
      lanes.Store(update, gates + j);
      lanes.Store(candidate, gates + 2 * u + j);
    });
  }
}

void GruStepOf(const CellFunctions& f, const GruStep& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { GruStepWith<true>(cell, s); });
}
void GruBlendOf(const CellFunctions& f, const GruStep& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { GruStepWith<false>(cell, s); });
}

void GruResetOf(const CellFunctions& f, int64_t rows, int64_t u, float* z, const float* h, float* reset) {
  WithCell(f, [&](const auto& cell) HWY_ATTR {
    for (int64_t row = 0; row < rows; ++row, z += 3 * u, h += u, reset += u) {
      ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
        const VF r = cell.Gate(lanes.Load(z + u + j));
        lanes.Store(cell.Gate(lanes.Load(z + j)), z + j);
        lanes.Store(r, z + u + j);
        lanes.Store(hn::Mul(r, lanes.Load(h + j)), reset + j);
      });
    }
  });
}

template <bool kWhole, class Cell>
HWY_INLINE void GruStepBackWith(const Cell& cell, const GruStepBack& s) {
  const int64_t u = s.units;
  for (int64_t row = 0; row < s.rows; ++row) {
    float *dz = s.dz + row * 3 * u, *dh = s.dh + row * u;
    float* recur = kWhole ? s.recur + row * 3 * u : nullptr;
    if (s.on && !s.on[row]) {
      FillRow(dz, 3 * u, 0.0F);
      if (kWhole) FillRow(recur, 3 * u, 0.0F);
      continue;
    }
    const float *gates = s.gates + row * 3 * u, *inner = s.inner + row * u, *before = s.h_before + row * u;
    const float* dy = s.dy ? s.dy + row * s.dy_stride : nullptr;
    ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
      const VF z = lanes.Load(gates + j), g = lanes.Load(gates + 2 * u + j);
      const VF total = TotalAt(lanes, dh, dy, j);
      const VF by_z = hn::Mul(hn::Mul(total, hn::Sub(lanes.Load(before + j), g)), cell.GateSlope(z));
      const VF by_g = hn::Mul(hn::Mul(total, hn::Sub(Fill(1.0F), z)), cell.Slope(g));
      lanes.Store(by_z, dz + j);
      lanes.Store(by_g, dz + 2 * u + j);
      lanes.Store(hn::Mul(total, z), dh + j);
      if constexpr (kWhole) {
        const VF r = lanes.Load(gates + u + j);
        const VF by_r = hn::Mul(hn::Mul(by_g, lanes.Load(inner + j)), cell.GateSlope(r));
        lanes.Store(by_r, dz + u + j);
        lanes.Store(by_z, recur + j);
        lanes.Store(by_r, recur + u + j);
        lanes.Store(hn::Mul(by_g, r), recur + 2 * u + j);
      }
    });
  }
}

void GruStepBackOf(const CellFunctions& f, const GruStepBack& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { GruStepBackWith<true>(cell, s); });
}
void GruBlendBackOf(const CellFunctions& f, const GruStepBack& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { GruStepBackWith<false>(cell, s); });
}

void GruResetBackOf(const CellFunctions& f, const GruStepBack& s, const float* by_reset) {
  const int64_t u = s.units;
  WithCell(f, [&](const auto& cell) HWY_ATTR {
    for (int64_t row = 0; row < s.rows; ++row) {
      if (s.on && !s.on[row]) continue;
      float *dz = s.dz + row * 3 * u, *dh = s.dh + row * u;
      const float *reset = s.gates + row * 3 * u + u, *before = s.h_before + row * u, *by = by_reset + row * u;
      ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
        const VF r = lanes.Load(reset + j), d = lanes.Load(by + j);
        lanes.Store(hn::Mul(hn::Mul(d, lanes.Load(before + j)), cell.GateSlope(r)), dz + u + j);
        lanes.Store(hn::MulAdd(d, r, lanes.Load(dh + j)), dh + j);
      });
    }
  });
}

void SimpleStepBackOf(const Activation& f, const SimpleStepBack& s) {
  const int64_t u = s.units;
  WithCell({f, {Unary::kSigmoid}}, [&](const auto& cell) HWY_ATTR {
    for (int64_t row = 0; row < s.rows; ++row) {
      float* dz = s.dz + row * u;
      if (s.on && !s.on[row]) {
        FillRow(dz, u, 0.0F);
        continue;
      }
      const float *h = s.h + row * u, *dh = s.dh + row * u, *dy = s.dy ? s.dy + row * s.dy_stride : nullptr;
      ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
        lanes.Store(hn::Mul(TotalAt(lanes, dh, dy, j), cell.Slope(lanes.Load(h + j))), dz + j);
      });
    }
  });
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(GruStepOf);
HWY_EXPORT(GruBlendOf);
HWY_EXPORT(GruResetOf);
HWY_EXPORT(GruStepBackOf);
HWY_EXPORT(GruBlendBackOf);
HWY_EXPORT(GruResetBackOf);
HWY_EXPORT(SimpleStepBackOf);

void gru_step(const CellFunctions& f, const GruStep& step) { HWY_DYNAMIC_DISPATCH(GruStepOf)(f, step); }
void gru_blend(const CellFunctions& f, const GruStep& step) { HWY_DYNAMIC_DISPATCH(GruBlendOf)(f, step); }
void gru_reset(const CellFunctions& f, std::int64_t rows, std::int64_t units, float* z, const float* h, float* reset) {
  HWY_DYNAMIC_DISPATCH(GruResetOf)(f, rows, units, z, h, reset);
}
void gru_step_back(const CellFunctions& f, const GruStepBack& step) { HWY_DYNAMIC_DISPATCH(GruStepBackOf)(f, step); }
void gru_blend_back(const CellFunctions& f, const GruStepBack& step) { HWY_DYNAMIC_DISPATCH(GruBlendBackOf)(f, step); }
void gru_reset_back(const CellFunctions& f, const GruStepBack& step, const float* by_reset) {
  HWY_DYNAMIC_DISPATCH(GruResetBackOf)(f, step, by_reset);
}
void simple_step_back(const Activation& f, const SimpleStepBack& step) {
  HWY_DYNAMIC_DISPATCH(SimpleStepBackOf)(f, step);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
