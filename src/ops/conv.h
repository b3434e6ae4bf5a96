// What the convolution ops share.
#pragma once

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/kernels/conv.h"
#include "ops/kernels/parallel.h"
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

// fn(n, z, y, x, memory) for each output position, shared out over threads; `memory` is `count` values of A to work in.
template <class A, class Fn>
void for_each_position(const WindowGeometry& g, std::int64_t count, Fn&& fn) {
  const auto depth = g.dims[0].out, height = g.dims[1].out, width = g.dims[2].out;
  kernels::parallel_for(g.batch * depth * height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<A> memory(static_cast<std::size_t>(count));
    for (auto row = begin; row < end; ++row) {
      const auto y = row % height, z = row / height % depth, n = row / height / depth;
      for (std::int64_t x = 0; x < width; ++x) fn(n, z, y, x, memory);
    }
  });
}

// Offset of output position (n, z, y, x), channel 0.
inline std::int64_t out_offset(const WindowGeometry& g, std::int64_t n, std::int64_t z, std::int64_t y,
                               std::int64_t x) {
  return n * g.out.batch + z * g.out.spatial[0] + y * g.out.spatial[1] + x * g.out.spatial[2];
}

// Two spatial dims, as the fast kernels want them.
inline kernels::Conv2DShape conv2d_shape(const WindowGeometry& g, std::int64_t groups) {
  const auto &h = g.dims[1], &w = g.dims[2];
  const auto after = [](const WindowDim& d) {
    return std::max<std::int64_t>(0, (d.out - 1) * d.stride + (d.kernel - 1) * d.dilation + 1 - d.in - d.pad_before);
  };
  return {.height = h.in,
          .width = w.in,
          .channels = g.channels_in,
          .kernel_height = h.kernel,
          .kernel_width = w.kernel,
          .out_channels = g.channels_out,
          .stride_h = h.stride,
          .stride_w = w.stride,
          .dilation_h = h.dilation,
          .dilation_w = w.dilation,
          .pad_top = h.pad_before,
          .pad_bottom = after(h),
          .pad_left = w.pad_before,
          .pad_right = after(w),
          .groups = groups};
}

// A float32 convolution by the fast kernels. A filter that never changes is packed once; channels-first images are
// turned around on the way in and out.
std::unique_ptr<Kernel> fast_conv2d(const KernelSpec& spec, const WindowGeometry& g, std::int64_t groups,
                                    bool channels_first, bool depthwise);

// An op with the output and the attrs that the convolutions of TensorFlow have on images of `rank`.
inline OpDef conv_op(const char* name, std::size_t rank) {
  auto op = OpDef(name).output("output: T").attr("T: type").attr("strides: list(int)").attr("padding: string");
  if (rank == 5)
    return std::move(op).attr("data_format: string = 'NDHWC'").attr("dilations: list(int) = [1, 1, 1, 1, 1]");
  return std::move(op)
      .attr("explicit_paddings: list(int) = []")
      .attr("data_format: string = 'NHWC'")
      .attr("dilations: list(int) = [1, 1, 1, 1]");
}

// Throws InvalidArgumentError unless the rank is `rank` or unknown.
inline void check_rank(const Shape& shape, std::size_t rank, const char* what) {
  if (shape.has_rank() && shape.rank() != rank) {
    throw InvalidArgumentError(std::string(what) + " must be " + std::to_string(rank) +
                               "-dimensional: " + bracketed(shape));
  }
}

}  // namespace hornbeam
