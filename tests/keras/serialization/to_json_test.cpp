// to_json against what real Keras writes for the same models.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/layers.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saving.hpp"
#include "support/files.h"
#include "support/test_data.h"

using namespace hornbeam;
using hornbeam::testing_support::read_file;

namespace {

// "tf2.2" -> {model: text}
const std::map<std::string, Config>& recorded() {
  static const auto texts = [] {
    std::map<std::string, Config> all;
    for (const auto& [target, producer] :
         {std::pair{"tf2.2", "tf-2.2.3"}, {"tf2.15", "tf-2.15.1"}, {"keras3", "keras-3.15.1"}}) {
      const auto path = test_data("keras") + "/to_json/" + producer + ".json";
      all[target] = Config::parse(read_file(path), path);
    }
    return all;
  }();
  return texts;
}

// The whole texts are long: what stands around the first difference is enough.
void expect_text(const std::string& got, const std::string& want, const std::string& what) {
  if (got == want) return;
  const auto at =
      static_cast<std::size_t>(std::mismatch(got.begin(), got.end(), want.begin(), want.end()).first - got.begin());
  const auto from = at < 100 ? 0 : at - 100;
  ADD_FAILURE() << what << "\n got  " << got.substr(from, 260) << "\n want " << want.substr(from, 260);
}

}  // namespace

TEST(ToJson, WhatAKerasWroteIsWrittenAgainToTheLetter) {
  for (const auto& [target, texts] : recorded()) {
    for (const auto& [name, text] : texts.as_dict()) {
      const auto model = models::model_from_json(text.as_string());
      EXPECT_EQ(model->target(), target);
      expect_text(model->to_json(), text.as_string(), target + " " + name);
    }
  }
}

TEST(ToJson, EveryTargetGetsWhatItsKerasWouldWrite) {
  // Written otherwise by the source, in a way that cannot be told from what the target writes otherwise.
  const std::map<std::string, std::set<std::string>> lost = {
      {"tf2.2", {"objects", "images", "deferred"}},  // he_uniform is a VarianceScaling there, L2 an L1L2
      {"tf2.15", {"deferred"}},                      // which has an InputLayer of its own name here
      {"keras3", {"deferred", "masked_calls"}},      // a node's `training` is the outer call's there
  };
  for (const auto& [from, texts] : recorded()) {
    for (const auto& [name, text] : texts.as_dict()) {
      if (const auto it = lost.find(from); it != lost.end() && it->second.contains(name)) continue;
      for (const auto& [to, wanted] : recorded()) {
        const auto model = models::model_from_json(text.as_string());
        expect_text(model->to_json(to), wanted.at(name).as_string(), name + " from " + from + " to " + to);
      }
    }
  }
}

TEST(ToJson, AModelMadeHereIsWrittenAsKerasWouldWriteIt) {
  const auto a = Input({5}, {.name = "a"}), b = Input({5}, {.name = "b"});
  const auto twice = Dense(4, {.name = "twice"});
  const auto model = Functional({a, b}, Subtract({.name = "difference"})({twice(a), twice(b)}), {.name = "siamese"});
  for (const auto& [target, texts] : recorded()) {
    expect_text(model->to_json(target), texts.at("shared").as_string(), target);
  }
}

// As tf.keras 2.2.3, 2.15.1 and Keras 3.15 write an initializer or a regularizer that is a function.
TEST(ToJson, FunctionsAreSaidByTheirNames) {
  const auto tenths = [](const Shape& shape, DType) { return ops::fill(shape, Tensor::scalar(0.1F)); };
  const Sequential model({Input({2}), Dense(1, {.kernel_initializer = initializers::custom("tenths", tenths)})});
  const auto object =
      R"({"module": "builtins", "class_name": "function", "config": "tenths", "registered_name": "function"})";
  for (const auto& [target, wanted] :
       std::map<std::string, std::string>{{"tf2.2", R"("tenths")"}, {"tf2.15", object}, {"keras3", object}}) {
    EXPECT_NE(model->to_json(target).find("\"kernel_initializer\": " + wanted), std::string::npos) << target;
    const auto again = models::model_from_json(
        model->to_json(target), {.custom_objects = {{"tenths", initializers::custom("tenths", tenths)}}});
    EXPECT_EQ(again->get_weights()[0].data<float>()[0], 0.1F);
  }
}

TEST(ToJson, WhatATargetCannotHoldIsRefusedByName) {
  const auto x = Input({4}, {.name = "x"});
  const auto gelu = Functional(x, Dense(2, {.activation = "gelu", .name = "d"})(x));
  EXPECT_NO_THROW(gelu->to_json("tf2.15"));
  try {
    gelu->to_json("tf2.2");
    FAIL() << "not refused";
  } catch (const ValueError& error) {
    EXPECT_EQ(std::string(error.what()),
              "Dense layer 'd' has the activation gelu, which tf2.2 does not know. Choose another target, or change "
              "the layer.");
  }
  EXPECT_THROW(gelu->to_json("tf3"), ValueError);
}
