// Layers against what real Keras computed: rows of recorders in tools/record, each a call of a layer, with its weights,
// outputs and gradients.
#pragma once

#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/recorded.h"
#include "keras/serialization/dialect.h"

namespace hornbeam::testing_support {

inline constexpr double kRtol = 2e-5, kAtol = 2e-6;

inline Target target_of(const std::string& producer) {
  return producer == "tf-2.2.3" ? Target::tf22 : producer == "tf-2.15.1" ? Target::tf215 : Target::keras3;
}

// One recorded call.
class Row {
 public:
  Row(const Recorded& recorded, const Config& row)
      : recorded_(recorded),
        row_(row),
        target_(target_of(recorded.producer)),
        generation_(recorded.producer.starts_with("keras-3") ? Generation::keras3 : Generation::keras2) {
    backend::clear_session();
    name = recorded.producer + ": " + row.at("name").as_string();
    x = array(row.at("x"));
    if (!row.at("mask").is_null()) mask = array(row.at("mask"));
    states = arrays("initial_state");
    layer = layers::deserialize(row.at("layer"));
  }

  Tensor array(const Config& key) const { return recorded_.arrays.at(key.as_string()); }
  std::vector<Tensor> arrays(const char* list) const {
    std::vector<Tensor> all;
    for (const auto& key : row_.at(list).as_list()) all.push_back(array(key));
    return all;
  }
  bool has(const char* key) const { return row_.has(key); }
  // As its Keras wrote it.
  const Config& recorded_layer() const { return row_.at("layer"); }
  Target target() const { return target_of(recorded_.producer); }
  bool is_set(const char* flag) const {
    const auto config = layer->get_config();
    const auto* found = config.find(flag);
    return found && *found == Config(true);
  }
  CallOptions options() const {
    CallOptions o;
    if (mask.defined()) o.mask = mask;
    if (!states.empty()) o.initial_state = Values(states);
    if (row_.at("training").as_bool()) o.training = true;
    return o;
  }
  void set_weights() {
    layer(x, options());
    layer->set_weights(arrays("weights"));
    if (layer->stateful()) layer->reset_states();
  }
  void expect(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const std::string& what) const {
    ASSERT_EQ(got.size(), want.size()) << name << ", " << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
      expect_close(got[i], want[i], kRtol, kAtol, name + ", " + what + " " + std::to_string(i));
    }
  }
  void expect_outputs(const Values& y, const char* list = "outputs") const { expect(y.flatten(), arrays(list), list); }

  std::string name;
  LayerRef layer;
  Tensor x, mask;
  std::vector<Tensor> states;

 private:
  const Recorded& recorded_;
  const Config& row_;
  TargetScope target_;
  GenerationScope generation_;
};

// cos(0), cos(1), ... in the tensor's shape.
inline Tensor waves(const Tensor& like) {
  const auto n = like.num_elements();
  return ops::reshape(ops::cos(ops::range(0, n, 1, like.dtype())), like.shape());
}

// Its outputs, and the gradients of their sum weighted by waves.
inline void expect_outputs_and_gradients(Row& row) {
  GradientTape tape({.persistent = true});
  std::vector<Tensor> inputs{row.x};
  inputs.insert(inputs.end(), row.states.begin(), row.states.end());
  tape.watch(inputs);
  const auto y = row.layer(row.x, row.options());
  tape.stop();
  row.expect_outputs(y);
  GradientOptions options;
  for (const auto& t : y.flatten()) options.output_gradients.push_back(waves(t));
  options.unconnected_gradients = UnconnectedGradients::zero;
  row.expect(tape.gradient(y.flatten(), inputs, options), row.arrays("input_gradients"), "input gradient");
  row.expect(tape.gradient(y.flatten(), row.layer->trainable_weights(), options), row.arrays("weight_gradients"),
             "weight gradient");
  if (row.has("again")) row.expect_outputs(row.layer(row.x, row.options()), "again");
}

// The same outputs as a functional model, compiled. `any_size`: of all but the channels, which come last.
inline void expect_outputs_in_a_model(Row& row, bool any_size = false) {
  const auto of = [&](const Tensor& t) {
    std::vector<std::int64_t> dims(t.shape().begin() + 1, t.shape().end());
    if (any_size) std::fill(dims.begin(), dims.end() - 1, None);
    return Shape(dims);
  };
  const auto batch = row.layer->stateful() ? std::optional(row.x.shape()[0]) : std::nullopt;
  std::vector<Tensor> inputs{row.x};
  Values::List symbolic{Input(of(row.x), {.batch_size = batch})};
  CallOptions call;
  if (row.mask.defined()) {
    inputs.push_back(row.mask);
    symbolic.push_back(Input({any_size ? None : row.mask.shape()[1]}, {.dtype = "bool"}));
    call.mask = symbolic.back();
  }
  Values::List states;
  for (const auto& s : row.states) {
    inputs.push_back(s);
    states.push_back(Input(of(s)));
  }
  symbolic.insert(symbolic.end(), states.begin(), states.end());
  if (!states.empty()) call.initial_state = Values(states);
  const auto model = Functional(Values(symbolic), row.layer(symbolic[0], call));
  row.layer->set_weights(row.arrays("weights"));
  row.expect_outputs(model->predict_on_batch(Values(inputs)));
  if (row.has("again")) row.expect_outputs(model->predict_on_batch(Values(inputs)), "again");
}

}  // namespace hornbeam::testing_support
