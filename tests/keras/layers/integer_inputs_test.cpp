// What layers make of integers, and of float64, against what real Keras did (tools/record/record_integer_inputs.py):
// most compute in floats, some give integers back. What a Keras refuses is in no file.
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

class IntegerInputs : public testing::TestWithParam<const char*> {};

TEST_P(IntegerInputs, AreTakenAsKerasTakesThem) {
  const Recorded recorded("integer_inputs", GetParam());
  int count = 0;
  for (const auto& row : recorded.json.as_list()) {
    if (row.has("error")) continue;
    const auto& name = row.at("name").as_string();
    SCOPED_TRACE(name);
    try {
      const auto model = models::model_from_config(row.at("model"));
      std::vector<Tensor> weights;
      for (int i = 0; recorded.arrays.contains(name + "/w" + std::to_string(i)); ++i) {
        weights.push_back(recorded.arrays.at(name + "/w" + std::to_string(i)));
      }
      model->set_weights(weights);
      expect_close(model->predict(recorded.arrays.at(name + "/x")).tensor(), recorded.arrays.at(name + "/y"), 1e-5,
                   1e-6, name);
      ++count;
    } catch (const Error& error) {
      ADD_FAILURE() << error.report();
    }
  }
  EXPECT_GT(count, 60);
}

INSTANTIATE_TEST_SUITE_P(Keras, IntegerInputs, testing::ValuesIn(kProducers));

}  // namespace
