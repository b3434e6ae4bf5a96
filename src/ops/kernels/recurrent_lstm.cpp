#include "ops/kernels/recurrent.h"
#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/recurrent_lstm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/cell-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

template <class Cell>
HWY_INLINE void LstmStepWith(const Cell& cell, const LstmStep& s) {
  const int64_t u = s.units;
  const float* z = s.z;
  float *c = s.c, *h = s.h, *gates = s.gates;
  for (int64_t r = 0; r < s.rows; ++r, z += 4 * u, c += u, h += u, gates += gates ? 4 * u : 0) {
    if (s.on && !s.on[r]) {
      CopyRow(s.h_before + r * u, h, u);
      if (gates) FillRow(gates, 4 * u, 0.0F);
      continue;
    }
    ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
      const VF i = cell.Gate(lanes.Load(z + j)), f = cell.Gate(lanes.Load(z + u + j));
      const VF g = cell.Value(lanes.Load(z + 2 * u + j)), o = cell.Gate(lanes.Load(z + 3 * u + j));
      const VF next = hn::MulAdd(f, lanes.Load(c + j), hn::Mul(i, g));
      lanes.Store(next, c + j);
      lanes.Store(hn::Mul(o, cell.Value(next)), h + j);
      if (!gates) return;
      lanes.Store(i, gates + j);
      lanes.Store(f, gates + u + j);
      lanes.Store(g, gates + 2 * u + j);
      lanes.Store(o, gates + 3 * u + j);
    });
  }
}

void LstmStepOf(const CellFunctions& f, const LstmStep& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { LstmStepWith(cell, s); });
}

template <class Cell>
HWY_INLINE void LstmStepBackWith(const Cell& cell, const LstmStepBack& s) {
  const int64_t u = s.units;
  const float *gates = s.gates, *c = s.c, *before = s.c_before, *dh = s.dh, *dy = s.dy;
  float *dc = s.dc, *dz = s.dz;
  for (int64_t r = 0; r < s.rows; ++r, gates += 4 * u, c += u, before += u, dh += u, dc += u, dz += 4 * u) {
    if (s.on && !s.on[r]) {
      FillRow(dz, 4 * u, 0.0F);
    } else {
      ForUnits(u, [&](const auto& lanes, int64_t j) HWY_ATTR {
        const VF i = lanes.Load(gates + j), f = lanes.Load(gates + u + j);
        const VF g = lanes.Load(gates + 2 * u + j), o = lanes.Load(gates + 3 * u + j);
        const VF total = TotalAt(lanes, dh, dy, j), squashed = cell.Value(lanes.Load(c + j));
        const VF by_c = hn::MulAdd(hn::Mul(total, o), cell.Slope(squashed), lanes.Load(dc + j));
        lanes.Store(hn::Mul(hn::Mul(by_c, g), cell.GateSlope(i)), dz + j);
        lanes.Store(hn::Mul(hn::Mul(by_c, lanes.Load(before + j)), cell.GateSlope(f)), dz + u + j);
        lanes.Store(hn::Mul(hn::Mul(by_c, i), cell.Slope(g)), dz + 2 * u + j);
        lanes.Store(hn::Mul(hn::Mul(total, squashed), cell.GateSlope(o)), dz + 3 * u + j);
        lanes.Store(hn::Mul(by_c, f), dc + j);
      });
    }
    if (dy) dy += s.dy_stride;
  }
}

void LstmStepBackOf(const CellFunctions& f, const LstmStepBack& s) {
  WithCell(f, [&](const auto& cell) HWY_ATTR { LstmStepBackWith(cell, s); });
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(LstmStepOf);
HWY_EXPORT(LstmStepBackOf);

void lstm_step(const CellFunctions& f, const LstmStep& step) { HWY_DYNAMIC_DISPATCH(LstmStepOf)(f, step); }
void lstm_step_back(const CellFunctions& f, const LstmStepBack& step) { HWY_DYNAMIC_DISPATCH(LstmStepBackOf)(f, step); }

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
