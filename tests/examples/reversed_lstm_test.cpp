// The example of a layer of one's own, run as a program: it predicts what Keras predicts.
#include <gtest/gtest.h>

#include <cstdlib>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

const std::string kFolder = test_data("examples") + "/reversed_lstm/";

TEST(ReversedLSTM, PredictsWhatKerasPredicts) {
  const TempDir dir;
  const auto y = dir.file("y.npy");
  const auto command = std::string(HORNBEAM_EXAMPLES) + "/reversed_lstm " + kFolder + "model.json " + kFolder +
                       "weights.h5 " + y + " " + kFolder + "x.npy >" + dir.file("out");
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  const auto got = load_npy(y), want = load_npy(kFolder + "y.npy");
  ASSERT_EQ(got.shape(), want.shape());
  for (std::size_t i = 0; i < got.data<float>().size(); ++i) {
    ASSERT_NEAR(got.data<float>()[i], want.data<float>()[i], 2e-6) << i;
  }
  EXPECT_EQ(read_file(dir.file("out")), y + ": (2, 6, 5)\n");
}

TEST(ReversedLSTM, IsUnknownWithoutIt) {
  try {
    models::model_from_json(read_file(kFolder + "model.json"));
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_TRUE(std::string(e.what()).starts_with("Unknown layer: ReversedLSTM")) << e.what();
  }
}

}  // namespace
