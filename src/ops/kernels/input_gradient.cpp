#include "ops/kernels/input_gradient.h"

#include <algorithm>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// Position i is read by output o through tap k where i + pad = o stride + k dilation. Of one residue of i the taps are
// first_tap + stride j, and o = t + shift - j: a convolution with the taps turned around.
std::vector<InputGradient::Side> InputGradient::sides(int64_t in, int64_t out, int64_t kernel, int64_t stride,
                                                      int64_t dilation, int64_t pad) {
  std::vector<Side> result;
  for (int64_t offset = 0; offset < std::min(stride, in); ++offset) {
    Side side;
    side.offset = offset;
    side.count = (in - offset + stride - 1) / stride;
    side.first_tap = (offset + pad) % stride;
    side.taps = side.first_tap < kernel ? (kernel - 1 - side.first_tap) / stride + 1 : 0;
    const int64_t shift = (offset + pad - side.first_tap) / stride, reach = (side.taps - 1) * dilation;
    side.pad_before = reach - shift;
    side.pad_after = side.count - out - side.pad_before + reach;
    result.push_back(side);
  }
  return result;
}

bool InputGradient::supports(const Conv2DShape& s) {
  if ((s.stride_h > 1 && s.dilation_h > 1) || (s.stride_w > 1 && s.dilation_w > 1)) return false;
  const auto fits = [](const std::vector<Side>& all) {
    return std::all_of(all.begin(), all.end(), [](const Side& side) {
      return side.taps == 0 || (side.pad_before >= 0 && side.pad_after >= 0);
    });
  };
  return fits(sides(s.height, s.out_height(), s.kernel_height, s.stride_h, s.dilation_h, s.pad_top)) &&
         fits(sides(s.width, s.out_width(), s.kernel_width, s.stride_w, s.dilation_w, s.pad_left));
}

InputGradient::InputGradient(const Conv2DShape& s, bool depthwise, const float* filter) : shape_(s) {
  // The taps as the reversed convolution wants them: from out_channels to channels, each group's inputs in front.
  const int64_t groups = depthwise ? s.channels : s.groups;
  const int64_t in = s.channels / groups, out = s.out_channels / groups;
  const bool plain_depthwise = depthwise && out == 1;
  std::vector<float> taps;
  for (const auto& y : sides(s.height, s.out_height(), s.kernel_height, s.stride_h, s.dilation_h, s.pad_top)) {
    for (const auto& x : sides(s.width, s.out_width(), s.kernel_width, s.stride_w, s.dilation_w, s.pad_left)) {
      Phase phase{y, x, {}};
      if (y.taps > 0 && x.taps > 0 && s.out_channels > 0) {
        taps.clear();
        for (int64_t j = y.taps - 1; j >= 0; --j) {
          for (int64_t i = x.taps - 1; i >= 0; --i) {
            const int64_t ky = y.first_tap + j * s.stride_h, kx = x.first_tap + i * s.stride_w;
            const float* tap = filter + (ky * s.kernel_width + kx) * in * s.out_channels;
            if (plain_depthwise) {
              taps.insert(taps.end(), tap, tap + s.channels);
              continue;
            }
            for (int64_t o = 0; o < out; ++o) {
              for (int64_t c = 0; c < s.channels; ++c) {
                // [in][groups * out], or depthwise [groups][out], which is the same for one channel in.
                taps.push_back(tap[c % in * s.out_channels + c / in * out + o]);
              }
            }
          }
        }
        const Conv2DShape reversed{.height = s.out_height(),
                                   .width = s.out_width(),
                                   .channels = s.out_channels,
                                   .kernel_height = y.taps,
                                   .kernel_width = x.taps,
                                   .out_channels = s.channels,
                                   .dilation_h = s.dilation_h,
                                   .dilation_w = s.dilation_w,
                                   .pad_top = y.pad_before,
                                   .pad_bottom = y.pad_after,
                                   .pad_left = x.pad_before,
                                   .pad_right = x.pad_after,
                                   .groups = plain_depthwise ? 1 : groups};
        Conv2DOptions options;
        options.depthwise = plain_depthwise;
        phase.conv.emplace_back(reversed, taps.data(), nullptr, options);
      }
      phases_.push_back(std::move(phase));
    }
  }
}

int64_t InputGradient::scratch(const Conv2DShape& s, int64_t images) {
  if (s.stride_h == 1 && s.stride_w == 1) return 0;
  const auto most = [](int64_t in, int64_t stride) { return (in + stride - 1) / stride; };
  return images * most(s.height, s.stride_h) * most(s.width, s.stride_w) * s.channels;
}

void InputGradient::run(int64_t images, const float* grad, float* dst, float* scratch) const {
  const auto& s = shape_;
  if (s.stride_h == 1 && s.stride_w == 1) return phases_[0].conv[0].run(images, grad, dst);
  for (const auto& phase : phases_) {
    const bool reached = !phase.conv.empty();
    if (reached) phase.conv[0].run(images, grad, scratch);
    const int64_t lines = images * phase.y.count, c = s.channels;
    parallel_for(lines, 16384 / std::max<int64_t>(1, phase.x.count * c) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; ++line) {
        const int64_t image = line / phase.y.count, t = line % phase.y.count;
        const float* from = scratch + line * phase.x.count * c;
        float* to = dst + ((image * s.height + phase.y.offset + t * s.stride_h) * s.width + phase.x.offset) * c;
        for (int64_t i = 0; i < phase.x.count; ++i, to += s.stride_w * c) {
          if (reached) {
            std::copy_n(from + i * c, c, to);
          } else {
            std::fill_n(to, c, 0.0F);
          }
        }
      }
    });
  }
}

}  // namespace hornbeam::kernels
