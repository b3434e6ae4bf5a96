// A v3 file that is refused leaves the model as it was: weights, optimizer and vocabulary.
#include <gmock/gmock.h>

#include "base/zip_writer.h"
#include "formats/hdf5/writer.h"
#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using testing_support::TempDir;

Tensor ones(const Shape& shape) { return ops::ones(shape); }

ModelRef compiled_with_words() {
  backend::clear_session();
  const auto text = Input({1}, {.dtype = "string"}), numbers = Input({2});
  const StringLookup words({.name = "words"});
  words->set_vocabulary(Config(std::vector<std::string>{"old"}));
  const auto model = Functional({text, numbers}, {words(text), Dense(3, {.name = "d"})(numbers)});
  model->set_target("keras3");
  model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1, .momentum = 0.9}), .loss = "mse"});
  model->optimizer()->build(model->trainable_weights());
  return model;
}

std::string all_of(const Model& model) {
  std::string all;
  for (const auto& value : model.get_weights()) all += value.to_string();
  for (const auto& variable : model.optimizer()->variables()) all += variable->value().to_string();
  for (const auto& layer : model.layers()) {
    if (const auto* words = dynamic_cast<const IndexLookupLayer*>(layer.get())) all += words->get_vocabulary().dump();
  }
  return all;
}

using Entries = std::vector<std::pair<std::string, Tensor>>;

class V3Untouched : public testing::Test {
 protected:
  std::string weights_of(const Entries& optimizer) const {
    const auto path = dir_.file("w.weights.h5");
    base::AtomicFile file(path);
    formats::hdf5::Writer writer(file);
    writer.add_dataset("/layers/dense/vars/0", ones({2, 3}));
    writer.add_dataset("/layers/dense/vars/1", ones({3}));
    for (const auto& [name, value] : optimizer) writer.add_dataset("/optimizer/vars/" + name, value);
    writer.close();
    file.commit();
    return path;
  }
  std::string archive_of(const Entries& optimizer, const std::string& words) const {
    const auto path = dir_.file("m.keras");
    base::ZipWriter zip(path);
    zip.add("config.json", "{}");
    zip.add("model.weights.h5", testing_support::read_file(weights_of(optimizer)));
    zip.add("assets/layers/string_lookup/vocabulary.txt", words);
    zip.finish();
    return path;
  }
  static std::string refusal_of(const std::string& path) {
    const auto model = compiled_with_words();
    const auto before = all_of(*model);
    const auto error = error_of([&] { model->load_weights(path); });
    EXPECT_EQ(all_of(*model), before);
    return error;
  }
  // As the compiled model's.
  static Entries state() {
    return {{"0", Tensor::scalar(std::int64_t{7})}, {"1", Tensor::scalar(0.5F)}, {"2", ones({2, 3})}, {"3", ones({3})}};
  }
  const TempDir dir_;
};

TEST_F(V3Untouched, ByAnOptimizerThatCannotBeRead) {
  const Entries gap{{"0", Tensor::scalar(1.0F)}, {"5", Tensor::scalar(1.0F)}};
  EXPECT_THAT(refusal_of(weights_of(gap)), HasSubstr("expected datasets 0 to 1, found 5"));
  EXPECT_THAT(refusal_of(archive_of(gap, "new")), HasSubstr("expected datasets 0 to 1, found 5"));
  auto texts = state();
  texts[2].second = Tensor::from<std::string>({1}, {"x"});
  EXPECT_THAT(refusal_of(weights_of(texts)), HasSubstr("expected numbers, found string"));
}

TEST_F(V3Untouched, ByAVocabularyThatCannotBeRead) {
  EXPECT_THAT(refusal_of(archive_of(state(), "a\na")), HasSubstr("at least one repeated term"));
}

// The weights come, the optimizer stays: one that has trained is no new one.
TEST_F(V3Untouched, TheOptimizerByAStateThatDoesNotFit) {
  auto whole_rate = state(), other_slot = state();
  whole_rate[1].second = Tensor::scalar(std::int64_t{0});
  other_slot[1].second = Tensor::scalar(0.25);  // float64
  other_slot[3].second = ones({4});
  for (const auto& bad : {whole_rate, other_slot}) {
    for (const bool trained : {false, true}) {
      const auto model = compiled_with_words();
      if (trained) model->load_weights(weights_of(state()));
      const auto variables = model->optimizer()->variables();
      const auto before = all_of(*model);
      LoadReport report;
      model->load_weights(weights_of(bad), {.report = &report});
      EXPECT_EQ(model->optimizer()->learning_rate()->dtype(), DType::float32);
      for (std::size_t i = 0; i < variables.size(); ++i) {
        EXPECT_EQ(model->optimizer()->variables()[i]->value().to_string(), variables[i]->value().to_string());
      }
      EXPECT_TRUE(!trained || all_of(*model) == before);
      EXPECT_EQ(report.mismatched.size(), 4U) << report.to_string();
      EXPECT_THAT(
          report.notes,
          testing::Contains(HasSubstr(trained ? "your model's optimizer stays as it was, after 7 steps. "
                                              : "your model is starting with a freshly initialized optimizer. ")));
    }
  }
}

TEST_F(V3Untouched, AndAllIsRestoredWhereAllIsRight) {
  const auto path = archive_of(state(), "new");
  const auto model = compiled_with_words();
  LoadReport report;
  model->load_weights(path, {.report = &report});
  EXPECT_EQ(model->get_weights()[0].data<float>()[0], 1.0F);
  EXPECT_EQ(model->optimizer()->iterations()->value().item<std::int64_t>(), 7);
  EXPECT_THAT(all_of(*model), HasSubstr(R"(["[UNK]", "new"])"));
  EXPECT_EQ(report.matched.size(), 2U + 4U + 1U) << report.to_string();
}

}  // namespace
}  // namespace hornbeam
