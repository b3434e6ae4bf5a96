// Models of one function each load, predict what their Keras predicted and are written as they were
// (tests/keras/data/op_functions/README.md), and each operation of Keras 3 is here or named in docs/limits.md.
#include "keras/engine/op_functions.h"

#include <set>

#include "../recorded.h"
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using testing_support::expect_close;
using testing_support::read_file;
using testing_support::Recorded;
using OpFunctions = EngineTest;  // NOLINT

std::vector<Tensor> outputs_of(Model& model, const Values& inputs) { return model.predict(inputs).flatten(); }

void check(const Recorded& recorded, const std::string& target) {
  for (const auto& [name, record] : recorded.json.at("cases").as_dict()) {
    SCOPED_TRACE(name);
    Values::List list;
    for (const auto& input : record.at("inputs").as_list()) {
      list.emplace_back(recorded.arrays.at("input." + input.as_string()));
    }
    const auto inputs = list.size() == 1 ? list[0] : Values(list);
    const auto model = models::model_from_json(record.at("json").as_string());
    const auto got = outputs_of(*model, inputs);
    const auto count = record.at("outputs").as_int();
    ASSERT_EQ(static_cast<std::int64_t>(got.size()), count);
    const auto again = outputs_of(*models::model_from_json(model->to_json(target)), inputs);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto& want = recorded.arrays.at(name + "." + std::to_string(i));
      expect_close(got[i], want, 1e-5, 2e-6, name + " of " + target);
      expect_close(again.at(i), got[i], 0, 0, name + " written for " + target);
    }
  }
}

TEST_F(OpFunctions, OfTensorFlowPredictWhatItPredicts) { check({"op_functions", "tf-2.15.1"}, "tf2.15"); }
TEST_F(OpFunctions, OfKeras3PredictWhatItPredicts) { check({"op_functions", "keras-3.15.1"}, "keras3"); }

TEST_F(OpFunctions, OperationsAreHereOrNamedAsLimits) {
  const Recorded recorded("op_functions", "keras-3.15.1");
  const auto limits = read_file(test_data("keras") + "/../../../docs/limits.md");
  const std::string begin = "<!-- operations that are not here -->", end = "<!-- end of operations -->";
  ASSERT_NE(limits.find(begin), std::string::npos);
  const auto from = limits.find(begin);
  const auto section = limits.substr(from, limits.find(end, from) - from);
  for (const auto& operation : recorded.json.at("operations").as_list()) {
    const auto& name = operation.as_string();
    const auto named = section.find("`" + name.substr(4) + "`") != std::string::npos;
    EXPECT_NE(find_op_function(name) != nullptr, named) << name;
  }
}

}  // namespace
}  // namespace hornbeam::engine_test
