#include "keras/callbacks/weight_pictures.h"

#include <algorithm>
#include <vector>

#include "formats/event_file/png.h"
#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam::callbacks {
namespace {

constexpr std::size_t kMostPictures = 3;  // as tf.summary.image

Tensor without_ones(const Tensor& t) {
  std::vector<std::int64_t> dims;
  for (const auto dim : t.shape().dims()) {
    if (dim != 1) dims.push_back(dim);
  }
  return t.reshaped(Shape(dims));
}

// (pictures, rows, columns, channels); undefined when it is none.
Tensor laid_out(const Tensor& weight) {
  auto t = without_ones(weight);
  auto dims = t.shape().dims();
  if (dims.size() == 1) return t.reshaped({1, dims[0], 1, 1});
  if (dims.size() == 2) {
    if (dims[0] > dims[1]) t = ops::transpose(t);
    return t.reshaped({1, t.shape()[0], t.shape()[1], 1});
  }
  if (dims.size() == 3) {
    if (backend::image_data_format() == "channels_last") t = ops::transpose(t, {2, 0, 1});
    return t.reshaped({t.shape()[0], t.shape()[1], t.shape()[2], 1});
  }
  const bool is_picture = dims.size() == 4 && (dims[3] == 1 || dims[3] == 3 || dims[3] == 4);
  return is_picture ? t : Tensor();
}

// As tf.image.convert_image_dtype rounds.
std::uint8_t byte_of(float value) {
  const auto scaled = value * 255.5F;
  return scaled > 0 ? static_cast<std::uint8_t>(std::min(scaled, 255.0F)) : std::uint8_t{0};
}

}  // namespace

void write_picture(formats::EventWriter& writer, const std::string& tag, const Tensor& weight, std::int64_t step) {
  const auto pictures = laid_out(ops::cast(weight, DType::float32));
  if (!pictures.defined() || pictures.num_elements() == 0) return;
  const auto dims = pictures.shape().dims();
  const auto values = pictures.data<float>();
  std::vector<std::uint8_t> bytes(values.size());
  std::ranges::transform(values, bytes.begin(), byte_of);
  const auto count = static_cast<std::size_t>(dims[0]), each = bytes.size() / count;
  const auto height = static_cast<std::uint32_t>(dims[1]), width = static_cast<std::uint32_t>(dims[2]);
  std::vector<std::string> pngs;
  for (std::size_t i = 0; i < std::min(count, kMostPictures); ++i) {
    const auto pixels = std::span(bytes).subspan(i * each, each);
    pngs.push_back(formats::png_of(pixels, width, height, static_cast<std::uint32_t>(dims[3])));
  }
  writer.images(tag, width, height, pngs, step);
}

}  // namespace hornbeam::callbacks
