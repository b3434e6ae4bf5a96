#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

void call_on(const LayerRef& layer, const Shape& shape) { layer(Input(shape, {.name = "i"})); }
LayerRef built(const LayerRef& layer, const Shape& shape) {
  call_on(layer, shape);
  return layer;
}
Values two(const Shape& a, const Shape& b) { return {Input(a, {.name = "a"}), Input(b, {.name = "b"})}; }

}  // namespace

std::vector<WrongCall> wrong_shapes() {
  return {
      {"dense_rank", [] { call_on(Dense(3, {.name = "d"}), {}); }},
      {"dense_unknown_last", [] { call_on(Dense(3, {.name = "d"}), {None}); }},
      {"conv2d_rank",
       [] {
         const TargetScope scope(Target::tf22);  // 2.15 speaks of a least rank
         call_on(Conv2D(2, 3, {.name = "c"}), {5, 5});
       }},
      {"conv1d_rank",
       [] {
         const TargetScope scope(Target::tf22);  // 2.15 takes it
         call_on(Conv1D(2, 3, {.name = "c"}), {5, 5, 5});
       }},
      {"conv2d_unknown_channels",
       [] {
         call_on(Conv2D(2, 3, {.name = "c"}), {5, 5, None});
       }},
      {"conv2d_too_small",
       [] {
         call_on(Conv2D(2, 3, {.name = "c"}), {2, 2, 1});
       }},
      {"conv2d_groups_channels",
       [] {
         call_on(Conv2D(4, 3, {.groups = 2, .name = "c"}), {5, 5, 3});
       },
       "The number of input channels must be evenly divisible by the number of groups."},
      {"depthwise_rank",
       [] {
         call_on(DepthwiseConv2D(3, {.name = "c"}), {5, 5});
       }},
      {"separable_rank",
       [] {
         call_on(SeparableConv2D(2, 3, {.name = "c"}), {5, 5});
       }},
      {"max_pooling2d_rank",
       [] {
         call_on(MaxPooling2D({.name = "p"}), {5, 5});
       }},
      {"average_pooling1d_rank", [] { call_on(AveragePooling1D({.name = "p"}), {5}); }},
      {"max_pooling2d_too_small",
       [] {
         call_on(MaxPooling2D({.pool_size = {3}, .name = "p"}), {2, 2, 1});
       }},
      {"global_pooling_rank",
       [] {
         call_on(GlobalAveragePooling2D({.name = "p"}), {5, 5});
       }},
      {"padding2d_rank",
       [] {
         call_on(ZeroPadding2D(1, {.name = "z"}), {5, 5});
       }},
      {"repeat_vector_rank",
       [] {
         call_on(RepeatVector(2, {.name = "r"}), {5, 5});
       }},
      {"permute_rank",
       [] {
         call_on(Permute({2, 1}, {.name = "p"}), {5, 5, 5});
       }},
      {"reshape_impossible",
       [] {
         call_on(Reshape({4, 2}, {.name = "r"}), {3, 3});
       },
       "total size of new array must be unchanged, input_shape = [3, 3], output_shape = [4, 2]"},
      {"reshape_impossible_minus_one",
       [] {
         call_on(Reshape({-1, 2}, {.name = "r"}), {3, 3});
       },
       "total size of new array must be unchanged, input_shape = [3, 3], output_shape = [-1, 2]"},
      {"reshape_two_unknown",
       [] {
         call_on(Reshape({-1, -1}, {.name = "r"}), {3, 3});
       },
       "There must be at most one unknown dimension in output_shape. Received: output_shape=[-1, -1]."},
      {"batch_norm_axis", [] { call_on(BatchNormalization({.axis = {4}, .name = "b"}), {3}); }},
      {"batch_norm_unknown_axis", [] { call_on(BatchNormalization({.name = "b"}), {None}); },
       "Input has undefined `axis` dimension. Input shape: (None, None)"},
      {"layer_norm_axis", [] { call_on(LayerNormalization({.axis = {4}, .name = "n"}), {3}); }},
      {"concatenate_one", [] { call_on(Concatenate({.name = "c"}), {3}); }},
      {"add_one", [] { call_on(Add({.name = "a"}), {3}); }},
      {"dense_other_last_axis",
       [] {
         built(Dense(3, {.name = "d"}), {4})(Tensor::zeros(DType::float32, {2, 5}));
       },
       "Input 0 of layer d is incompatible with the layer: expected axis -1 of input shape to have value 4 but "
       "received input with shape [2, 5]"},
      {"dense_other_last_axis_symbolic", [] { call_on(built(Dense(3, {.name = "d"}), {4}), {5}); }},
      {"conv2d_other_channels",
       [] {
         built(Conv2D(2, 3, {.name = "c"}), {5, 5, 3})(Tensor::zeros(DType::float32, {1, 5, 5, 4}));
       },
       "Input 0 of layer c is incompatible with the layer: expected axis -1 of input shape to have value 3 but "
       "received input with shape [1, 5, 5, 4]"},
      {"batch_norm_other_axis",
       [] {
         built(BatchNormalization({.name = "b"}), {4})(Tensor::zeros(DType::float32, {2, 5}));
       },
       "Input 0 of layer b is incompatible with the layer: expected axis 1 of input shape to have value 4 but "
       "received input with shape [2, 5]"},
      {"concatenate_mismatch",
       [] {
         Concatenate({.name = "c"})(two({2, 3}, {4, 3}));
       }},
      {"concatenate_ranks",
       [] {
         Concatenate({.name = "c"})(two({2, 3}, {3}));
       }},
      {"concatenate_axis",
       [] {
         Concatenate({.axis = 5, .name = "c"})(two({2, 3}, {2, 3}));
       },
       "A `Concatenate` layer requires inputs with matching shapes except for the concat axis."},
      {"add_mismatch", [] { Add({.name = "a"})(two({3}, {4})); }},
      {"add_batch_mismatch",
       [] {
         Add({.name = "a"})({Input({3}, {.batch_size = 2}), Input({3}, {.batch_size = 4})});
       }},
      {"subtract_three",
       [] {
         Subtract({.name = "s"})({Input({3}), Input({3}), Input({3})});
       }},
      {"layer_two_inputs", [] { Dense(3, {.name = "d"})(two({3}, {3})); }},
      {"softmax_activation_rank",
       [] {
         activations::softmax(Tensor::from<float>({2}, {1, 2}));
       }},
  };
}

}  // namespace hornbeam::testing_support
