// What the convolution ops share.
#pragma once

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/window.h"

namespace hornbeam {

using ConvTypes = Types<float, double, Float16, BFloat16, std::int32_t>;

// fn(tap, input offset) for each filter position that falls inside the input at output position (z, y, x).
template <class Fn>
void for_each_tap(const WindowGeometry& g, std::int64_t z, std::int64_t y, std::int64_t x, Fn&& fn) {
  const auto& [d, h, w] = g.dims;
  std::int64_t tap = 0;
  for (std::int64_t kz = 0; kz < d.kernel; ++kz) {
    const auto iz = z * d.stride - d.pad_before + kz * d.dilation;
    for (std::int64_t ky = 0; ky < h.kernel; ++ky) {
      const auto iy = y * h.stride - h.pad_before + ky * h.dilation;
      if (iz < 0 || iz >= d.in || iy < 0 || iy >= h.in) {
        tap += w.kernel;
        continue;
      }
      for (std::int64_t kx = 0; kx < w.kernel; ++kx, ++tap) {
        const auto ix = x * w.stride - w.pad_before + kx * w.dilation;
        if (ix < 0 || ix >= w.in) continue;
        fn(tap, iz * g.in.spatial[0] + iy * g.in.spatial[1] + ix * g.in.spatial[2]);
      }
    }
  }
}

// fn(image, z, y, x) for each output position.
template <class Fn>
void for_each_position(const WindowGeometry& g, Fn&& fn) {
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t z = 0; z < g.dims[0].out; ++z) {
      for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
        for (std::int64_t x = 0; x < g.dims[2].out; ++x) fn(n, z, y, x);
      }
    }
  }
}

// Offset of output position (n, z, y, x), channel 0.
inline std::int64_t out_offset(const WindowGeometry& g, std::int64_t n, std::int64_t z, std::int64_t y,
                               std::int64_t x) {
  return n * g.out.batch + z * g.out.spatial[0] + y * g.out.spatial[1] + x * g.out.spatial[2];
}

// Throws InvalidArgumentError unless the rank is `rank` or unknown.
inline void check_rank(const Shape& shape, std::size_t rank, const char* what) {
  if (shape.has_rank() && shape.rank() != rank) {
    throw InvalidArgumentError(std::string(what) + " must be " + std::to_string(rank) +
                               "-dimensional: " + bracketed(shape));
  }
}

}  // namespace hornbeam
