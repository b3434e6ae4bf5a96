// Layers of the configs that errors.json holds itself ("layer"), called on what it says ("on").
#include <map>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/errors/recorded_errors.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {
namespace {

// What our words begin with, where Keras's have no meaning here (reprs of Python objects, slips).
// They are later versions' where 2.2's are TensorFlow's, about its ops.
const std::map<std::string, const char*> kOurs = {
    {"hue_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"saturation_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"posterization_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"degeneration_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"sharpness_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"rand_augment_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"aug_mix_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"erasing_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"invert_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"blur_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"perspective_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"cut_mix_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(2, 5)"},
    {"random_crop_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(None, 5)"},
    {"random_flip_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(None, 5)"},
    {"random_rotation_rank",
     "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=(None, 5)"},
    {"upsampling3d_rank", "Input 0 of layer l is incompatible with the layer: expected ndim=5, found ndim=4."},
    {"stft_rank", "Input 0 of layer l is incompatible with the layer: expected ndim=3, found ndim=2."},
    {"adaptive1d_rank", "Input 0 of layer l is incompatible with the layer: expected ndim=3, found ndim=2."},
    {"adaptive3d_rank", "Input 0 of layer l is incompatible with the layer: expected ndim=5, found ndim=4."},
    {"reshape_impossible_values",
     "total size of new array must be unchanged, input_shape = [3, 3], output_shape = [4, 2]"},
    {"softmax_axis", "Dimension (5) must be in the range [-2, 2) where 2 is the number of dimensions in the input."},
    {"prelu_shared_axes", "Invalid value for argument `shared_axes` of PReLU: [5]."},
    {"prelu_unknown", "Shape of weight 'alpha' of layer 'l' is not fully known: (None, 3)"},
    {"embedding_negative",
     "Both `input_dim` and `output_dim` should be positive, Received input_dim = -3 and output_dim = 2"},
    {"pool_strides_zero", "The argument `strides` cannot contains 0(s). Received: (0, 0)"},
    {"pool_strides_negative",
     "The `strides` argument must be a tuple of 2 integers. Received: -1 including {-1} that does not satisfy the "
     "requirement `>= 0`."},
    {"pool_size_zero",
     "The `pool_size` argument must be a tuple of 2 integers. Received: 0 including {0} that does not satisfy the "
     "requirement `> 0`."},
    {"pool_size_negative",
     "The `pool_size` argument must be a tuple of 2 integers. Received: -1 including {-1} that does not satisfy the "
     "requirement `> 0`."},
    {"batch_norm_repeated_axis", "Duplicate axis: (1, 1)"},
    {"layer_norm_unknown", "Input has undefined `axis` dimension. Input shape: (None, None)"},
    {"normalization_axis", "All `axis` values must be in the range [-ndim, ndim). Found ndim: `2`"},
    {"normalization_unknown", "All `axis` values to be kept must have known shape."},
    {"resizing_rank", "'images' must have either 3 or 4 dimensions."},
    {"resizing_negative", "`height` and `width` must be positive"},
    {"center_crop_negative", "`height` and `width` must be positive"},
    {"center_crop_rank", "Expected an image array with shape `(height, width, channels)`"},
    {"rescaling_none", "Rescaling: `scale` must be a number"},
    {"random_translation_fill",
     "Unknown `fill_mode` foo. Only `reflect`, `wrap`, `constant` and `nearest` are supported."},
    {"group_norm_groups_negative", "Received an invalid value for argument `groups`, expected a positive integer"},
    {"group_norm_groups_zero", "Received an invalid value for argument `groups`, expected a positive integer"},
    {"adaptive3d_length", "`output_size` must be an integer or (depth, height, width) tuple. Received: (2, 3)"},
    {"adaptive2d_zero", "`output_size` must be positive"},
    {"adaptive2d_negative", "`output_size` must be positive"},
    {"adaptive2d_data_format",
     "The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: foo"},
    {"hue_data_format",
     "The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: foo"},
    {"mix_up_data_format",
     "The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: foo"},
    {"stft_data_format",
     "The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: foo"},
    {"rms_norm_axis", "Invalid axis: 4."},
    {"rms_norm_negative_axis", "Invalid axis: -2."},
    {"rms_norm_unknown", "Input has undefined `axis` dimension. Input shape: (None, 5, None)"},
    {"rms_norm_axis_text", "expected int or list of ints, found str"},
    {"grayscale_factor_three", "RandomGrayscale: the value of 'factor' cannot be used: [0.1, 0.2, 0.3]"},
    {"equalization_value_range_three",
     "The `value_range` argument should be a list of two numbers. Received: value_range=(1, 2, 3)"},
    {"elastic_fill_mode", "Unknown `fill_mode` foo. Expected of one {"},
    {"blur_kernel_zero", "kernel_size must be an odd number. Received: kernel_size=(0, 0)"},
    {"hue_channels_trained", "input must have 3 channels"},
    {"stft_window", "Unknown window type: foo"},
    {"stft_window_on", "Unknown window type: foo"},
    {"stft_too_short", "Negative dimension size caused by subtracting 16 from 8"},
    {"stft_channels", "STFTSpectrogram needs a known number of channels."},
    {"mel_stride_zero", "`sequence_stride` must be positive"},
    {"mel_values_stride_zero", "`sequence_stride` must be positive"},
    {"mel_values_bins_zero", "`num_mel_bins` must be positive"},
};

Shape shape_of(const Config& dims) {
  Shape shape;
  field_from_config(dims, shape);
  return shape;
}

// Under the conventions of the first Keras that refuses it: others may take it.
void make_and_call(const Config& row) {
  const auto refuses = [&](const char* producer) { return row.has(producer) && row.at(producer).has("error"); };
  const TargetScope target(refuses("tf-2.2.3") ? Target::tf22 : refuses("tf-2.15.1") ? Target::tf215 : Target::keras3);
  const auto layer = layers::deserialize(row.at("layer"));
  const auto* on = row.find("on");
  if (!on) return;
  if (const auto* shape = on->find("Input")) {
    layer(Input(shape_of(*shape), {.name = "i"}));
    return;
  }
  const auto ones = ops::ones(shape_of(on->at("ones")), DType::float32);
  layer(ones, {.training = true});
}

}  // namespace

std::vector<WrongCall> wrong_configs() {
  static const auto all = Config::parse(read_file(test_data("keras") + "/errors.json"));
  std::vector<WrongCall> calls;
  for (const auto& [name, row] : all.as_dict()) {
    if (!row.has("layer")) continue;
    const auto ours = kOurs.find(name);
    calls.push_back({name.c_str(), [&row = row] { make_and_call(row); }, ours == kOurs.end() ? "" : ours->second});
  }
  return calls;
}

std::vector<WrongCall> wrong_merges_and_values() {
  const auto two = [](const LayerRef& layer) { layer({Input({3}, {.name = "a"}), Input({4}, {.name = "b"})}); };
  return {
      {"subtract_one", [] { Subtract({.name = "l"})(Values(std::vector<Tensor>{Input({3}, {.name = "i"})})); }},
      {"maximum_mismatch", [=] { two(Maximum({.name = "l"})); }},
      {"minimum_mismatch", [=] { two(Minimum({.name = "l"})); }},
      {"average_mismatch", [=] { two(Average({.name = "l"})); }},
      {"multiply_mismatch", [=] { two(Multiply({.name = "l"})); }},
      {"subtract_mismatch", [=] { two(Subtract({.name = "l"})); }},
      {"concatenate_axis_0",
       [] {
         Concatenate({.axis = 0, .name = "c"})(
             {Tensor::zeros(DType::float32, {2, 3}), Tensor::zeros(DType::float32, {2, 4})});
       }},
      {"embedding_out_of_range",
       [] {
         Embedding(3, 2)(Tensor::from<std::int64_t>({1, 2}, {0, 5}));
       }},
      {"embedding_negative_index",
       [] {
         Embedding(3, 2)(Tensor::from<std::int64_t>({1, 2}, {0, -1}));
       }},
      {"spectral_norm_negative", [] { SpectralNormalization(Dense(2), {.power_iterations = -1}); }},
      {"normalization_adapt_given",
       [] {
         const auto layer = Normalization::from_config({{"mean", 1.0}, {"variance", 1.0}});
         layer->adapt(Tensor::zeros(DType::float32, {2, 3}));
       }},
  };
}

}  // namespace hornbeam::testing_support
