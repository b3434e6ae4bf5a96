// Do the inputs that are made up show what differs?
#include "keras/migration/sample_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The parts of `layer` and of `other` behind an input that are further apart than they may be.
std::vector<std::string> parts_apart(const Shape& shape, const SequentialItem& layer, const SequentialItem& other,
                                     const std::string& dtype = "float32") {
  const auto model = [&](const SequentialItem& item) { return Sequential({Input(shape, {.dtype = dtype}), item}); };
  const auto found = models::compare(model(layer), model(other), {.config = false, .weights = false, .run = true});
  EXPECT_THAT(found.not_compared, IsEmpty());
  std::vector<std::string> parts;
  for (const auto& part : found.arrays) {
    if (!part.within(found.tolerance)) parts.push_back(part.part);
  }
  return parts;
}

TEST(SampleInputs, ShowLostLimits) {
  EXPECT_THAT(parts_apart({4}, ReLU(), ReLU({.max_value = 6.0})), ElementsAre("predictions of wide inputs"));
  EXPECT_THAT(parts_apart({4}, ReLU(), ReLU({.negative_slope = 0.1})), ElementsAre("predictions of wide inputs"));
}

// So that a proof can be repeated, whatever was drawn before it.
TEST(SampleInputs, AreTheSameEachTimeAndOthersForEachInput) {
  const auto x = Input({3}), z = Input({3});
  const ModelRef model = Functional({x, z}, Add()({x, z}));
  const auto inputs = sample_inputs(*model, 4).flatten();
  ops::random_uniform({4}, {.seed = 1});
  const auto again = sample_inputs(*model, 4).flatten();
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(std::ranges::equal(inputs[i].data<float>(), again[i].data<float>()));
  EXPECT_FALSE(std::ranges::equal(inputs[0].data<float>(), inputs[1].data<float>()));
}

TEST(SampleInputs, ShowLostMasks) {
  for (const double masked : {0.0, -1.0}) {
    const auto model = [&](bool mask) {
      backend::clear_session();
      utils::set_random_seed(3);
      const auto x = Input({6, 3});
      const Values steps = mask ? Masking({.mask_value = masked})(x) : Values(x);
      return Functional(x, GRU(2)(steps));
    };
    const auto a = model(true);
    const auto same = models::compare(a, model(true), {.config = false, .run = true});
    EXPECT_TRUE(same.equal()) << same.to_string();
    const auto found = models::compare(a, model(false), {.config = false, .run = true});
    std::vector<std::string> apart;
    for (const auto& part : found.arrays) {
      if (!part.within(found.tolerance)) apart.push_back(part.part);
    }
    EXPECT_THAT(apart, ElementsAre("predictions of wide inputs")) << masked;
  }
}

TEST(SampleInputs, ShowLostStandardization) {
  const auto texts = [](bool standardize) {
    TextVectorizationOptions options{.max_tokens = 10, .output_sequence_length = 4};
    if (!standardize) options.standardize = std::nullopt;
    options.vocabulary = Config::List{"red", "green", "blue"};
    return TextVectorization(options);
  };
  EXPECT_THAT(parts_apart({1}, texts(true), texts(true), "string"), IsEmpty());
  EXPECT_THAT(parts_apart({1}, texts(true), texts(false), "string"), ElementsAre("predictions"));
}

// Rows of a table behind a layer that hides it from who makes up inputs: there is none for -4.
TEST(SampleInputs, NeedNotBeWiderThanBothModelsTake) {
  const auto table = [] {
    return Sequential({Input({3}), Reshape({3}), Embedding(4, 2, {.embeddings_initializer = "ones"})});
  };
  const auto found = models::compare(table(), table(), {.config = false, .run = true});
  EXPECT_TRUE(found.equal()) << found.to_string();
  for (const auto& part : found.arrays) EXPECT_NE(part.part, "predictions of wide inputs");
}

}  // namespace
}  // namespace hornbeam
