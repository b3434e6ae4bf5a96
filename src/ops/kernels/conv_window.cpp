#include <algorithm>
#include <type_traits>
#include <vector>

#include "ops/kernels/conv_routes.h"
#include "ops/kernels/gemm.h"
#include "ops/kernels/simd_targets.h"
#include "ops/kernels/window_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/conv_window.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/driver-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

void ConvPart(const detail::WindowRows& rows, const Product<float>& product, Part part) {
  RunPart<float>(rows, product, part);
}

void ConvMatrixPart(const float* src, int64_t stride, int64_t m, int64_t k, const Product<float>& product, Part part) {
  RunPart<float>(MatrixRows<float>{src, stride, m, k}, product, part);
}

// A tile of four pixels and its maximum, in several blocks of K or with a last vector that sticks out of C.
void PooledTileInPieces(const detail::WindowRows& rows, const Product<float>& p, int64_t panel, int64_t row,
                        const float** pointers, float* out) {
  constexpr int64_t width = kTileVectors * kLanes;
  const F32 d;
  HWY_ALIGN float tile[4 * width];
  const int64_t blocks = rows.blocks();
  int64_t columns = 0;
  for (int64_t block = 0; block < blocks; ++block) {
    TileArgs<float> t = PanelArgs<float>(rows, p, block, blocks, panel, true);
    columns = t.columns;
    t.a = pointers;
    t.c = tile;
    t.c_stride = t.start_stride = width;
    t.start = block > 0 ? tile : nullptr;
    t.taps = rows.locate(block, row, 4, pointers, t.segments, t.length);
    t.taps ? TileColumns<float, 4, Tapped>(t) : TileColumns<float, 4, Plain>(t);
  }
  for (int64_t j = 0; j < columns; j += kLanes) {
    const VF v = hn::Max(hn::Max(hn::Load(d, tile + j), hn::Load(d, tile + width + j)),
                         hn::Max(hn::Load(d, tile + 2 * width + j), hn::Load(d, tile + 3 * width + j)));
    if (columns - j >= kLanes) {
      hn::StoreU(v, d, out + j);
    } else {
      StoreN(v, d, out + j, columns - j);
    }
  }
}

// Pooled pixels [q0, q1) whose windows are read in place with taps.
void PooledRun(const detail::WindowRows& rows, const Product<float>& p, int64_t q0, int64_t q1,
               const float* const* corners) {
  constexpr int64_t width = kTileVectors * kLanes;
  for (int64_t panel = 0; panel * width < p.columns; ++panel) {
    TileArgs<float> t = PanelArgs<float>(rows, p, 0, 1, panel, true);
    const float* pointers[4] = {corners[0], corners[1], corners[2], corners[3]};
    t.a = pointers;
    t.taps = rows.taps;
    t.start = nullptr;
    t.segments = 1;
    t.length = p.panel_size / width;
    t.c = p.c + q0 * p.c_stride + panel * width;
    for (int64_t q = q0; q < q1; ++q, t.c += p.c_stride) {
      TileColumns<float, 4, TappedPooled>(t);
      for (auto& pointer : pointers) pointer += rows.pooled_step();
    }
  }
}

// Convolution and the maximum of each 2x2 of its outputs: the four pixels of one pooled pixel make a tile.
void ConvPoolPart(const detail::WindowRows& rows, const Product<float>& product, Part part) {
  constexpr int64_t width = kTileVectors * kLanes;
  // Activations do not decrease, so they commute with the maximum: the clamp is in the tile, others come after it.
  Product<float> p = product;
  const bool clamp_only = is_clamp(p.activation);
  if (!clamp_only) p.activation = {};
  const int64_t panels = (p.columns + width - 1) / width;
  const Range range = slice(rows.count() / 4, part);
  const bool in_place =
      rows.blocks() == 1 && rows.worth_keeping();  // where the windows are is found once for all panels
  constexpr int64_t kStep = 32;
  const auto stride = static_cast<size_t>(p.max_pointers);
  std::vector<const float*> pointers(stride * static_cast<size_t>(in_place ? kStep : 1));
  int64_t segments[kStep], length = 0;
  for (int64_t q0 = range.begin, q1 = 0; q0 < range.end; q0 = q1) {
    const int64_t run = rows.taps && rows.blocks() == 1 ? rows.inside_run(q0, range.end - q0, pointers.data()) : 0;
    q1 = std::min(range.end, q0 + (run ? run : in_place ? kStep : 1));
    if (run) PooledRun(rows, p, q0, q1, pointers.data());
    for (int64_t q = q0; q < q1 && in_place; ++q) {
      rows.locate(0, q * 4, 4, pointers.data() + static_cast<size_t>(q - q0) * stride, segments[q - q0], length);
    }
    for (int64_t panel = 0; panel < panels && !run; ++panel) {
      TileArgs<float> t = PanelArgs<float>(rows, p, 0, 1, panel, true);
      for (int64_t q = q0; q < q1; ++q) {
        float* out = p.c + q * p.c_stride + panel * width;
        if (in_place) {
          t.a = pointers.data() + static_cast<size_t>(q - q0) * stride;
          t.c = out;
          t.start = nullptr;
          t.segments = segments[q - q0];
          t.length = p.panel_size / width / t.segments;
          TileColumns<float, 4, Pooled>(t);
        } else {
          PooledTileInPieces(rows, p, panel, q * 4, pointers.data(), out);
        }
      }
    }
    if (!clamp_only) Activate(product.activation, p.c + q0 * p.c_stride, q1 - q0, p.columns, p.c_stride);
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace detail {

std::vector<WindowBlock> cut_window(const Conv2DShape& s, int64_t channels) {
  constexpr int64_t kMost = 384, kTarget = 256;
  const int64_t row = s.kernel_width * channels;
  std::vector<WindowBlock> plan;
  const auto add = [&](int64_t y0, int64_t y1, int64_t x0, int64_t x1, int64_t c0, int64_t c1) {
    plan.push_back({y0, y1, x0, x1, c0, c1, (y0 * s.kernel_width + x0) * channels + c0});
  };
  if (row * s.kernel_height <= kMost) {
    add(0, s.kernel_height, 0, s.kernel_width, 0, channels);
  } else if (row <= kMost) {
    const int64_t step = std::max<int64_t>(1, kTarget / row);
    for (int64_t y = 0; y < s.kernel_height; y += step)
      add(y, std::min(s.kernel_height, y + step), 0, s.kernel_width, 0, channels);
  } else if (channels <= kMost) {
    const int64_t step = std::max<int64_t>(1, kTarget / channels);
    for (int64_t y = 0; y < s.kernel_height; ++y)
      for (int64_t x = 0; x < s.kernel_width; x += step)
        add(y, y + 1, x, std::min(s.kernel_width, x + step), 0, channels);
  } else {
    const int64_t pieces = (channels + kTarget - 1) / kTarget;
    for (int64_t y = 0; y < s.kernel_height; ++y)
      for (int64_t x = 0; x < s.kernel_width; ++x)
        for (int64_t i = 0; i < pieces; ++i)
          add(y, y + 1, x, x + 1, channels * i / pieces, channels * (i + 1) / pieces);
  }
  return plan;
}

namespace {

HWY_EXPORT(ConvPart);
HWY_EXPORT(ConvMatrixPart);
HWY_EXPORT(ConvPoolPart);

class WindowRoute final : public ConvRoute {
 public:
  WindowRoute(const Conv2DShape& s, const Conv2DOptions& o)
      : ConvRoute(s, o), channels_(s.channels / s.groups), columns_(s.out_channels / s.groups) {
    const int64_t k = s.kernel_height * s.kernel_width * channels_;
    // HWIO is one matrix.
    packing_ = o.taps ? *o.taps : Packing{.rows = k, .columns = columns_, .at = {0}, .ld = s.out_channels};
    plain_ = s.kernel_height == 1 && s.kernel_width == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_top == 0 &&
             s.pad_bottom == 0 && s.pad_left == 0 && s.pad_right == 0 && !o.max_pool_2x2;
    plan_ = cut_window(s, channels_);
    int64_t depth = 0;
    for (const auto& block : plan_) {
      depth = std::max(depth, block.c1 - block.c0);
      longest_ = std::max(longest_, (block.y1 - block.y0) * (block.x1 - block.x0) * (block.c1 - block.c0));
      segments_ = std::max(segments_, (block.y1 - block.y0) * (block.x1 - block.x0));
    }
    zeros_.assign(static_cast<size_t>(depth), 0.0F);
    patched_ = depth < 16;
    for (int64_t i = 0; i < k && patched_; ++i) {
      const int64_t tap = i / channels_, y = tap / s.kernel_width, x = tap % s.kernel_width;
      taps_.push_back((y * s.dilation_h * s.width + x * s.dilation_w) * s.channels + i % channels_);
    }
  }

  const char* name() const override { return shape.groups > 1 ? "grouped" : plain_ ? "gemm" : "window"; }

  // The panels of each group, then the bias.
  int64_t packed_size() const override { return shape.groups * packing_.size() + shape.out_channels; }
  void pack(const float* filter, const float* bias, float* packed, Part part) const override {
    for (int64_t g = 0; g < shape.groups; ++g, packed += packing_.size()) {
      pack_part(packing_, filter + g * columns_, packed, part);
    }
    pack_bias(bias, packed, part);
  }

  void run(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
           Part part) const override {
    constexpr int64_t kRows = 8;  // at least a tile's rows
    const bool pooled = options.max_pool_2x2;
    const int64_t oh = shape.out_height() / (pooled ? 2 : 1), ow = shape.out_width() / (pooled ? 2 : 1);
    thread_local AlignedBuffer<float> patch;
    for (int64_t g = 0; g < shape.groups; ++g) {
      const int64_t stride = shape.out_channels, first = g * columns_;
      // A window shares all but stride x stride of its pixels with its neighbours.
      const int64_t row_inputs =
          channels_ * std::min(shape.stride_h, shape.kernel_height) * std::min(shape.stride_w, shape.kernel_width);
      const Product<float> product{packed + g * packing_.size(),
                                   packing_.k() * panel_columns(),
                                   columns_,
                                   dst + first,
                                   stride,
                                   packed + shape.groups * packing_.size() + first,
                                   residual ? residual + first : nullptr,
                                   stride,
                                   options.activation,
                                   row_inputs,
                                   kRows * segments_};
      if (plain_) {
        HWY_DYNAMIC_DISPATCH(ConvMatrixPart)
        (src + g * channels_, shape.channels, images * oh * ow, channels_, product, part);
        continue;
      }
      const WindowRows rows{&shape,
                            plan_.data(),
                            static_cast<int64_t>(plan_.size()),
                            src + g * channels_,
                            zeros_.data(),
                            patched_ ? patch.reserve(kRows * longest_) : nullptr,
                            patched_ ? taps_.data() : nullptr,
                            channels_,
                            images * oh * ow * (pooled ? 4 : 1),
                            oh,
                            ow,
                            pooled};
      if (pooled) {
        HWY_DYNAMIC_DISPATCH(ConvPoolPart)(rows, product, part);
      } else {
        HWY_DYNAMIC_DISPATCH(ConvPart)(rows, product, part);
      }
    }
  }

 private:
  int64_t channels_, columns_;  // of one group
  Packing packing_;             // of one group
  std::vector<WindowBlock> plan_;
  std::vector<float> zeros_;
  std::vector<int64_t> taps_;
  int64_t longest_ = 0, segments_ = 1;
  bool plain_ = false, patched_ = false;
};

}  // namespace

std::unique_ptr<ConvRoute> make_window_route(const Conv2DShape& shape, const Conv2DOptions& options) {
  return std::make_unique<WindowRoute>(shape, options);
}

}  // namespace detail
}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
