#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {

std::vector<WrongCall> wrong_arguments() {
  return {
      {"dense_units_zero", [] { Dense(0); }},
      {"dense_units_negative", [] { Dense(-1); }},
      {"unknown_argument",
       [] {
         Dense::from_config({{"units", 3}, {"foo", 1}});
       }},
      {"dropout_rate", [] { Dropout(2); }, "Invalid value 2.0 received for `rate`"},
      {"dropout_rate_negative", [] { Dropout(-0.5); }},
      {"conv_filters_zero", [] { Conv2D(0, 3); }},
      {"conv_filters_negative", [] { Conv2D(-2, 3); }},
      {"conv_kernel_zero", [] { Conv2D(2, 0); }},
      {"conv_kernel_length",
       [] {
         Conv2D(2, {3, 3, 3});
       }},
      {"conv_strides_zero", [] { Conv2D(2, 3, {.strides = {0}}); }},
      {"conv_padding", [] { Conv2D(2, 3, {.padding = "foo"}); }},
      {"conv_causal_2d", [] { Conv2D(2, 3, {.padding = "causal"}); }},
      {"conv_strides_and_dilation", [] { Conv2D(2, 3, {.strides = {2}, .dilation_rate = {2}}); }},
      {"conv_data_format", [] { Conv2D(2, 3, {.data_format = "foo"}); }},
      {"conv_groups", [] { Conv2D(3, 3, {.groups = 2}); },
       "The number of filters must be evenly divisible by the number of groups."},
      {"pool_padding", [] { MaxPooling2D({.padding = "foo"}); }},
      {"pool_size_length",
       [] {
         MaxPooling2D({.pool_size = {2, 2, 2}});
       }},
      {"embedding_zero", [] { Embedding(0, 3); }},
      {"embedding_output_zero", [] { Embedding(3, 0); }},
      {"relu_negative_max", [] { ReLU({.max_value = -1}); }},
      {"relu_negative_slope", [] { ReLU({.negative_slope = -1}); }},
      {"thresholded_relu_negative",
       [] {
         const TargetScope scope(Target::tf215);
         ThresholdedReLU({.theta = -0.5});
       }},
      {"leaky_relu_negative",
       [] {
         const TargetScope scope(Target::keras3);
         LeakyReLU({.alpha = -0.5});
       }},
      {"permute_dims",
       [] {
         Permute({1, 3});
       }},
      {"zero_padding_length",
       [] {
         ZeroPadding2D::from_config({{"padding", std::vector<std::int64_t>{1, 2, 3}}});
       }},
      {"batch_norm_axis_text",
       [] {
         BatchNormalization::from_config({{"axis", "a"}});
       }},
      {"layer_norm_axis_text",
       [] {
         LayerNormalization::from_config({{"axis", "a"}});
       }},
      {"flatten_data_format", [] { Flatten({.data_format = "foo"}); }},
      {"variance_scaling_mode", [] { initializers::VarianceScaling({.mode = "foo"}); }},
      {"variance_scaling_distribution", [] { initializers::VarianceScaling({.distribution = "foo"}); }},
      {"variance_scaling_scale", [] { initializers::VarianceScaling({.scale = -1}); }},
      {"orthogonal_rank", [] { (*initializers::Orthogonal())({3}, DType::float32); }},
      {"identity_rank",
       [] {
         (*initializers::Identity())({3, 3, 3}, DType::float32);
       }},
      {"initializer_int_dtype", [] { (*initializers::RandomNormal())({2}, DType::int32); }},
  };
}

}  // namespace hornbeam::testing_support
