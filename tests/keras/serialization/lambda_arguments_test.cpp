// Lambda layers with arguments, as each Keras wrote them: what the function gives, and what is written again.
#include <gmock/gmock.h>

#include <filesystem>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::HasSubstr;
using testing_support::expect_close;
using testing_support::kProducers;
using testing_support::Recorded;

// record_lambda.py's functions.
Tensor scaled(const Tensor& x, const Config& arguments) {
  const auto number = [&](const char* key, double fallback) {
    const auto* given = arguments.find(key);
    return given ? given->as_double() : fallback;
  };
  auto y = x * number("by", 1) + number("plus", 0);
  if (const auto* table = arguments.find("table")) y = y + argument_tensor(*table, x.dtype());
  if (const auto* nested = arguments.find("nested")) {
    y = y * nested->at("a").as_double() - argument_tensor(nested->at("b"), x.dtype());
  }
  if (arguments.get_string("how", "sum") == "mean") y = y / 4.0;
  if (const auto* flag = arguments.find("flag"); flag && flag->as_bool()) y = -y;
  const auto* axes = arguments.find("axes");
  const auto* none = arguments.find("none");
  return y + static_cast<double>(axes ? axes->size() : 1) + (none && none->is_null() ? 0.0 : 1.0);
}
Values mixed(const Values& two, const Config& arguments) {
  return two[0].tensor() * arguments.at("by").as_double() - two[1].tensor();
}
Values difference_of(const Values& two) { return two[0].tensor() - two[1].tensor(); }
Tensor doubled(const Tensor& x) { return x * 2; }

struct Case {
  std::string producer, name;
};

const Recorded& recorded(const std::string& producer) {
  static std::map<std::string, Recorded> all;
  const auto found = all.find(producer);
  return found != all.end() ? found->second : all.emplace(producer, Recorded("lambda", producer)).first->second;
}

// Bytecode is found by the layer's name.
CustomObjects functions(const std::string& name) {
  const auto function = name == "two_inputs" ? HB_FUNCTION(mixed) : HB_FUNCTION(scaled);
  return {{"l", function}, {"scaled", function}, {"mixed", function}};
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto* producer : kProducers) {
    for (const auto& [name, model] : recorded(producer).json.as_dict()) all.push_back({producer, name});
  }
  return all;
}

class LambdaArguments : public testing::TestWithParam<Case> {
 protected:
  LambdaArguments() { backend::clear_session(); }
  std::string json() const { return recorded(GetParam().producer).json.at(GetParam().name).at("json").as_string(); }
  void expect_predicts(Model& model, const std::string& what) const {
    const auto& all = recorded(GetParam().producer).arrays;
    const auto& name = GetParam().name;
    Values x = all.at(name + "/x0");
    if (name == "two_inputs") x = Values{all.at(name + "/x0"), all.at(name + "/x1")};
    expect_close(model.predict(x).tensor(), all.at(name + "/y"), 1e-6, 1e-6, what);
  }
};

TEST_P(LambdaArguments, AreGivenToTheFunction) {
  const auto model = models::model_from_json(json(), {.custom_objects = functions(GetParam().name)});
  expect_predicts(*model, "from JSON");
  const CustomObjectScope scope(functions(GetParam().name));
  expect_predicts(*models::clone_model(*model), "cloned");
}

TEST_P(LambdaArguments, AreWrittenAgain) {
  const auto model = models::model_from_json(json(), {.custom_objects = functions(GetParam().name)});
  EXPECT_EQ(model->to_json(), json());
}

// A function by name is brought from each Keras to each; arrays as each writes them.
TEST_P(LambdaArguments, GoFromKerasToKeras) {
  const CustomObjectScope scope(functions(GetParam().name));
  const auto text = json();
  const auto model = models::model_from_json(text);
  const bool bytecode = text.find("\"function_type\": \"lambda\"") != text.npos;
  const testing_support::TempDir dir;
  for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
    if (bytecode && std::string(target) == "keras3") continue;
    const auto json = model->to_json(target);
    EXPECT_EQ(json.find("__numpy__") != json.npos, GetParam().producer != "tf-2.2.3" &&
                                                       std::string(target) != "tf2.2" &&
                                                       text.find("__numpy__") != text.npos)
        << json;
    expect_predicts(*models::model_from_json(json), std::string("JSON for ") + target);
    for (const auto* file : {"m.h5", "m.keras", "m"}) {
      const bool archive = std::string(file) == "m.keras", folder = std::string(file) == "m";
      if ((archive && std::string(target) == "tf2.2") || (folder && std::string(target) == "keras3")) continue;
      const auto path = dir.file(std::string(target) + file);
      model->save(path, {.target = target});
      expect_predicts(*models::load_model(path), path);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, LambdaArguments, testing::ValuesIn(all_cases()), [](const auto& test) {
  auto name = test.param.producer + "_" + test.param.name;
  for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST(LambdaArgumentsFiles, EachFileOfEachKeras) {
  const CustomObjectScope scope(functions("all"));
  for (const auto* producer : kProducers) {
    const auto& arrays = recorded(producer).arrays;
    for (const auto* suffix : {".h5", ".keras", ""}) {
      const auto path = test_data("keras") + "/lambda/" + producer + suffix;
      if (!std::filesystem::exists(path)) continue;
      backend::clear_session();
      const auto model = models::load_model(path);
      expect_close(model->predict(arrays.at("all/x0")).tensor(), arrays.at("all/y"), 1e-6, 1e-6, path);
      const auto arguments = model->get_layer("l")->get_config().at("arguments");
      EXPECT_EQ(arguments.at("plus"), Config(-1)) << path;
      const auto whole = argument_tensor(arguments.at("nested").at("b"), DType::int64);
      EXPECT_EQ(whole.shape(), Shape({1, 3})) << path;
      EXPECT_EQ(whole.data<std::int64_t>()[2], 3) << path;
    }
  }
}

TEST(LambdaArgumentsOfCpp, AreKeptAndGiven) {
  const CustomObjectScope scope({{"scaled", HB_FUNCTION(scaled)}, {"difference_of", HB_FUNCTION(difference_of)}});
  const Lambda layer(HB_FUNCTION(scaled), {.arguments = {{"by", 2.5}, {"none", nullptr}}, .name = "l"});
  const auto x = Tensor::from<float>({1, 2}, {2, 4});
  EXPECT_EQ(layer(x).tensor().data<float>()[1], 11);
  EXPECT_EQ(layers::deserialize(layers::serialize(layer))(x).tensor().data<float>()[1], 11);
  EXPECT_EQ(layer->get_config().at("arguments").dump(), R"({"by": 2.5, "none": null})");
  const Lambda difference(HB_FUNCTION(difference_of));
  const auto y = Tensor::from<float>({1, 2}, {5, 6});
  EXPECT_EQ(difference({y, x}).tensor().data<float>()[1], 2);
  EXPECT_EQ(layers::deserialize(layers::serialize(difference))({y, x}).tensor().data<float>()[0], 3);
  EXPECT_EQ(Lambda("relu")(-x).tensor().data<float>()[0], 0);
}

TEST(LambdaArgumentsOfCpp, HaveGradients) {
  const auto x = Tensor::from<float>({1, 2}, {2, 4});
  GradientTape tape;
  tape.watch(x);
  const auto y = Lambda(HB_FUNCTION(scaled), {.arguments = {{"by", 2.5}}})(x).tensor();
  EXPECT_EQ(tape.gradient(y, x).data<float>()[1], 2.5F);
}

// Keras before 2.3 wrote arrays so.
TEST(LambdaArgumentsOfCpp, OldArraysAreRead) {
  const CustomObjectScope scope({{"scaled", HB_FUNCTION(scaled)}});
  const auto layer = layers::deserialize(Config::parse(
      R"({"class_name": "Lambda", "config": {"name": "l", "function": "scaled", "function_type": "function",
      "arguments": {"table": {"type": "ndarray", "value": [1, 2.5]}, "none": null}}})"));
  EXPECT_EQ(layer(Tensor::from<float>({1, 2}, {2, 4})).tensor().data<float>()[1], 7.5F);
  EXPECT_EQ(layer->get_config().at("arguments").at("table").dump(),
            R"({"class_name": "__numpy__", "config": {"value": [1, 2.5], "dtype": "float64"}})");
}

TEST(LambdaArgumentsOfCpp, WrongOnesAreRefused) {
  const auto refused = [](auto call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.kind()) + ": " + error.what();
    }
    return std::string("not refused");
  };
  EXPECT_THAT(refused([] {
                Lambda(HB_FUNCTION(doubled), {.arguments = {{"by", 2.5}}});
              }),
              HasSubstr("TypeError: doubled() got an unexpected keyword argument 'by'"));
  EXPECT_THAT(refused([] { Lambda(HB_FUNCTION(scaled), {.arguments = 3}); }), HasSubstr("TypeError: The `arguments`"));
  EXPECT_THAT(refused([] {
                Lambda(HB_FUNCTION(mixed))({Tensor::scalar(1.0F), Tensor::scalar(2.0F)});
              }),
              HasSubstr("KeyError"));
  const auto config = Config::parse(R"({"class_name": "Lambda", "config": {"name": "l", "function": "doubled",
      "function_type": "function", "arguments": {"by": 2}}})");
  EXPECT_THAT(refused([&] {
                layers::deserialize(config, {{"doubled", HB_FUNCTION(doubled)}});
              }),
              HasSubstr("TypeError: doubled() got an unexpected keyword argument 'by'"));
  EXPECT_THAT(refused([] { argument_tensor(Config("a"), DType::float32); }), HasSubstr("NotImplementedError"));
}

}  // namespace
}  // namespace hornbeam
