// The snippet of README.md, on the model the repository holds.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
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

}  // namespace
