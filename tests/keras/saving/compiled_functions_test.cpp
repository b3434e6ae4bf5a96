// Functions of a SavedModel that are called again are compiled: what they give and change stays the same.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/profile.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::TempDir;
using Inputs = std::vector<Tensor>;

class CompiledFunctions : public ::testing::Test {
 protected:
  CompiledFunctions() {
    backend::clear_session();
    utils::set_random_seed(8);
    const auto x = Input({4}, {.name = "x"});
    const auto y = BatchNormalization({.momentum = 0.5, .name = "bn"})(Dense(3, {.name = "d"})(x));
    model_ = ModelRef(Functional(x, y, {.name = "m"}));
    const SignatureInput rows{"rows", DType::float32, {None, 4}};
    model_->save(dir_.file("m"),
                 {.signatures = {{"plain", SignatureFunction({rows}, [&](const Inputs& in) { return model_(in[0]); })},
                                 {"trains", SignatureFunction({rows}, [&](const Inputs& in) {
                                    return model_(in[0], {.training = true});
                                  })}}});
    loaded_ = saved_model::load(dir_.file("m"));
  }

  Tensor run(const std::string& key, const Tensor& x) { return loaded_->run(key, {{"rows", x}}).at("output_0"); }
  // And says whether a plan was at work.
  bool runs_compiled(const std::string& key, const Tensor& x) {
    graph::Profile profile;
    const graph::ProfileScope scope(profile);
    run(key, x);
    return !profile.by_op().empty();
  }
  Variable variable(const std::string& end) const {
    for (const auto& [path, v] : loaded_->variables()) {
      if (path.ends_with(end)) return v;
    }
    return nullptr;
  }
  static void expect_near(const Tensor& a, const Tensor& b) {
    ASSERT_EQ(a.shape(), b.shape());
    for (std::size_t i = 0; i < a.data<float>().size(); ++i) EXPECT_NEAR(a.data<float>()[i], b.data<float>()[i], 1e-6);
  }

  const TempDir dir_;
  ModelRef model_ = ModelRef(Sequential({Dense(1)}));
  std::shared_ptr<const saved_model::Object> loaded_;
};

TEST_F(CompiledFunctions, FromTheSecondCallOnForEveryBatch) {
  const auto x = ops::random_normal({2, 4}, {.seed = 1}), more = ops::random_normal({5, 4}, {.seed = 2});
  EXPECT_FALSE(runs_compiled("plain", x));
  EXPECT_TRUE(runs_compiled("plain", x));
  EXPECT_TRUE(runs_compiled("plain", more));
  expect_near(run("plain", x), model_->predict(x).tensor());
  expect_near(run("plain", more), model_->predict(more).tensor());
}

TEST_F(CompiledFunctions, SeeWhatIsAssignedBetweenCalls) {
  const auto x = ops::random_normal({2, 4}, {.seed = 1});
  run("plain", x);
  const auto before = run("plain", x);
  const auto beta = variable(".beta");
  ASSERT_TRUE(beta);
  beta->assign(beta->value() + 1.0);
  expect_near(run("plain", x), before + 1.0);
}

TEST_F(CompiledFunctions, ChangeVariablesOnceACall) {
  const auto x = ops::random_normal({6, 4}, {.seed = 1}) + 2.0;
  const auto mean = variable(".moving_mean");
  ASSERT_TRUE(mean);
  const auto first_result = run("trains", x);
  const auto first = mean->value() * 1.0;  // half of the batch's mean: it began as zeros
  EXPECT_TRUE(runs_compiled("trains", x));
  expect_near(mean->value(), first * 1.5);
  expect_near(run("trains", x), first_result);
  expect_near(mean->value(), first * 1.75);
}

TEST_F(CompiledFunctions, AreFollowedByATape) {
  const auto x = ops::random_normal({2, 4}, {.seed = 1});
  run("plain", x);
  run("plain", x);
  const auto bias = variable(".bias");
  ASSERT_TRUE(bias);
  GradientTape tape;
  const auto loss = ops::reduce_sum(run("plain", x));
  const auto gradient = tape.gradient(loss, bias);
  ASSERT_TRUE(gradient.defined());
  EXPECT_NEAR(gradient.data<float>()[0], 2 / std::sqrt(1.001), 1e-4);  // two rows, of a variance of 1
}

}  // namespace
}  // namespace hornbeam
