// What dropout does in recurrent layers, as real Kerases do it (data/recurrent_dropout): how much is dropped, whether
// the same in all steps and for all gates, how the rest is scaled, what seeds fix.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/recorded.h"
#include "keras/serialization/dialect.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Config facts_of(const std::string& producer) {
  const auto file = test_data("keras") + "/recurrent_dropout/" + producer + ".json";
  return Config::parse(read_file(file), file);
}

Target target_of(const std::string& producer) {
  return producer == "tf-2.2.3" ? Target::tf22 : producer == "tf-2.15.1" ? Target::tf215 : Target::keras3;
}

// Unit matrices, or nothing, side by side.
Tensor blocks(const Config& flags, std::int64_t units) {
  std::vector<Tensor> list;
  const auto numbers = ops::range(0, units, 1, DType::int32);
  const auto unit = ops::cast(ops::equal(ops::expand_dims(numbers, 0), ops::expand_dims(numbers, 1)), DType::float32);
  for (const auto flag : flags.as_ints()) list.push_back(unit * static_cast<double>(flag));
  return ops::concat(list, 1);
}

Tensor bias_of(const Config& values, const Shape& shape, std::int64_t units) {
  std::vector<Tensor> list;
  for (const auto value : values.as_ints())
    list.push_back(ops::ones({units}, DType::float32) * static_cast<double>(value));
  const auto bias = ops::concat(list, 0);
  return shape.rank() == 2 ? ops::stack({bias, ops::zeros_like(bias)}, 0) : bias;
}

// The outputs [batch, time, units] of a row's layer.
struct Trial {
  Trial(const Config& facts, const Config& row)
      : batch(facts.at("batch").as_int()), time(facts.at("time").as_int()), units(facts.at("units").as_int()) {
    backend::clear_session();
    layer = layers::deserialize(row.at("layer"));
    for (const auto& state : row.at("states").as_list()) {
      states.push_back(ops::ones({batch, units}, DType::float32) * static_cast<double>(state.as_int()));
    }
    (*this)(false);
    const auto weights = layer->weights();
    layer->set_weights({blocks(row.at("kernel"), units), blocks(row.at("recurrent"), units),
                        bias_of(row.at("bias"), weights[2]->shape(), units)});
  }
  Tensor operator()(bool training) const {
    CallOptions options{.training = training};
    if (!states.empty()) options.initial_state = Values(states);
    return layer(ops::ones({batch, time, units}, DType::float32), options);
  }
  // Element u of sequence b at step t.
  float at(const Tensor& y, std::int64_t b, std::int64_t t, std::int64_t u) const {
    return y.data<float>()[static_cast<std::size_t>((b * time + t) * units + u)];
  }

  std::int64_t batch, time, units;
  LayerRef layer;
  std::vector<Tensor> states;
};

struct Seen {
  double share = 0, greatest = 0;
  bool same_in_all_steps = true, same_in_all_rows = true;
};

Seen look_at(const Trial& run, const Tensor& y) {
  Seen seen;
  for (std::int64_t b = 0; b < run.batch; ++b) {
    for (std::int64_t u = 0; u < run.units; ++u) {
      const auto first = run.at(y, b, 0, u);
      seen.share += first == 0;
      seen.greatest = std::max(seen.greatest, static_cast<double>(std::abs(first)));
      seen.same_in_all_rows &= (first == 0) == (run.at(y, 0, 0, u) == 0);
      for (std::int64_t t = 1; t < run.time; ++t) seen.same_in_all_steps &= (first == 0) == (run.at(y, b, t, u) == 0);
    }
  }
  seen.share /= static_cast<double>(run.batch * run.units);
  return seen;
}

class RecurrentDropout : public testing::TestWithParam<const char*> {
 protected:
  RecurrentDropout()
      : facts(facts_of(GetParam())),
        target_(target_of(GetParam())),
        generation_(target_of(GetParam()) == Target::keras3 ? Generation::keras3 : Generation::keras2) {}
  const Config facts;

 private:
  TargetScope target_;
  GenerationScope generation_;
};

TEST_P(RecurrentDropout, DropsWhatKerasDrops) {
  for (const auto& row : facts.at("rows").as_list()) {
    SCOPED_TRACE(row.at("name").as_string());
    const Trial run(facts, row);
    if (row.has("error")) {
      try {
        run(true);
        FAIL();
      } catch (const ValueError& e) {
        EXPECT_TRUE(std::string(e.what()).starts_with("rate must be a scalar tensor or a float in the range [0, 1)"))
            << e.what();
      }
      continue;
    }
    const auto seen = look_at(run, run(true));
    const auto share = row.at("share").as_double();
    // Both are counts of 1024 draws: five of the differences' deviations apart is no chance.
    const auto deviation = std::sqrt(2 * share * (1 - share) / static_cast<double>(run.batch * run.units));
    EXPECT_NEAR(seen.share, share, 5 * deviation);
    EXPECT_EQ(seen.same_in_all_steps, row.at("same_in_all_steps").as_bool());
    EXPECT_EQ(seen.same_in_all_rows, row.at("same_in_all_rows").as_bool());
    EXPECT_NEAR(seen.greatest, row.at("greatest").as_double(), 1e-5);
    const auto quiet = look_at(run, run(false));
    EXPECT_EQ(quiet.share, row.at("share_in_inference").as_double());
    EXPECT_NEAR(quiet.greatest, row.at("greatest_in_inference").as_double(), 1e-5);
  }
  EXPECT_GE(facts.at("rows").size(), 14U);
}

INSTANTIATE_TEST_SUITE_P(Keras, RecurrentDropout, testing::ValuesIn(kProducers));

// Each call draws anew; from the same seed of the process the same.
TEST(RecurrentDropoutSeeds, FixWhatIsDrawn) {
  backend::clear_session();
  const LSTM layer(16, {.dropout = 0.5, .recurrent_dropout = 0.5, .return_sequences = true});
  const auto x = ops::ones({64, 3, 16}, DType::float32);
  layer(x);
  const auto call = [&] { return layer(x, {.training = true}).tensor(); };
  const auto same = [](const Tensor& a, const Tensor& b) {
    return std::ranges::equal(a.data<float>(), b.data<float>());
  };
  utils::set_random_seed(3);
  const auto first = call(), second = call();
  utils::set_random_seed(3);
  const auto again = call();
  utils::set_random_seed(4);
  EXPECT_FALSE(same(first, second));
  EXPECT_TRUE(same(first, again));
  EXPECT_FALSE(same(first, call()));
}

}  // namespace
