// Activations of one's own in recurrent layers, also under the name of a built-in one: what was given is what runs.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/layers/waves.h"

using namespace hornbeam;
using hornbeam::testing_support::waves;

namespace {

Tensor half(const Tensor& x) { return x * 0.5; }

// What the layer gives when its weights are waves.
Tensor output_of(const LayerRef& layer) {
  const auto x = waves({2, 5, 3});
  layer(x);
  std::vector<Tensor> values;
  for (const auto& w : layer->weights()) values.push_back(waves(w->shape()));
  layer->set_weights(values);
  return layer(x).tensor();
}

double greatest_difference(const Tensor& a, const Tensor& b) {
  return ops::reduce_max(ops::abs(a - b)).data<float>()[0];
}

template <class Make>
void expect_own_activation_runs(const Make& make) {
  const auto builtin = output_of(make("tanh"));
  const Activation same("mine", [](const Tensor& x) { return activations::tanh(x); });
  EXPECT_LT(greatest_difference(output_of(make(same)), builtin), 1e-6);
  const auto expected = output_of(make(Activation("half", half)));
  EXPECT_GT(greatest_difference(expected, builtin), 1e-3);
  EXPECT_EQ(greatest_difference(output_of(make(Activation("tanh", half))), expected), 0);
  const CustomObjectScope scope({{"tanh", Activation("tanh", half)}});
  EXPECT_EQ(greatest_difference(output_of(make("tanh")), expected), 0);
}

TEST(RecurrentActivations, OfOnesOwn) {
  expect_own_activation_runs([](const Activation& a) { return LayerRef(SimpleRNN(4, {.activation = a})); });
  expect_own_activation_runs([](const Activation& a) { return LayerRef(LSTM(4, {.activation = a})); });
  expect_own_activation_runs([](const Activation& a) { return LayerRef(GRU(4, {.activation = a})); });
  expect_own_activation_runs(
      [](const Activation& a) { return LayerRef(GRU(4, {.activation = "softsign", .recurrent_activation = a})); });
}

}  // namespace
