// Resampling along one axis as sums of neighbours: how resizing ops say which inputs an output is made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace hornbeam::image {

// Output i is the sum of weights[begin(i)...] times inputs first[i], first[i] + 1, ...
struct Taps {
  std::vector<std::int64_t> first;
  std::vector<std::size_t> begin{0};  // where the weights of each output begin; one more than there are outputs
  std::vector<float> weights;

  std::int64_t outputs() const { return static_cast<std::int64_t>(first.size()); }
  std::size_t count(std::size_t i) const { return begin[i + 1] - begin[i]; }
  void add(std::int64_t from, const std::vector<float>& row);
  // The gradient's: from `outputs` back to `inputs` numbers.
  Taps transposed(std::int64_t inputs) const;
};

// How far apart the inputs of neighbouring outputs are, and where output i falls among the inputs, as TensorFlow
// computes it (in float32).
struct Scale {
  Scale(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers);
  float at(std::int64_t i) const;
  float step;
  bool half_pixel;
};

Taps bilinear_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers);
Taps bicubic_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers);
Taps area_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers);
// Of ScaleAndTranslate. Throws InvalidArgumentError for an unknown kernel, or a scale that is not positive.
Taps kernel_taps(std::int64_t inputs, std::int64_t outputs, float scale, float translation, const std::string& kernel,
                 bool antialias);

// Rows [begin, end) of the resampled image [rows, columns, channels], of an image [height, width, channels].
template <class T, class Out>
void resample_rows(const Taps& rows, const Taps& columns, std::int64_t width, std::int64_t channels, const T* image,
                   Out* out, std::int64_t begin, std::int64_t end) {
  using Sum = std::conditional_t<std::is_same_v<Out, double>, double, float>;
  const auto line = static_cast<std::size_t>(width * channels);
  std::vector<Sum> sums(line), pixel(static_cast<std::size_t>(channels));
  for (auto y = begin; y < end; ++y) {
    std::fill(sums.begin(), sums.end(), Sum{});
    const auto at = static_cast<std::size_t>(y);
    for (std::size_t k = 0; k < rows.count(at); ++k) {
      const float weight = rows.weights[rows.begin[at] + k];
      const T* from = image + (rows.first[at] + static_cast<std::int64_t>(k)) * width * channels;
      for (std::size_t i = 0; i < line; ++i) sums[i] += static_cast<Sum>(weight) * static_cast<Sum>(from[i]);
    }
    Out* to = out + y * columns.outputs() * channels;
    for (std::size_t x = 0; x < columns.first.size(); ++x, to += channels) {
      std::fill(pixel.begin(), pixel.end(), Sum{});
      const Sum* from = sums.data() + columns.first[x] * channels;
      for (std::size_t k = 0; k < columns.count(x); ++k, from += channels) {
        const float weight = columns.weights[columns.begin[x] + k];
        for (std::size_t c = 0; c < pixel.size(); ++c) pixel[c] += static_cast<Sum>(weight) * from[c];
      }
      for (std::size_t c = 0; c < pixel.size(); ++c) to[c] = static_cast<Out>(pixel[c]);
    }
  }
}

}  // namespace hornbeam::image
