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

InputGradient::InputGradient(const Conv2DShape& s, int64_t images, bool depthwise)
    : shape_(s),
      images_(images),
      depthwise_(depthwise),
      groups_(depthwise ? s.channels : s.groups),
      strided_(s.stride_h > 1 || s.stride_w > 1) {
  const bool plain_depthwise = depthwise && s.out_channels == s.channels;
  const auto aligned = [](int64_t floats) { return (floats + 15) / 16 * 16; };
  for (const auto& y : sides(s.height, s.out_height(), s.kernel_height, s.stride_h, s.dilation_h, s.pad_top)) {
    for (const auto& x : sides(s.width, s.out_width(), s.kernel_width, s.stride_w, s.dilation_w, s.pad_left)) {
      Phase phase{y, x, {}, packed_size_, scratch_size_};
      if (y.taps > 0 && x.taps > 0 && s.out_channels > 0) {
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
                                   .groups = plain_depthwise ? 1 : groups_};
        Conv2DOptions options;
        options.depthwise = plain_depthwise;
        if (direct()) {  // straight from the filter: each tap's matrix the other way
          options.taps = Packing{.rows = s.out_channels,
                                 .columns = s.channels,
                                 .at = tap_offsets(phase),
                                 .ld = s.out_channels,
                                 .transposed = true};
        }
        phase.conv.emplace(reversed, options);
        packed_size_ += aligned(phase.conv->packed_size());
        if (strided_) scratch_size_ += aligned(images * y.count * x.count * s.channels);
        flops_ += static_cast<double>(images) * conv_work(reversed, plain_depthwise);
      }
      phases_.push_back(std::move(phase));
    }
  }
}

std::vector<int64_t> InputGradient::tap_offsets(const Phase& phase) const {
  std::vector<int64_t> offsets;
  for (int64_t j = phase.y.taps - 1; j >= 0; --j) {
    for (int64_t i = phase.x.taps - 1; i >= 0; --i) {
      const int64_t ky = phase.y.first_tap + j * shape_.stride_h, kx = phase.x.first_tap + i * shape_.stride_w;
      offsets.push_back((ky * shape_.kernel_width + kx) * group_channels() * shape_.out_channels);
    }
  }
  return offsets;
}

// The taps as the reversed convolution wants them: from out_channels to channels, each group's inputs in front.
std::vector<float> InputGradient::reversed_filter(const Phase& phase, const float* filter) const {
  const auto& s = shape_;
  const int64_t in = group_channels(), out = s.out_channels / groups_;
  std::vector<float> taps;
  for (const int64_t at : tap_offsets(phase)) {
    const float* tap = filter + at;
    if (depthwise_ && out == 1) {
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
  return taps;
}

void InputGradient::pack_part(const float* filter, float* packed, Part part) const {
  for (const auto& phase : phases_) {
    if (!phase.conv) continue;
    if (direct()) {
      phase.conv->pack_part(filter, nullptr, packed + phase.packed_at, part);
    } else if (part.index == 0) {
      phase.conv->pack_part(reversed_filter(phase, filter).data(), nullptr, packed + phase.packed_at, {});
    }
  }
}

void InputGradient::convolve_part(const float* grad, const float* packed, float* dst, float* scratch, Part part) const {
  for (const auto& phase : phases_) {
    if (!phase.conv) continue;
    phase.conv->run_part(images_, grad, strided_ ? scratch + phase.scratch_at : dst, nullptr, packed + phase.packed_at,
                         part);
  }
}

void InputGradient::place_part(const float* scratch, float* dst, Part part) const {
  const auto& s = shape_;
  const int64_t c = s.channels;
  for (const auto& phase : phases_) {
    const Range own = slice(images_ * phase.y.count, part);
    for (int64_t line = own.begin; line < own.end; ++line) {
      const int64_t image = line / phase.y.count, t = line % phase.y.count;
      const float* from = scratch + phase.scratch_at + line * phase.x.count * c;
      float* to = dst + ((image * s.height + phase.y.offset + t * s.stride_h) * s.width + phase.x.offset) * c;
      for (int64_t i = 0; i < phase.x.count; ++i, to += s.stride_w * c) {
        if (phase.conv) {
          std::copy_n(from + i * c, c, to);
        } else {
          std::fill_n(to, c, 0.0F);
        }
      }
    }
  }
}

}  // namespace hornbeam::kernels
