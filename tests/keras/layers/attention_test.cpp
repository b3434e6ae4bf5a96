// Attention layers, Dot, EinsumDense and ReversibleEmbedding against what real Keras computed: outputs, masks, losses
// and gradients.
#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/call_scope.h"
#include "keras/recorded.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/dialect_write.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

constexpr double kAttentionRtol = 2e-5, kAttentionAtol = 2e-6;

// One recorded call.
class AttentionRow {
 public:
  AttentionRow(const Recorded& recorded, const Config& row)
      : recorded_(recorded),
        row_(row),
        target_(recorded.producer == "tf-2.2.3"    ? Target::tf22
                : recorded.producer == "tf-2.15.1" ? Target::tf215
                                                   : Target::keras3),
        generation_(recorded.producer.starts_with("keras-3") ? Generation::keras3 : Generation::keras2) {
    backend::clear_session();
    name = recorded.producer + ": " + row.at("name").as_string();
    layer = layers::deserialize(row.at("layer"));
    // Of its own each, also where the same array is recorded twice.
    for (const auto& value : arrays("values")) values.push_back(value + 0);
    for (const auto& key : row.at("masks").as_list()) masks.push_back(key.is_null() ? Tensor() : array(key));
    options.kwargs = row.at("kwargs");
    for (const auto& [key, value] : row.at("named").as_dict()) options.tensors.emplace(key, array(value));
  }

  Tensor array(const Config& key) const { return recorded_.arrays.at(key.as_string()); }
  std::vector<Tensor> arrays(const char* list) const {
    std::vector<Tensor> all;
    for (const auto& key : row_.at(list).as_list()) all.push_back(array(key));
    return all;
  }
  Values call() const {
    Values::List items;
    for (std::size_t i = 0; i < values.size(); ++i) items.emplace_back(values[i], masks[i]);
    return layer(items.size() == 1 ? items[0] : Values(std::move(items)), options);
  }
  void expect(const std::vector<Tensor>& got, const char* list) const {
    const auto want = arrays(list);
    ASSERT_EQ(got.size(), want.size()) << name << ", " << list;
    for (std::size_t i = 0; i < got.size(); ++i) {
      // Scores of half precision differ in their last bit.
      const bool half = want[i].dtype() == DType::float16;
      expect_close(got[i], want[i], half ? 1e-3 : kAttentionRtol, half ? 1e-3 : kAttentionAtol,
                   name + ", " + list + " " + std::to_string(i));
    }
  }
  void check() const {
    call();
    layer->set_weights(arrays("weights"));
    Values outputs;
    std::vector<Tensor> losses;
    GradientTape tape({.persistent = true});
    std::vector<Tensor> inputs;
    for (const auto& value : values) {
      if (!is_floating(value.dtype())) continue;
      tape.watch(value);
      inputs.push_back(value);
    }
    Tensor loss;
    {
      CallScope collector(false);
      outputs = call();
      losses = collector.losses();
      for (const auto& y : outputs.flatten()) {
        const auto n = ops::cast(ops::range(0, y.shape().num_elements()), DType::float32);
        const auto sum = ops::reduce_sum(ops::cast(y, DType::float32) * ops::cos(ops::reshape(n, y.shape())));
        loss = loss.defined() ? loss + sum : sum;
      }
    }
    expect(outputs.flatten(), "outputs");
    const auto mask = outputs.flatten_masks().at(0);
    ASSERT_EQ(mask.defined(), !row_.at("output_mask").is_null()) << name;
    if (mask.defined()) expect_close(mask, array(row_.at("output_mask")), 0, 0, name + ", mask");
    EXPECT_NEAR(added_losses(losses), row_.at("loss").as_double(), 1e-5) << name;
    const GradientOptions zeros{.unconnected_gradients = UnconnectedGradients::zero};
    expect(tape.gradient(loss, inputs, zeros), "input_gradients");
    expect(tape.gradient(loss, layer->trainable_weights(), zeros), "weight_gradients");
  }

  std::string name;
  LayerRef layer;
  std::vector<Tensor> values, masks;
  CallOptions options;

 private:
  // What calls added, and regularizers of weights.
  double added_losses(const std::vector<Tensor>& losses) const {
    double sum = 0;
    for (const auto& t : losses) sum += ops::cast(t, DType::float64).data<double>()[0];
    const auto add = [&](const Layer& of, const auto& self) -> void {
      for (const auto& weight : of.own_weights()) {
        if (weight.regularizer) sum += (*weight.regularizer)(Tensor(weight.variable)).template data<float>()[0];
      }
      for (const auto& part : of.sublayers()) self(*part, self);
    };
    add(*layer, add);
    return sum;
  }
  const Recorded& recorded_;
  const Config& row_;
  TargetScope target_;
  GenerationScope generation_;
};

class RecordedAttention : public testing::TestWithParam<const char*> {};

TEST_P(RecordedAttention, GivesKerasNumbers) {
  const Recorded recorded("attention", GetParam());
  ASSERT_GT(recorded.json.size(), 30U);
  for (const auto& row : recorded.json.as_list()) AttentionRow(recorded, row).check();
}

TEST_P(RecordedAttention, ConfigsSayWhatKerasConfigsSay) {
  const Recorded recorded("attention", GetParam());
  for (const auto& row : recorded.json.as_list()) {
    const AttentionRow one(recorded, row);
    one.call();
    const auto dialect = dialect_for(name_of(current_target()), "");
    expect_says(to_dialect(*one.layer, dialect).at("config"), unwrapped(row.at("config")), one.name);
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedAttention, testing::ValuesIn(kProducers));

}  // namespace
