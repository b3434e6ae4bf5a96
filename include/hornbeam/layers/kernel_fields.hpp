// Fields that several layers have in common, in Keras's order.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

// Of layers with a kernel and a bias. `activity` is the layer's own activity regularizer.
template <class Options, class Activity, class F>
void kernel_fields(Options& o, Activity& activity, F&& f) {
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", activity);
  f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}

// Of layers that move a window.
template <class Options, class F>
void window_fields(Options& o, F&& f) {
  f("strides", o.strides);
  f("padding", o.padding);
  f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate);
}

// What tf.keras's depthwise and separable layers inherit from Conv: some versions write it, and it means nothing.
struct InheritedConvFields {
  std::optional<std::int64_t> groups;
  std::optional<Config> kernel_initializer, kernel_regularizer, kernel_constraint;
};

// Of depthwise and separable layers.
template <class Options, class Inherited, class Activity, class F>
void depthwise_fields(Options& o, Inherited& inherited, Activity& activity, F&& f) {
  window_fields(o, f);
  f.optional("groups", inherited.groups);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  f.optional("kernel_initializer", inherited.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f.optional("kernel_regularizer", inherited.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", activity);
  f.optional("kernel_constraint", inherited.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
  f("depth_multiplier", o.depth_multiplier);
}

}  // namespace hornbeam
