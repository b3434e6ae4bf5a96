// Cells of one's own: with constants, with states of several shapes, with outputs that are no state, over dicts.
#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/layers/waves.h"

using namespace hornbeam;
using hornbeam::testing_support::waves;

namespace {

// h = tanh(x w + h u + sum of the constants' rows), output 2 h: no state.
class ConstantCell final : public RNNCell {
 public:
  static constexpr const char* kClassName = "ConstantCell";
  explicit ConstantCell(std::int64_t units) : RNNCell(LayerOptions{}), units_(units) {}
  explicit ConstantCell(const Config& config)
      : RNNCell(layer_options_from(config)), units_(config.at("units").as_int()) {}
  using Layer::build;
  void build(const Shape& s) override {
    w_ = add_weight("w", {s.back(), units_});
    u_ = add_weight("u", {units_, units_});
  }
  std::vector<Shape> state_size() const override { return {{units_}}; }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override {
    auto z = ops::matmul(x.tensor(), w_) + ops::matmul(states[0], u_);
    const auto& tensors = context.options().tensors;
    if (const auto at = tensors.find("constants"); at != tensors.end()) {
      for (const auto& c : at->second.flatten()) z = z + ops::reduce_sum(c, {1}, true);
    }
    const auto h = ops::tanh(z);
    return {h * 2, {h}};
  }
  Config get_config() const override { return Layer::get_config().set("units", units_); }
  std::string class_name() const override { return kClassName; }

 private:
  std::int64_t units_;
  Variable w_, u_;
};

// The same by hand, over batch first x: all outputs, then the last state.
std::vector<Tensor> by_hand(const RNNCell& cell, const Tensor& x, Tensor h, const std::vector<Tensor>& constants) {
  const Tensor w = cell.weights()[0], u = cell.weights()[1];
  std::vector<Tensor> all;
  for (const auto& step : ops::unstack(x, 1)) {
    auto z = ops::matmul(step, w) + ops::matmul(h, u);
    for (const auto& c : constants) z = z + ops::reduce_sum(c, {1}, true);
    h = ops::tanh(z);
    all.push_back(h * 2);
  }
  return {ops::stack(all, 1), h};
}

void expect_near(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), want[i].shape()) << i;
    for (std::size_t k = 0; k < got[i].data<float>().size(); ++k) {
      ASSERT_NEAR(got[i].data<float>()[k], want[i].data<float>()[k], 1e-5) << i << " at " << k;
    }
  }
}

class OwnCells : public testing::Test {
 protected:
  OwnCells() { backend::clear_session(); }
  const Tensor x = waves({2, 4, 3}), h = waves({2, 5}, 7), a = waves({2, 2}, 1), b = waves({2, 3}, 4);
  const Ref<ConstantCell> cell = make<ConstantCell>(5);
  const RNN layer{cell, {.return_sequences = true, .return_state = true}};
};

TEST_F(OwnCells, Run) {
  const auto got = layer(x).flatten();
  expect_near(got, by_hand(*cell, x, ops::zeros({2, 5}), {}));
  expect_near(layer(x, {.initial_state = Values{h}}).flatten(), by_hand(*cell, x, h, {}));
}

TEST_F(OwnCells, SeeConstants) {
  CallOptions options{.initial_state = Values{h}};
  options.tensors["constants"] = Values{a, b};
  const auto got = layer(x, options).flatten();
  const auto want = by_hand(*cell, x, h, {a, b});
  expect_near(got, want);
  // As one list of inputs, then states, then constants, once the layer knows how many constants there are.
  expect_near(layer(Values{x, h, a, b}).flatten(), want);
}

TEST_F(OwnCells, SeeConstantsInModels) {
  const Tensor ix = Input({None, 3}), ia = Input({2}), ib = Input({3});
  CallOptions options;
  options.tensors["constants"] = Values{ia, ib};
  const auto model = Functional(Values{ix, ia, ib}, layer(ix, options));
  const auto want = by_hand(*cell, x, ops::zeros({2, 5}), {a, b});
  expect_near(model->predict_on_batch(Values{x, a, b}).flatten(), want);
  // And when the model is made again from its config.
  const auto config = model->to_json("tf2.2");
  EXPECT_NE(config.find("\"num_constants\": 2"), std::string::npos) << config;
  CustomObjects objects;
  objects.emplace(ConstantCell::kClassName,
                  LayerFactory([](const Config& c) { return std::make_shared<ConstantCell>(c); }));
  const auto again = models::model_from_json(config, {.custom_objects = objects});
  again->set_weights(model->get_weights());
  expect_near(again->predict_on_batch(Values{x, a, b}).flatten(), want);
}

TEST_F(OwnCells, HaveGradients) {
  layer(x);
  GradientTape tape({.persistent = true});
  tape.watch({x, h, a});
  CallOptions options{.initial_state = Values{h}};
  options.tensors["constants"] = Values{a};
  const auto y = layer(x, options).flatten()[0];
  const auto z = by_hand(*cell, x, h, {a})[0];
  tape.stop();
  const std::vector<Tensor> sources{x, h, a};
  expect_near(tape.gradient(y, sources), tape.gradient(z, sources));
  expect_near(tape.gradient(y, cell->trainable_weights()), tape.gradient(z, cell->trainable_weights()));
}

// States of two ranks; the output is both, in a dict.
class TwoStates final : public RNNCell {
 public:
  TwoStates() : RNNCell(LayerOptions{}) {}
  std::vector<Shape> state_size() const override { return {{3}, {2, 3}}; }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext&) override {
    const auto sum = states[0] + x.tensor();
    const auto outer = states[1] + ops::stack({sum, x.tensor()}, 1);
    return {Values(Values::Dict{{"outer", outer}, {"sum", sum}}), {sum, outer}};
  }
};

TEST(OwnCellsOfManyStates, Run) {
  backend::clear_session();
  const auto x = waves({2, 4, 3});
  const RNN layer(make<TwoStates>(), {.return_sequences = true, .return_state = true});
  const auto got = layer(x);
  ASSERT_EQ(got.size(), 3U);  // the dict of outputs and two states
  Tensor sum = ops::zeros({2, 3}), outer = ops::zeros({2, 2, 3});
  for (const auto& step : ops::unstack(x, 1)) {
    sum = sum + step;
    outer = outer + ops::stack({sum, step}, 1);
  }
  expect_near({got[1].tensor(), got[2].tensor()}, {sum, outer});
  const auto outputs = got[0].flatten();  // by the keys
  EXPECT_EQ(outputs[0].shape(), (Shape{2, 4, 2, 3}));
  expect_near({ops::unstack(outputs[0], 1)[3], ops::unstack(outputs[1], 1)[3]}, {outer, sum});
  // In a model, where the length is not known: one loop.
  const Tensor input = Input({None, 3});
  const auto model = Functional(input, layer(input));
  expect_near(model->predict_on_batch(x).flatten(), got.flatten());
}

}  // namespace
