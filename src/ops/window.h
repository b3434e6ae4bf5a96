// Sliding windows: the geometry that convolutions and pooling share, in two or three spatial dims.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/op_def.h"

namespace hornbeam {

// Along one spatial dim. `in` and `out` may be None in shape rules.
struct WindowDim {
  std::int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad_before = 0;
};

// Where batch, channels and spatial dims are in a tensor of `rank` dims.
struct WindowLayout {
  std::size_t rank = 4;
  bool channels_first = false;
  std::size_t channel() const { return channels_first ? 1 : rank - 1; }
  std::size_t spatial(std::size_t i) const { return i + (channels_first ? 2 : 1); }
  std::size_t spatial_rank() const { return rank - 2; }
};

// Strides, dilations and padding of an op, checked. Throws InvalidArgumentError in TensorFlow's words.
struct WindowAttrs {
  WindowLayout layout;
  std::vector<std::int64_t> strides, dilations;  // of the spatial dims
  std::string padding;
  std::vector<std::int64_t> pads;  // before and after each spatial dim; of EXPLICIT only

  // The geometry along spatial dim i. `op` is named in errors.
  WindowDim dim(std::size_t i, std::int64_t in, std::int64_t kernel, const char* op) const;
  // The spatial dims of `out` that windows of these sizes (one per spatial dim, or more) make of `in`'s.
  void set_spatial(Shape& out, const Shape& in, const std::vector<std::int64_t>& kernel, const char* op) const;
};
WindowLayout window_layout(const Attrs& attrs, std::size_t rank);
WindowAttrs window_attrs(const Attrs& attrs, std::size_t rank, const char* op);
// The spatial values of a per-dim attribute such as ksize; the batch's must be 1 (and the channels').
std::vector<std::int64_t> window_values(const std::vector<std::int64_t>& values, const WindowLayout& layout,
                                        const std::string& what);

// Element strides of a tensor of this layout: batch, depth, height, width, channel (depth 0 when there is none).
struct WindowStrides {
  std::int64_t batch = 0, channel = 0;
  std::array<std::int64_t, 3> spatial{};
};
WindowStrides window_strides(const Shape& shape, const WindowLayout& layout);

// Everything fixed about one window op on known shapes; two spatial dims are three with a depth of one.
struct WindowGeometry {
  std::int64_t batch = 1, channels_in = 1, channels_out = 1;
  std::array<WindowDim, 3> dims{};
  WindowStrides in, out;
};
WindowGeometry window_geometry(const WindowAttrs& attrs, const Shape& in, const Shape& out,
                               const std::vector<std::int64_t>& kernel, const char* op);

}  // namespace hornbeam
