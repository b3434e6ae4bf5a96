#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

using Sizes = std::vector<std::int64_t>;

void call_conv_on(const LayerRef& layer, const Shape& shape) { layer(Input(shape, {.name = "i"})); }
void transposed(const ConvTransposeOptions& options, const Sizes& kernel_size = {3}) {
  Conv2DTranspose(2, kernel_size, options);
}
void depthwise(const DepthwiseConvOptions& options) { DepthwiseConv1D(3, options); }
void local(const LocallyConnectedOptions& options, const Sizes& kernel_size = {3}) {
  LocallyConnected2D(2, kernel_size, options);
}
void lstm(const ConvLSTMOptions& options, const Sizes& kernel_size = {3}) { ConvLSTM2D(2, kernel_size, options); }

}  // namespace

std::vector<WrongCall> wrong_conv() {
  return {
      {"conv_transpose_filters_zero", [] { Conv2DTranspose(0, 3); }},
      {"conv_transpose_kernel_length",
       [] {
         transposed({}, {3, 3, 3});
       }},
      {"conv_transpose_strides_zero", [] { transposed({.strides = {0}}); }},
      {"conv_transpose_padding", [] { transposed({.padding = "foo"}); }},
      {"conv_transpose_causal", [] { transposed({.padding = "causal"}); }},
      {"conv_transpose_data_format", [] { transposed({.data_format = "foo"}); }},
      {"conv_transpose_strides_and_dilation", [] { transposed({.strides = {2}, .dilation_rate = {2}}); }},
      {"conv_transpose_output_padding", [] { transposed({.strides = {2}, .output_padding = Sizes{2}}); }},
      {"conv_transpose_output_padding_one",
       [] {
         transposed({.strides = {2, 1}, .output_padding = Sizes{1, 1}});
       }},
      {"conv_transpose_output_padding_length",
       [] {
         transposed({.strides = {2}, .output_padding = Sizes{1, 1, 1}});
       }},
      {"conv_transpose_rank",
       [] {
         call_conv_on(Conv2DTranspose(2, 3, {.name = "c"}), {5, 5});
       }},
      {"conv_transpose_unknown_channels",
       [] {
         call_conv_on(Conv2DTranspose(2, 3, {.name = "c"}), {5, 5, None});
       }},
      {"conv1d_transpose_rank",
       [] {
         call_conv_on(Conv1DTranspose(2, 3, {.name = "c"}), {5, 5, 2});
       },
       "Input 0 of layer c is incompatible with the layer: expected ndim=3, found ndim=4."},
      {"conv1d_transpose_output_padding", [] { Conv1DTranspose(2, 3, {.output_padding = Sizes{1}}); },
       "Stride (1,) must be greater than output padding (1,)"},
      {"conv3d_transpose_output_padding", [] { Conv3DTranspose(2, 3, {.output_padding = Sizes{1}}); }},

      {"depthwise1d_multiplier", [] { depthwise({.depth_multiplier = 0}); }},
      {"depthwise1d_kernel_zero", [] { DepthwiseConv1D(0); }},
      {"depthwise1d_padding", [] { depthwise({.padding = "foo"}); }},
      {"depthwise1d_causal", [] { depthwise({.padding = "causal"}); },
       "Causal padding is only supported for `Conv1D`and ``SeparableConv1D`."},
      {"depthwise1d_strides_and_dilation", [] { depthwise({.strides = {2}, .dilation_rate = {2}}); }},
      {"depthwise1d_rank",
       [] {
         call_conv_on(DepthwiseConv1D(3, {.name = "c"}), {5, 5, 2});
       },
       "Input 0 of layer c is incompatible with the layer: expected ndim=3, found ndim=4."},
      {"depthwise1d_unknown_channels",
       [] {
         call_conv_on(DepthwiseConv1D(3, {.name = "c"}), {5, None});
       },
       "The channel dimension of the inputs to `DepthwiseConv1D` should be defined."},

      {"locally_connected_same", [] { local({.padding = "same"}); }},
      {"locally_connected_padding", [] { local({.padding = "foo"}); }},
      {"locally_connected_kernel_length",
       [] {
         local({}, {3, 3, 3});
       }},
      {"locally_connected_data_format", [] { local({.data_format = "foo"}); }},
      {"locally_connected_strides_length",
       [] {
         local({.strides = {1, 1, 1}});
       }},
      {"locally_connected_implementation", [] { local({.implementation = 4}); }},
      {"locally_connected_unknown_size",
       [] {
         call_conv_on(LocallyConnected2D(2, 3, {.name = "c"}), {5, None, 1});
       }},
      {"locally_connected_too_small",
       [] {
         call_conv_on(LocallyConnected2D(2, 3, {.name = "c"}), {2, 2, 1});
       },
       "One of the dimensions in the output is <= 0 due to downsampling in c."},
      {"locally_connected_rank",
       [] {
         call_conv_on(LocallyConnected2D(2, 3, {.name = "c"}), {5, 5});
       }},
      {"locally_connected1d_same", [] { LocallyConnected1D(2, 3, {.padding = "same"}); }},

      {"conv_lstm_kernel_length",
       [] {
         lstm({}, {3, 3, 3});
       }},
      {"conv_lstm_padding", [] { lstm({.padding = "foo"}); }},
      {"conv_lstm_data_format", [] { lstm({.data_format = "foo"}); }},
      {"conv_lstm_unroll", [] { lstm({.unroll = true}); }},
      {"conv_lstm_activation", [] { lstm({.activation = "foo"}); }},
      {"conv_lstm_strides_and_dilation", [] { lstm({.strides = {2}, .dilation_rate = {2}}); },
       "`strides > 1` not supported in conjunction with `dilation_rate > 1`."},
      {"conv_lstm_rank",
       [] {
         call_conv_on(ConvLSTM2D(2, 3, {.name = "c"}), {4, 5, 5});
       }},
      {"conv_lstm_unknown_channels",
       [] {
         call_conv_on(ConvLSTM2D(2, 3, {.name = "c"}), {4, 5, 5, None});
       }},
      {"conv_lstm_too_small",
       [] {
         call_conv_on(ConvLSTM2D(2, 3, {.name = "c"}), {4, 2, 2, 1});
       },
       "Negative dimension size caused by subtracting 3 from 2"},
      {"conv_lstm_stateful_unknown_batch",
       [] {
         call_conv_on(ConvLSTM2D(2, 3, {.stateful = true, .name = "c"}), {4, 5, 5, 1});
       }},
      {"conv_lstm_not_stateful",
       [] {
         const ConvLSTM2D layer(2, 3, {.name = "c"});
         layer(Tensor::zeros(DType::float32, {1, 4, 5, 5, 1}));
         layer->reset_states();
       }},
  };
}

}  // namespace hornbeam::testing_support
