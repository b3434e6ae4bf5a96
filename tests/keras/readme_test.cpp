// The snippets of README.md, on models that are here.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace {

TEST(Readme, LoadsAModelAndPredicts) {
  const std::string folder = hornbeam::test_data("keras") + "/../../data/demo/";
  auto model = hb::models::load_model(folder + "model.h5");
  auto y = model->predict(hb::load_npy(folder + "x.npy"));
  const auto expected = hb::load_npy(folder + "y.npy");
  const auto got = y.tensor().data<float>(), wanted = expected.data<float>();
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-6);
}

TEST(Readme, StreamsAModel) {
  const hornbeam::testing_support::TempDir folder;
  const auto path = folder.file("gru.h5");
  hb::Sequential({hb::Input({hb::None, 1}), hb::GRU(4)})->save(path);

  std::vector<float> outputs;
  const auto gru = hb::models::load_model(path);
  auto state = gru->make_state();
  auto sample = hb::Tensor::zeros(hb::DType::float32, {1, 1});
  for (const float value : {0.1F, 0.2F, 0.3F}) {
    sample.mutable_data<float>()[0] = value;
    outputs.push_back(gru->step(sample, state).tensor().data<float>()[0]);
  }

  for (std::int64_t steps = 1; steps <= 3; ++steps) {
    const std::vector<float> samples{0.1F, 0.2F, 0.3F};
    const auto x = hb::Tensor::from({1, steps, 1}, std::span(samples).first(static_cast<std::size_t>(steps)));
    EXPECT_NEAR(outputs[static_cast<std::size_t>(steps) - 1], gru->predict(x).tensor().data<float>()[0], 1e-6);
  }
}

}  // namespace
