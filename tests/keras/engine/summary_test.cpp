// Model::summary against the texts tf.keras 2.15 printed (data/summary; its README says how they were made).
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "hornbeam/layers.hpp"
#include "hornbeam/saving.hpp"
#include "support/test_data.h"

namespace hornbeam {
namespace {

const std::string kFolder = test_data("keras") + "/summary/";

std::string read(const std::string& file) { return base::read_file(kFolder + file); }

SummaryOptions options_from(const Config& config) {
  SummaryOptions options;
  if (const auto* c = config.find("line_length")) options.line_length = static_cast<int>(c->as_int());
  if (const auto* c = config.find("positions")) {
    for (const auto& p : c->as_list()) options.positions.push_back(p.as_double());
  }
  if (const auto* c = config.find("expand_nested")) options.expand_nested = c->as_bool();
  if (const auto* c = config.find("layer_range")) {
    options.layer_range = {c->at(std::size_t{0}).as_string(), c->at(std::size_t{1}).as_string()};
  }
  if (const auto* c = config.find("show_trainable")) options.show_trainable = c->as_bool();
  return options;
}

TEST(Summary, IsWhatKerasPrints) {
  const auto index = Config::parse(read("index.json"));
  int compared = 0;
  for (const auto& entry : index.at("models").as_list()) {
    backend::clear_session();
    SCOPED_TRACE(entry.at("model").as_string());
    const auto model = models::model_from_json(read(entry.at("json").as_string()));
    for (const auto& text : entry.at("texts").as_list()) {
      EXPECT_EQ(model->summary(options_from(text.at("options"))), read(text.at("file").as_string()));
      ++compared;
    }
  }
  EXPECT_GT(compared, 100);
}

TEST(Summary, OfAnUnbuiltModelThrows) {
  const Sequential model({Dense(3)});
  try {
    model->summary();
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "This model has not yet been built. Build the model first by calling `build()` or calling `fit()` "
                 "with some data, or specify an `input_shape` argument in the first layer(s) for automatic build.");
  }
}

}  // namespace
}  // namespace hornbeam
