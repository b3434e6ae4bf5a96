// What a layer's own seed repeats, as in tf.keras; in Keras 3 layers of one seed draw the same (data/layer_seeds.json).
#include <gtest/gtest.h>

#include <algorithm>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

TEST(LayerSeeds, RepeatWhatTheyRepeatInTfKeras) {
  const auto recorded = Config::parse(testing_support::read_file(test_data("keras") + "/layer_seeds.json"));
  const auto x = Tensor::from<float>({4, 3, 64}, std::vector<float>(4 * 3 * 64, 1.0F));
  const auto same = [](const Tensor& a, const Tensor& b) {
    return std::ranges::equal(a.data<float>(), b.data<float>());
  };
  for (const auto& [name, said] : recorded.as_dict()) {
    SCOPED_TRACE(name);
    const auto make = [&, class_name = name] {
      return layers::deserialize({{"class_name", class_name},
                                  {"config", {{class_name == "GaussianNoise" ? "stddev" : "rate", 0.5}, {"seed", 1}}}});
    };
    const auto draw = [&](const LayerRef& layer) { return layer(x, {.training = true}).tensor(); };
    utils::set_random_seed(3);
    const auto one = make(), other = make();
    const auto first = draw(one), second = draw(other), third = draw(one);
    utils::set_random_seed(3);
    const auto again = draw(make());
    const auto& of_tf = said.at("tf-2.15.1");
    EXPECT_EQ(same(first, second), of_tf.at("layers").as_bool());
    EXPECT_EQ(same(first, third), of_tf.at("calls").as_bool());
    EXPECT_EQ(same(first, again), of_tf.at("again").as_bool());
    EXPECT_NE(said.at("keras-3.15.1").at("layers").as_bool(), of_tf.at("layers").as_bool());
  }
  EXPECT_EQ(recorded.size(), 4U);
}

}  // namespace
}  // namespace hornbeam
