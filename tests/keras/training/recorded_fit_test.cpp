// fit and evaluate against what real Keras did.
#include "recorded_fit.h"

namespace hornbeam::training_test {
namespace {

class FitLikeKeras : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(FitLikeKeras, HistoryWeightsAndEvaluation) {
  const auto& [producer, name] = GetParam();
  const auto& all = recording(producer);
  const auto model = model_of(all.cases.at(name).at("config").as_string());
  // The only part of a recorded model that no JSON holds.
  if (name == "model_adds_a_function") {
    const auto kernel = model->get_layer("h")->weights()[0];
    model->add_loss([kernel] { return ops::reduce_mean(ops::square(kernel)) * 0.5; });
  }
  expect_fits_as(all, name, *model);
}

std::vector<std::pair<std::string, std::string>> all_cases() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"}) {
    for (const auto& [name, c] : recording(producer).cases.as_dict()) list.emplace_back(producer, name);
  }
  return list;
}
INSTANTIATE_TEST_SUITE_P(Recorded, FitLikeKeras, testing::ValuesIn(all_cases()), [](const auto& param_info) {
  auto name = param_info.param.first + "_" + param_info.param.second;
  for (auto& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

}  // namespace
}  // namespace hornbeam::training_test
