// The windows of a convolution as rows of a product, without copying them (driver-inl.h's `Rows`). Internal to
// conv_window.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels::detail {

// A run of K: window rows [y0, y1), columns [x0, x1), channels [c0, c1); `offset` is its first k.
struct WindowBlock {
  int64_t y0, y1, x0, x1, c0, c1, offset;
};

// Cuts K = kh * kw * channels into runs of about 256 that start and end where segments do.
std::vector<WindowBlock> cut_window(const Conv2DShape& shape, int64_t channels);

// Row r is the window of output pixel r, in order (n, y, x); when pooling, rows 4p .. 4p + 3 are the pixels that pooled
// pixel p is the maximum of.
struct WindowRows {
  const Conv2DShape* shape;
  const WindowBlock* plan;
  int64_t block_count;
  const float* source;
  const float* zeros;   // what a window reads outside the image
  float* patch;         // room for a tile's block of K, for windows of few channels that hang over the edge
  const int64_t* taps;  // where each k is from a window's corner; with a patch only
  int64_t channels;     // of the group
  int64_t rows;
  int64_t out_height, out_width;  // pooled: of the pooled image
  bool pooled;

  int64_t count() const { return rows; }
  int64_t blocks() const { return block_count; }
  int64_t offset(int64_t block) const { return plan[block].offset; }
  static constexpr bool kHasTaps = true;
  bool worth_keeping() const { return patch == nullptr; }

  const int64_t* locate(int64_t block, int64_t row, int mr, const float** pointers, int64_t& segments,
                        int64_t& length) const {
    const Conv2DShape& s = *shape;
    const WindowBlock& b = plan[block];
    const float* corner[8];
    int64_t top[8], left[8];
    bool inside = true;
    auto pixel = static_cast<uint32_t>(pooled ? row / 4 : row);
    const auto ow = static_cast<uint32_t>(out_width), oh = static_cast<uint32_t>(out_height);
    uint32_t line = pixel / ow, x = pixel % ow, image = line / oh, y = line % oh;
    int64_t quarter = pooled ? row % 4 : 0;
    for (int i = 0; i < mr; ++i) {
      const int64_t oy = pooled ? 2 * y + quarter / 2 : y, ox = pooled ? 2 * x + quarter % 2 : x;
      top[i] = oy * s.stride_h - s.pad_top;
      left[i] = ox * s.stride_w - s.pad_left;
      corner[i] = source + image * s.height * s.width * s.channels + (top[i] * s.width + left[i]) * s.channels;
      inside = inside && top[i] + b.y0 * s.dilation_h >= 0 && top[i] + (b.y1 - 1) * s.dilation_h < s.height &&
               left[i] + b.x0 * s.dilation_w >= 0 && left[i] + (b.x1 - 1) * s.dilation_w < s.width;
      if (pooled && ++quarter < 4) continue;
      quarter = 0;
      if (++x == ow) {
        x = 0;
        if (++y == oh) {
          y = 0;
          ++image;
        }
      }
    }
    if (patch && inside) {
      segments = 1;
      length = length_of(b);
      std::copy_n(corner, mr, pointers);
      return taps + b.offset;
    }
    if (patch) return copy(b, corner, top, left, mr, pointers, segments, length);
    const int64_t line_stride = s.dilation_h * s.width * s.channels;
    const bool whole = channels == s.channels && s.dilation_w == 1 && b.c1 - b.c0 == channels;
    const int64_t run = (b.x1 - b.x0) * channels;
    if (inside && whole && (run >= 8 || run == length_of(b))) {  // a window row is one segment
      segments = b.y1 - b.y0;
      length = run;
      const int64_t first = b.y0 * line_stride + b.x0 * channels + b.c0;
      for (int i = 0; i < mr; ++i) {
        const float* p = corner[i] + first;
        for (int64_t k = 0; k < segments; ++k, p += line_stride) pointers[k * mr + i] = p;
      }
      return nullptr;
    }
    segments = (b.y1 - b.y0) * (b.x1 - b.x0);
    length = b.c1 - b.c0;
    for (int i = 0; i < mr; ++i) {
      int64_t k = i;
      for (int64_t ky = b.y0; ky < b.y1; ++ky)
        for (int64_t kx = b.x0; kx < b.x1; ++kx, k += mr) {
          const int64_t iy = top[i] + ky * s.dilation_h, ix = left[i] + kx * s.dilation_w;
          const bool in = inside || (iy >= 0 && iy < s.height && ix >= 0 && ix < s.width);
          pointers[k] = in ? corner[i] + ky * line_stride + kx * s.dilation_w * s.channels + b.c0 : zeros;
        }
    }
    return nullptr;
  }

  // Pooling, with taps: of how many pooled pixels from `pixel` on, at most `most`, are the windows in the image and the
  // corners side by side? The first one's corners; a pixel's are `pooled_step()` after those of the one before.
  int64_t inside_run(int64_t pixel, int64_t most, const float** pointers) const {
    const Conv2DShape& s = *shape;
    const int64_t x = pixel % out_width, line = pixel / out_width, y = line % out_height, image = line / out_height;
    const int64_t top = 2 * y * s.stride_h - s.pad_top, left = 2 * x * s.stride_w - s.pad_left;
    const int64_t reach_h = s.stride_h + (s.kernel_height - 1) * s.dilation_h,
                  reach_w = s.stride_w + (s.kernel_width - 1) * s.dilation_w;
    if (top < 0 || top + reach_h >= s.height || left < 0 || left + reach_w >= s.width) return 0;
    const float* corner = source + ((image * s.height + top) * s.width + left) * s.channels;
    for (int i = 0; i < 4; ++i) pointers[i] = corner + (i / 2 * s.stride_h * s.width + i % 2 * s.stride_w) * s.channels;
    return std::min({most, out_width - x, (s.width - 1 - reach_w - left) / (2 * s.stride_w) + 1});
  }
  int64_t pooled_step() const { return 2 * shape->stride_w * shape->channels; }

 private:
  static int64_t length_of(const WindowBlock& b) { return (b.y1 - b.y0) * (b.x1 - b.x0) * (b.c1 - b.c0); }

  // Gathers each row's block of K into the patch.
  const int64_t* copy(const WindowBlock& b, const float* const* corner, const int64_t* top, const int64_t* left, int mr,
                      const float** pointers, int64_t& segments, int64_t& length) const {
    const Conv2DShape& s = *shape;
    const int64_t depth = b.c1 - b.c0;
    segments = 1;
    length = length_of(b);
    float* out = patch;
    for (int i = 0; i < mr; ++i) {
      pointers[i] = out;
      for (int64_t ky = b.y0; ky < b.y1; ++ky) {
        const int64_t iy = top[i] + ky * s.dilation_h;
        const bool row_in = iy >= 0 && iy < s.height;
        const float* line = corner[i] + ky * s.dilation_h * s.width * s.channels + b.c0;
        for (int64_t kx = b.x0; kx < b.x1; ++kx) {
          const int64_t ix = left[i] + kx * s.dilation_w;
          const bool in = row_in && ix >= 0 && ix < s.width;
          const float* p = line + kx * s.dilation_w * s.channels;
          for (int64_t c = 0; c < depth; ++c) *out++ = in ? p[c] : 0.0F;
        }
      }
    }
    return nullptr;
  }
};

}  // namespace hornbeam::kernels::detail
