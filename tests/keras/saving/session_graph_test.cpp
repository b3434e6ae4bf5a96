// SavedModels without objects, against what TensorFlow makes of them (tools/record/record_v1_saved_models.py).
#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saved_model.hpp"
#include "hornbeam/saving.hpp"
#include "support/error_of.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::error_of;

constexpr const char* kMakers[] = {"tf-2.2.3", "tf-2.15.1"};
constexpr const char* kNames[] = {"references", "resources", "partitioned", "tables", "choices", "estimator", "parsed"};

std::string place_of(const std::string& maker, const std::string& name) {
  return test_data("keras") + "/v1_saved_models/" + maker + "/" + name;
}

// [dtype, shape, flat values].
Tensor tensor_told(const Config& told) {
  const auto dtype = dtype_from_name(told.at(std::size_t{0}).as_string());
  std::vector<std::int64_t> dims;
  for (const auto& d : told.at(1).as_list()) dims.push_back(d.as_int());
  const auto& values = told.at(2).as_list();
  const Shape flat{static_cast<std::int64_t>(values.size())};
  if (dtype == DType::string) {
    std::vector<std::string> texts;
    for (const auto& v : values) texts.push_back(v.as_string());
    return ops::reshape(Tensor::from<std::string>(flat, texts), Shape(dims));
  }
  std::vector<double> numbers;
  for (const auto& v : values) numbers.push_back(v.is_bool() ? v.as_bool() : v.as_double());
  return ops::cast(ops::reshape(Tensor::from<double>(flat, numbers), Shape(dims)), dtype);
}

void expect_same(const Tensor& got, const Config& told, const std::string& what) {
  const auto wanted = tensor_told(told);
  ASSERT_EQ(got.dtype(), wanted.dtype()) << what;
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  if (got.dtype() == DType::string) {
    EXPECT_TRUE(std::ranges::equal(got.data<std::string>(), wanted.data<std::string>())) << what;
    return;
  }
  const auto a = ops::cast(got, DType::float64), b = ops::cast(wanted, DType::float64);
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    EXPECT_NEAR(a.data<double>()[i], b.data<double>()[i], 2e-6) << what << " " << i;
  }
}

// A model loaded with the tags it was recorded with.
struct SessionCase {
  SessionCase(const std::string& maker, const std::string& model)
      : name(maker + "/" + model), told(Config::parse(base::read_file(place_of(maker, model) + ".json"))) {
    std::optional<std::vector<std::string>> tags;
    if (!told.at("tags").is_null()) {
      tags.emplace();
      for (const auto& tag : told.at("tags").as_list()) tags->push_back(tag.as_string());
    }
    loaded = saved_model::load(place_of(maker, model), tags);
  }
  std::string name;
  Config told;
  std::shared_ptr<const saved_model::Object> loaded;
};

TEST(SessionGraph, HasTheVariablesAndSignaturesOfTheFile) {
  for (const std::string maker : kMakers) {
    for (const std::string model : kNames) {
      const SessionCase one(maker, model);
      EXPECT_EQ(one.loaded->tensorflow_version(), one.told.at("version").as_string());
      const auto variables = one.loaded->variables();
      const auto& wanted = one.told.at("variables").as_list();
      ASSERT_EQ(variables.size(), wanted.size()) << one.name;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(variables[i].first, wanted[i].at(std::size_t{0}).as_string());
        EXPECT_EQ(variables[i].second->trainable(), wanted[i].at(1).as_bool()) << variables[i].first;
        expect_same(Tensor(variables[i].second), wanted[i].at(2), one.name + " " + variables[i].first);
      }
      std::vector<std::string> names;
      for (const auto& [key, arguments] : one.told.at("signatures").as_dict()) {
        names.push_back(key);
        std::vector<std::string> wanted_names;
        for (const auto& argument : arguments.as_list()) wanted_names.push_back(argument.as_string());
        EXPECT_THAT(one.loaded->argument_names(key), ::testing::UnorderedElementsAreArray(wanted_names));
      }
      EXPECT_THAT(one.loaded->signatures(), ::testing::UnorderedElementsAreArray(names));
      EXPECT_THAT(one.loaded->functions(), IsEmpty());
    }
  }
}

// Thrice, for later calls may be compiled.
TEST(SessionGraph, SignaturesGiveWhatTensorFlowDoes) {
  for (const std::string maker : kMakers) {
    for (const std::string model : kNames) {
      const SessionCase one(maker, model);
      for (int turn = 0; turn < (model == "resources" ? 1 : 3); ++turn) {
        for (const auto& call : one.told.at("calls").as_list()) {
          std::map<std::string, Tensor> inputs;
          for (const auto& [name, value] : call.at("inputs").as_dict()) inputs.emplace(name, tensor_told(value));
          const auto& key = call.at("signature").as_string();
          const auto outputs = one.loaded->run(key, inputs);
          ASSERT_EQ(outputs.size(), call.at("outputs").size());
          for (const auto& [name, value] : call.at("outputs").as_dict()) {
            expect_same(outputs.at(name), value, one.name + " " + key + " " + name);
          }
        }
      }
    }
  }
}

TEST(SessionGraph, PrunesFromAnyTensorToAnyOther) {
  for (const std::string maker : kMakers) {
    const SessionCase one(maker, "references");
    for (const auto& prune : one.told.at("prunes").as_list()) {
      std::vector<std::string> feeds, fetches;
      for (const auto& f : prune.at("feeds").as_list()) feeds.push_back(f.as_string());
      for (const auto& f : prune.at("fetches").as_list()) fetches.push_back(f.as_string());
      std::vector<Tensor> inputs;
      for (const auto& input : prune.at("inputs").as_list()) inputs.push_back(tensor_told(input));
      const auto outputs = one.loaded->prune(feeds, fetches)(inputs);
      ASSERT_EQ(outputs.size(), prune.at("outputs").size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        expect_same(outputs[i], prune.at("outputs").at(i), one.name + " " + fetches[i]);
      }
    }
    EXPECT_EQ(one.loaded->prune({}, {"dense/kernel:0"})({}).at(0).shape(), (Shape{3, 2})) << "a reference";
    const auto steps = one.loaded->prune({}, {"after:0"});
    const auto before = steps({}).at(0).data<std::int64_t>()[0];
    EXPECT_EQ(steps({}).at(0).data<std::int64_t>()[0], before + 2) << "a reference that is counted up";
    EXPECT_THAT(error_of([&] { one.loaded->prune({}, {"logits:0"}); }),
                HasSubstr("depends on a placeholder which is not an input"));
    EXPECT_THAT(error_of([&] { one.loaded->prune({}, {"nothing:0"}); }),
                HasSubstr("The name 'nothing' refers to an Operation which does not exist"));
    EXPECT_THAT(error_of([&] { one.loaded->prune({"x:0"}, {"logits:0"})({}); }),
                HasSubstr("takes 1 tensors, received 0"));
  }
}

TEST(SessionGraph, RefusesWhatTensorFlowDoes) {
  const SessionCase one("tf-2.15.1", "references");
  EXPECT_THAT(error_of([&] { one.loaded->run("other", {}); }),
              HasSubstr("the SavedModel's signatures are ['serving_default']"));
  EXPECT_THAT(error_of([&] {
                one.loaded->run("serving_default", {{"y", Tensor::scalar(1.0F)}});
              }),
              HasSubstr("takes the arguments ['x'], received ['y']"));
  EXPECT_THAT(error_of([&] {
                one.loaded->run("serving_default", {{"x", ops::zeros({1, 3}, DType::float64)}});
              }),
              HasSubstr("was expected to be a float32 tensor but is a float64 tensor"));
  EXPECT_THAT(error_of([&] { (*one.loaded)(Tensor::scalar(1.0F)); }), HasSubstr("has no attribute '__call__'"));
  EXPECT_THAT(
      error_of([&] { saved_model::load(place_of("tf-2.15.1", "resources"), std::vector<std::string>{"gpu"}); }),
      HasSubstr("MetaGraphDef associated with tags ['gpu'] could not be found in SavedModel, with available tags"));
  EXPECT_THAT(error_of([&] { models::load_model(place_of("tf-2.15.1", "references")); }),
              HasSubstr("holds no Keras model: it was saved without objects"));
}

}  // namespace
}  // namespace hornbeam
