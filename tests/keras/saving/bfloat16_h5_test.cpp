// Weights in bfloat16 are read from the H5 files of tf.keras 2.15 (data/bfloat16_h5), which does not read them itself.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/test_data.h"

using namespace hornbeam;

TEST(Bfloat16H5, IsRead) {
  const auto folder = test_data("keras") + "/bfloat16_h5/";
  auto expected = load_npz(folder + "expected.npz");
  std::map<std::string, Tensor> arrays(expected.begin(), expected.end());
  for (const bool map : {false, true}) {
    const auto model = models::load_model(folder + "model.h5", {.map = map});
    const auto weights = model->get_weights();
    EXPECT_EQ(weights[0].dtype(), DType::bfloat16);
    testing_support::expect_close(ops::cast(weights[0], DType::float32), arrays["w0"], 0, 0, "kernel");
    const auto y = ops::cast((*model)(ops::cast(arrays["x"], DType::bfloat16)).tensor(), DType::float32);
    testing_support::expect_close(y, arrays["y"], 1e-2, 1e-2, "y");
  }
}
