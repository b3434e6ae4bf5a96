#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

void call_image_on(const LayerRef& layer, const Shape& shape) { layer(Input(shape, {.name = "i"})); }

}  // namespace

std::vector<WrongCall> wrong_image() {
  return {
      {"group_norm_channels",
       [] {
         call_image_on(GroupNormalization({.groups = 4}), {5, 3});
       }},
      {"group_norm_multiple",
       [] {
         call_image_on(GroupNormalization({.groups = 2}), {5, 3});
       }},
      {"group_norm_unknown",
       [] {
         call_image_on(GroupNormalization({.groups = 2}), {5, None});
       }},
      {"group_norm_axis",
       [] {
         call_image_on(GroupNormalization({.groups = 2, .axis = 4}), {5, 4});
       }},
      {"unit_norm_axis",
       [] {
         call_image_on(UnitNormalization({.axis = {4}}), {5, 4});
       }},
      {"unit_norm_type",
       [] {
         UnitNormalization::from_config(Config{{"axis", "a"}});
       }},
      {"spectral_norm_iterations", [] { SpectralNormalization(Dense(2), {.power_iterations = 0}); }},
      {"spectral_norm_kernel",
       [] {
         call_image_on(SpectralNormalization(Flatten()), {3, 2});
       }},
      {"resizing_method", [] { Resizing(2, 3, {.interpolation = "foo"}); }},
      {"random_flip_mode", [] { RandomFlip("foo", {.name = "f"}); }},
      // Keras 2.2 knows one mode.
      {"random_rotation_fill", [] { RandomRotation(0.1, {.fill_mode = "foo"}); },
       "Unknown `fill_mode` foo. Only `reflect`, `wrap`, `constant` and `nearest` are supported."},
      {"random_rotation_interpolation", [] { RandomRotation(0.1, {.interpolation = "foo"}); }},
      {"random_translation_order",
       [] {
         RandomTranslation(std::vector<double>{0.2, 0.1}, 0.1);
       }},
      {"random_translation_range", [] { RandomTranslation(1.5, 0.1); }},
      {"random_zoom_range", [] { RandomZoom(1.5); }},
      {"random_contrast_negative", [] { RandomContrast(-0.5); }},
      {"random_brightness_range", [] { RandomBrightness(2.0); }},
      {"random_brightness_values",
       [] {
         RandomBrightness(0.2, std::vector<std::int64_t>{1, 2, 3});
       }},
      {"random_height_order",
       [] {
         RandomHeight(std::vector<double>{0.5, 0.1});
       }},
      {"adaptive1d_length",
       [] {
         AdaptiveMaxPooling1D({.output_size = {2, 3}});
       }},
      // Python's types have no meaning here.
      {"adaptive2d_length",
       [] {
         AdaptiveMaxPooling2D({.output_size = {2, 3, 4}});
       },
       "`output_size` must be an integer or (height, width) tuple. Received: (2, 3, 4)"},
  };
}

}  // namespace hornbeam::testing_support
