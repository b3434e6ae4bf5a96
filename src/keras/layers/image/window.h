// Parts of images, whatever is known of their size: what layers that crop and resize share. Images are
// [..., height, width, channels].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// A dim, or a number made of dims: known, or an int32 scalar that is computed.
class ImageDim {
 public:
  ImageDim(std::int64_t value) : value_(value) {}
  explicit ImageDim(Tensor value) : tensor_(std::move(value)) {}
  bool known() const { return !tensor_.defined(); }
  std::int64_t value() const { return value_; }
  Tensor tensor() const;

 private:
  std::int64_t value_ = 0;
  Tensor tensor_;
};

struct ImageSize {
  ImageDim height, width;
  bool known() const { return height.known() && width.known(); }
};

ImageSize image_size(const Tensor& images);
// The window of that size at (top, left).
Tensor image_window(const Tensor& images, const ImageDim& top, const ImageDim& left, const ImageSize& size);
// Resized without distortion: the middle part of the largest window of that shape (keras.utils.smart_resize).
Tensor smart_resize(const Tensor& images, std::int64_t height, std::int64_t width,
                    std::string_view interpolation = "bilinear");
// The middle of the given size.
Tensor center_window(const Tensor& images, std::int64_t height, std::int64_t width);
// int(float(a * by) / divisor), in float32 as Keras has it.
std::int64_t scaled_size(std::int64_t a, std::int64_t by, std::int64_t divisor);
// Throw ValueError unless a size is one that images can have.
void check_image_size(std::int64_t height, std::int64_t width);
// A method of tf.image.resize, in lower case. Throws NotImplementedError in Keras's words.
std::string checked_interpolation(const std::string& given);
// Throws ValueError unless the tensor is an image or a batch of them.
void require_image(const Tensor& images);
// [..., channels, height, width] with channels last, and back.
Tensor to_channels_last(const Tensor& images);
Tensor to_channels_first(const Tensor& images);

}  // namespace hornbeam
