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

double share_of_zeros(const Tensor& t) {
  double zeros = 0;
  for (const auto v : t.data<float>()) zeros += v == 0;
  return zeros / static_cast<double>(t.shape().num_elements());
}

// Of equal queries every score is 1 / 8 before some are dropped and the rest grows.
TEST(Attention, DropsScoresInTraining) {
  const auto x = ops::ones({4, 64, 8});
  const Attention attention({.dropout = 0.25, .seed = 3});
  const CallOptions options{.training = true, .kwargs = {{"return_attention_scores", true}}};
  const auto scores = attention({x, ops::ones({4, 8, 8})}, options)[1].tensor();
  EXPECT_NEAR(share_of_zeros(scores), 0.25, 0.03);
  for (const auto v : scores.data<float>()) EXPECT_TRUE(v == 0 || std::abs(v - 1.0F / 6) < 1e-6F) << v;
  const auto still = attention({x, ops::ones({4, 8, 8})}, {.kwargs = {{"return_attention_scores", true}}});
  EXPECT_EQ(share_of_zeros(still[1].tensor()), 0);
}

// The scores that are returned are those before; what is dropped shows in the output.
TEST(MultiHeadAttention, DropsScoresInTraining) {
  const auto x = ops::random_normal(ops::shape(ops::ones({2, 6, 4})), DType::float32, 7);
  const MultiHeadAttention attention(2, 3, {.dropout = 0.5});
  const CallOptions inference{.kwargs = {{"return_attention_scores", true}}};
  const CallOptions training{.training = true, .kwargs = {{"return_attention_scores", true}}};
  const auto calm = attention({x, x}, inference), first = attention({x, x}, training),
             second = attention({x, x}, training);
  expect_close(first[1].tensor(), calm[1].tensor(), 1e-6, 1e-7, "scores");
  const auto differs = [](const Values& a, const Values& b) {
    return ops::reduce_max(ops::abs(a[0].tensor() - b[0].tensor())).data<float>()[0] > 1e-3F;
  };
  EXPECT_TRUE(differs(first, calm));
  EXPECT_TRUE(differs(first, second));
  // Over many calls the output is what it is without.
  auto sum = first[0].tensor();
  for (int i = 1; i < 400; ++i) sum = sum + attention({x, x}, training)[0].tensor();
  expect_close(sum / 400.0, calm[0].tensor(), 0, 0.2, "mean");
}

// What one Keras is told by the config and another by the call.
TEST(Attention, IsCausalInEachKeras) {
  const auto x = Input({4, 3}, {.name = "x"});
  const auto model = [&](const Attention& attention, const CallOptions& options = {}) {
    return Functional(x, attention({x, x}, options));
  };
  const auto by_config = model(Attention({.causal = true, .name = "a"}));
  const auto by_call = model(Attention({.name = "a"}), {.kwargs = {{"use_causal_mask", true}}});
  const auto value = ops::random_normal(ops::shape(ops::ones({2, 4, 3})), DType::float32, 5);
  const auto want = by_config->predict(value);
  expect_close(by_call->predict(value), want, 0, 0, "by the call");
  for (const auto& given : {by_config, by_call}) {
    for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
      const auto json = given->to_json(target);
      const auto again = models::model_from_json(json);
      expect_close(again->predict(value), want, 0, 0, target);
      const bool in_config = json.find("\"causal\": true") != std::string::npos;
      const bool in_call = json.find("\"use_causal_mask\": true") != std::string::npos;
      EXPECT_NE(in_config, in_call) << json;
      if (*target == 'k') {
        EXPECT_TRUE(in_call) << json;
      } else if (std::string(target) == "tf2.2") {
        EXPECT_TRUE(in_config) << json;
      }
    }
  }
  const auto scores = Attention({.name = "a"})({x, x}, {.kwargs = {{"return_attention_scores", true}}});
  EXPECT_THROW(Functional(x, scores[1])->to_json("tf2.2"), ValueError);
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedAttention, testing::ValuesIn(kProducers));

}  // namespace
