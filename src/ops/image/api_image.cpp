#include <string>

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_image.hpp"
#include "hornbeam/target.hpp"
#include "ops/op_def.h"
#include "ops/upper.h"

namespace hornbeam::ops {
namespace {

// The kernel of ScaleAndTranslate, when the method is one; bilinear and bicubic only where they smooth.
const char* kernel_of(std::string_view method, bool antialias) {
  for (const char* kernel : {"lanczos3", "lanczos5", "gaussian", "mitchellcubic"}) {
    if (method == kernel) return kernel;
  }
  if (antialias && method == "bilinear") return "triangle";
  if (antialias && method == "bicubic") return "keyscubic";
  return nullptr;
}

Tensor resize_batch(const Tensor& images, const Tensor& size, std::string_view method, bool antialias) {
  const Attrs centers{{"half_pixel_centers", true}};
  if (const auto* kernel = kernel_of(method, antialias)) {
    const auto scale = cast(size, DType::float32) / cast(slice(shape(images), {1}, {2}), DType::float32);
    const auto none = Tensor::from<float>({2}, {0, 0});
    return call_op1("ScaleAndTranslate", {images, size, scale, none},
                    {{"kernel_type", kernel}, {"antialias", antialias}});
  }
  if (method == "bilinear") return call_op1("ResizeBilinear", {images, size}, centers);
  if (method == "nearest") return call_op1("ResizeNearestNeighbor", {images, size}, centers);
  if (method == "bicubic") return call_op1("ResizeBicubic", {images, size}, centers);
  if (method == "area") return call_op1("ResizeArea", {images, size});
  throw ValueError("Resize method is not implemented: " + std::string(method));
}

}  // namespace

Tensor resize(const Tensor& images, const Tensor& size, std::string_view method, bool antialias) {
  const auto& s = images.shape();
  if (!s.has_rank() || (s.rank() != 3 && s.rank() != 4)) {
    throw ValueError("'images' must have either 3 or 4 dimensions. Received: " + s.to_string());
  }
  if (s.rank() == 4) return resize_batch(images, size, method, antialias);
  return squeeze(resize_batch(expand_dims(images, 0), size, method, antialias), {0});
}

Tensor resize(const Tensor& images, std::int64_t height, std::int64_t width, std::string_view method, bool antialias) {
  const auto size =
      Tensor::from<std::int32_t>({2}, {static_cast<std::int32_t>(height), static_cast<std::int32_t>(width)});
  return resize(images, size, method, antialias);
}

Tensor projective_transform(const Tensor& images, const Tensor& transforms, const Tensor& output_size,
                            std::string_view interpolation, std::string_view fill_mode, double fill_value) {
  const bool plain = fill_value == 0 && fill_mode != "nearest";
  if (plain && current_target() == Target::tf22) {  // whose TensorFlow has no newer one
    return call_op1("ImageProjectiveTransformV2", {images, transforms, output_size},
                    {{"interpolation", upper(interpolation)}, {"fill_mode", upper(fill_mode)}});
  }
  return call_op1("ImageProjectiveTransformV3",
                  {images, transforms, output_size, Tensor::scalar(static_cast<float>(fill_value))},
                  {{"interpolation", upper(interpolation)}, {"fill_mode", upper(fill_mode)}});
}

}  // namespace hornbeam::ops
