// Kernels in the layouts of Keras 1 and Theano, and gates of Keras 1, become what tf.keras 2.2.3 makes of them
// (data/old_weights).
#include <gtest/gtest.h>

#include <map>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/test_data.h"

using namespace hornbeam;

namespace {

TEST(OldWeights, AreReadAsKerasReadsThem) {
  const std::string folder = test_data("keras") + "/old_weights/";
  std::map<std::string, std::vector<Tensor>> expected;  // the archive has each name's weights in order
  for (const auto& [key, value] : load_npz(folder + "expected.npz")) {
    expected[key.substr(0, key.find('/'))].push_back(value);
  }
  int converted = 0;
  for (const auto& [name, weights] : expected) {
    SCOPED_TRACE(name);
    backend::clear_session();
    const auto model = models::model_from_json(testing_support::read_file(folder + name + ".json"));
    LoadReport report;
    models::load_weights(*model, folder + name + ".h5", {.report = &report});
    converted += !report.converted.empty();
    const auto got = model->get_weights();
    ASSERT_EQ(got.size(), weights.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].shape(), weights[i].shape());
      EXPECT_TRUE(std::ranges::equal(got[i].data<float>(), weights[i].data<float>())) << i;
    }
  }
  EXPECT_EQ(expected.size(), 16U);
  EXPECT_EQ(converted, 14);  // not conv2d_last and separable_is_left
}

TEST(OldWeights, ThatFitNowhereAreRefused) {
  const std::string folder = test_data("keras") + "/old_weights/";
  const auto model = models::model_from_json(testing_support::read_file(folder + "conv2d_last.json"));
  EXPECT_THROW(models::load_weights(*model, folder + "conv1d.h5"), ValueError);
  EXPECT_THROW(models::load_weights(*model, folder + "conv3d_first.h5"), ValueError);
}

TEST(OldWeights, ThatKerasDoesNotReadAreRefusedInItsWords) {
  const std::string folder = test_data("keras") + "/old_weights/";
  const auto errors = Config::parse(testing_support::read_file(folder + "errors.json"));
  for (const auto& [name, said] : errors.as_dict()) {
    SCOPED_TRACE(name);
    const auto model = models::model_from_json(testing_support::read_file(folder + name + ".json"));
    // NumPy goes on with numbers that ours does not have.
    const auto words = said.as_string().substr(0, said.as_string().find(", but along"));
    try {
      models::load_weights(*model, folder + name + ".h5");
      FAIL() << "nothing was thrown";
    } catch (const ValueError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(words)) << error.what() << "\n" << words;
    }
  }
  EXPECT_EQ(errors.size(), 3U);
}

}  // namespace
