// Every layer class against what real Keras computed: outputs, gradients of inputs and weights, also those that do not
// exist, and what a call does to the weights. Step by step under a tape, and traced and compiled.
#include <gtest/gtest.h>

#include "graph/executor.h"
#include "graph/function.h"
#include "graph/gradients.h"
#include "keras/engine/call_scope.h"
#include "keras/layers/recorded_row.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Tensor scaled_square(const Tensor& x) { return x * x * 3.0; }

// The function of Lambda layers: Keras 3 has its name, tf.keras its bytecode, which goes by the layer's.
CustomObjects lambda_of(const Config& layer) {
  if (layer.at("class_name").as_string() != "Lambda") return {};
  return {{"scaled_square", HB_FUNCTION(scaled_square)}, {"layer", HB_FUNCTION(scaled_square)}};
}

// One recorded call.
class GradientRow {
 public:
  GradientRow(const Recorded& recorded, const Config& row)
      : recorded_(recorded),
        row_(row),
        target_(target_of(recorded.producer)),
        generation_(recorded.producer.starts_with("keras-3") ? Generation::keras3 : Generation::keras2),
        objects_(lambda_of(row.at("layer"))) {
    backend::clear_session();
    name = recorded.producer + ": " + row.at("name").as_string();
    layer = layers::deserialize(row.at("layer"));
    // Of its own each, also where the same array is recorded twice.
    for (const char* list : {"inputs", "states"}) {
      for (auto& value : arrays(list)) {
        sources.push_back(is_floating(value.dtype()) ? value + ops::zeros_like(value) : value);
      }
    }
    call(sources);
    if (!row.at("weights").as_list().empty()) layer->set_weights(arrays("weights"));
  }

  bool training() const { return row_.at("training") == Config(true); }
  bool has(const char* key) const { return row_.has(key); }
  std::vector<Tensor> arrays(const char* list) const {
    std::vector<Tensor> all;
    for (const auto& key : row_.at(list).as_list()) {
      all.push_back(key.is_null() ? Tensor() : recorded_.arrays.at(key.as_string()));
    }
    return all;
  }
  // The layer of these inputs and states.
  std::vector<Tensor> call(std::span<const Tensor> of) const {
    const auto count = row_.at("inputs").size();
    Values::List inputs(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(count));
    CallOptions options;
    options.kwargs = row_.at("call");
    if (!row_.at("training").is_null()) options.training = training();
    if (!row_.at("mask").is_null()) options.mask = recorded_.arrays.at(row_.at("mask").as_string());
    if (of.size() > count) {
      options.tensors.emplace("states",
                              Values(std::vector<Tensor>(of.begin() + static_cast<std::ptrdiff_t>(count), of.end())));
    }
    return layer(row_.at("listed").as_bool() ? Values(std::move(inputs)) : inputs.at(0), options).flatten();
  }
  // The sum of the outputs that are numbers, weighted by cos(0), cos(1), ...; undefined where all are words.
  static Tensor loss(const std::vector<Tensor>& outputs) {
    Tensor sum;
    for (const auto& y : outputs) {
      if (y.dtype() == DType::string) continue;
      const auto floats = ops::cast(y, DType::float32);
      const auto angles =
          ops::cast(ops::range(Tensor::scalar<std::int32_t>(0), ops::size(floats), Tensor::scalar<std::int32_t>(1)),
                    DType::float32);
      const auto part = ops::reduce_sum(floats * ops::cos(ops::reshape(angles, ops::shape(floats))));
      sum = sum.defined() ? sum + part : part;
    }
    return sum;
  }
  void expect(const std::vector<Tensor>& got, const char* list, const char* how) const {
    const auto want = arrays(list);
    ASSERT_EQ(got.size(), want.size()) << name << ", " << list << " " << how;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto what = name + ", " + list + " " + std::to_string(i) + " " + how;
      EXPECT_EQ(got[i].defined(), want[i].defined()) << what;
      if (!got[i].defined() || !want[i].defined()) continue;
      if (want[i].dtype() == DType::int32 && got[i].dtype() == DType::int64) {  // what 2.2 counts in is int64 here
        expect_close(ops::cast(got[i], DType::int32), want[i], 0, 0, what);
      } else if (want[i].dtype() == DType::string) {
        EXPECT_TRUE(ops::reduce_all(ops::equal(got[i], want[i])).item<bool>()) << what;
      } else {
        expect_close(got[i], want[i], kRtol, kAtol, what);
      }
    }
  }

  std::string name;
  LayerRef layer;
  std::vector<Tensor> sources;  // inputs, then states

 private:
  const Recorded& recorded_;
  const Config& row_;
  TargetScope target_;
  GenerationScope generation_;
  CustomObjectScope objects_;
};

class RecordedGradients : public testing::TestWithParam<const char*> {
 protected:
  template <class Check>
  void each(const Check& check) {
    const Recorded recorded("layer_gradients", GetParam());
    ASSERT_GT(recorded.json.at("rows").as_list().size(), 300U);
    for (const auto& config : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(config.at("name").as_string());
      try {
        check(GradientRow(recorded, config));
      } catch (const Error& e) {
        ADD_FAILURE() << e.report();
      }
    }
  }
};

TEST_P(RecordedGradients, StepByStep) {
  each([](const GradientRow& row) {
    CallScope scope(row.training());
    GradientTape tape({.persistent = true});
    for (const auto& source : row.sources) {
      if (is_floating(source.dtype())) tape.watch(source);
    }
    const auto outputs = row.call(row.sources);
    const auto loss = GradientRow::loss(outputs);
    tape.stop();
    row.expect(outputs, "outputs", "");
    if (loss.defined() && !row.has("error")) {  // TensorFlow has none of an op

      row.expect(tape.gradient({loss}, row.sources), "input_gradients", "");
      row.expect(tape.gradient({loss}, row.layer->trainable_weights()), "weight_gradients", "");
    }
    scope.apply_updates();
    row.expect(row.layer->get_weights(), row.has("after") ? "after" : "weights", "afterwards");
  });
}

TEST_P(RecordedGradients, Compiled) {
  each([](const GradientRow& row) {
    if (row.has("error")) return;
    std::vector<TensorSpec> specs;
    for (const auto& source : row.sources) specs.push_back({source.dtype(), source.shape()});
    std::size_t count = 0;
    std::vector<bool> exists;
    const auto function = graph::trace("call", specs, [&](std::span<const Tensor> in) {
      const std::vector<Tensor> sources(in.begin(), in.end());
      auto results = row.call(sources);
      count = results.size();
      const auto loss = GradientRow::loss(results);
      const auto add = [&](const std::vector<Tensor>& gradients) {
        for (const auto& g : gradients) {
          exists.push_back(g.defined());
          if (g.defined()) results.push_back(g);
        }
      };
      if (loss.defined()) {
        add(graph::gradients(loss, sources));
        add(graph::gradients(loss, row.layer->trainable_weights()));
      }
      return results;
    });
    const auto results = graph::Executable(function).run(row.sources);
    row.expect({results.begin(), results.begin() + static_cast<std::ptrdiff_t>(count)}, "outputs", "compiled");
    if (exists.empty()) return;
    std::vector<Tensor> gradients;
    for (const bool e : exists) gradients.push_back(e ? results[count++] : Tensor());
    const auto weights = gradients.begin() + static_cast<std::ptrdiff_t>(row.sources.size());
    row.expect({gradients.begin(), weights}, "input_gradients", "compiled");
    row.expect({weights, gradients.end()}, "weight_gradients", "compiled");
  });
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedGradients, testing::ValuesIn(kProducers));

// What is drawn is a constant to the gradient: of layers that multiply, y / x; where nothing is multiplied, one.
TEST(RandomLayers, GradientsInTraining) {
  const auto x = ops::random_normal(Tensor::from<std::int32_t>({4}, {3, 4, 5, 2}), DType::float32, 3);
  const CallOptions training{.training = true};
  const auto gradient = [&](const LayerRef& layer, const Tensor& of, Tensor& y) {
    GradientTape tape;
    tape.watch(of);
    y = layer(of, training).tensor();
    tape.stop();
    return tape.gradient(y, of);
  };
  Tensor y;
  const auto space = ops::reshape(x, {3, 2, 2, 5, 2}), line = ops::reshape(x, {3, 4, 10});
  const std::vector<std::pair<LayerRef, Tensor>> layers{
      {Dropout(0.5), x},          {GaussianDropout(0.5), x},      {SpatialDropout1D(0.5), line},
      {SpatialDropout2D(0.5), x}, {SpatialDropout3D(0.5), space},
  };
  for (const auto& [layer, of] : layers) {
    const auto found = gradient(layer, of, y);
    expect_close(found * of, y, 1e-5, 1e-6, layer->class_name());
  }
  expect_close(gradient(GaussianNoise(0.5), x, y), ops::ones_like(x), 0, 0, "GaussianNoise");
  // What is dropped becomes the least value of selu before all is scaled: a x + b, or a number.
  const auto found = gradient(AlphaDropout(0.5), x, y);
  const auto a = ops::reduce_max(found), kept = ops::cast(ops::greater(found, ops::zeros_like(found)), DType::float32);
  expect_close(found, kept * a, 1e-6, 0, "AlphaDropout");
  const auto rest = y - found * x;
  const auto dropped = ops::cast(ops::equal(kept, ops::zeros_like(kept)), DType::float32);
  for (const auto& [of, what] : {std::pair(kept, "kept"), std::pair(dropped, "dropped")}) {
    const auto mean = ops::reduce_sum(rest * of) / ops::reduce_sum(of);
    expect_close(rest * of, of * mean, 1e-4, 1e-5, what);
  }
}

}  // namespace
