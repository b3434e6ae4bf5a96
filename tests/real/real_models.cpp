// Models that others trained, in a folder that is no part of the project: predicts with each as its case.json says, and
// compares with what a real Keras predicted.
//
//   real_models DIR [NAME...]     the models of these names, or all that are H5, JSON, .keras or TF2 SavedModels
//
// Each DIR/NAME: case.json ("files", "inputs", "outputs", "tolerance", "predict_note"), the files, the arrays. Exit
// code 1 when one fails.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "hornbeam/fields.hpp"
#include "hornbeam/hornbeam.hpp"
#include "reversed_lstm.h"
#include "support/files.h"

namespace {

using namespace hornbeam;
namespace fs = std::filesystem;

// relu of each row, divided by its sum: the function behind a lambda, in words in its case.json.
Tensor relu_share(const Tensor& x) {
  const auto y = ops::relu(x);
  return y / ops::reduce_sum(y, {-1}, true);
}

// Logits and an uncertainty: softmax at a temperature of two parameters. In words in its case.json.
class TemperatureScalingTwoParam final : public Layer {
 public:
  explicit TemperatureScalingTwoParam(const LayerOptions& options) : Layer(options) {}
  static Ref<TemperatureScalingTwoParam> from_config(const Config& config) {
    return make<TemperatureScalingTwoParam>(layer_options_from(config));
  }
  using Layer::build;
  void build(const std::vector<Shape>&) override {
    theta_0_ = add_weight("theta_0", {});
    theta_1_ = add_weight("theta_1", {});
  }
  Values call(const Values& inputs, CallContext&) override {
    const auto leaves = inputs.flatten();
    const auto temperature = ops::softplus(leaves.at(1) * theta_1_ + theta_0_);
    return ops::softmax(leaves.at(0) / ops::clip_by_value(temperature, 1e-3, 1e3));
  }

 private:
  Variable theta_0_, theta_1_;
};

// Rows of length one, as tf.math.l2_normalize makes them. In words in its case.json.
class L2Normalize final : public Layer {
 public:
  explicit L2Normalize(const LayerOptions& options) : Layer(options) {}
  static Ref<L2Normalize> from_config(const Config& config) { return make<L2Normalize>(layer_options_from(config)); }
  Values call(const Values& inputs, CallContext&) override { return ops::l2_normalize(inputs.tensor(), {1}); }
};
Tensor share_of_agreement(const Tensor& cosine) { return (cosine + 1.0F) / 2.0F; }

CustomObjects custom_objects() {
  auto objects = reversed_lstm();
  objects.emplace("TemperatureScalingTwoParam", custom_object<TemperatureScalingTwoParam>());
  objects.emplace("L2Normalize", custom_object<L2Normalize>());
  objects.emplace("lambda_14", Activation("lambda_14", share_of_agreement));
  objects.emplace("<lambda>", Activation("<lambda>", relu_share));
  return objects;
}

Config read_json(const fs::path& path) {
  return Config::parse(testing_support::read_file(path.string()), path.string());
}

struct Case {
  explicit Case(const fs::path& path) : folder(path), json(read_json(path / "case.json")) {}

  bool is_read() const {
    const auto& format = json.at("format").as_string();
    return format.find("HDF5") != std::string::npos || format.find(".keras") != std::string::npos || is_saved_model();
  }
  bool is_saved_model() const { return json.at("format").as_string() == "TF2 SavedModel"; }
  ModelRef load() const {
    fs::path config, weights;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      if (name == "architecture.json" || name == "model.json") config = entry.path();
    }
    for (const auto& file : json.at("files").as_list()) {
      if (folder / file.as_string() != config) weights = folder / file.as_string();
    }
    if (config.empty())
      return models::load_model(weights.string(), {.custom_objects = custom_objects(), .compile = false});
    const auto model =
        models::model_from_json(testing_support::read_file(config.string()), {.custom_objects = custom_objects()});
    model->load_weights(weights.string());
    return model;
  }
  std::vector<Tensor> arrays(const char* list) const {
    std::vector<Tensor> all;
    for (const auto& entry : json.at(list).as_list()) {
      const auto path = (folder / entry.at("file").as_string()).string();
      all.push_back(path.ends_with(".json") ? load_json_array(path) : load_npy(path));
    }
    return all;
  }
  // Some functions of users take the batch for one row.
  PredictOptions predict_options() const {
    const auto* note = json.find("predict_note");
    PredictOptions options;
    if (note && note->is_string() && note->as_string().starts_with("batch_size 1")) options.batch_size = 1;
    return options;
  }
  std::vector<Tensor> predict(const std::vector<Tensor>& inputs) const {
    if (is_saved_model()) return call_signature(inputs);
    return load()->predict(inputs.size() == 1 ? Values(inputs[0]) : Values(inputs), predict_options()).flatten();
  }
  // By the signature that predict_note names.
  std::vector<Tensor> call_signature(const std::vector<Tensor>& inputs) const {
    const auto& note = json.at("predict_note").as_string();
    const auto& names = json.at("inputs").as_list();
    std::map<std::string, Tensor> given;
    for (std::size_t i = 0; i < inputs.size(); ++i) given.emplace(names[i].at("name").as_string(), inputs[i]);
    const auto folder_of_model = folder / json.at("files").as_list().at(0).as_string();
    const auto results = saved_model::load(folder_of_model.string())->run(note.substr(note.rfind(' ') + 1), given);
    std::vector<Tensor> outputs;
    for (const auto& output : json.at("outputs").as_list()) {
      outputs.push_back(results.at(output.at("name").as_string()));
    }
    return outputs;
  }
  // The greatest difference, as a share of what is allowed.
  double difference() const {
    const auto wanted = arrays("outputs"), got = predict(arrays("inputs"));
    if (got.size() != wanted.size()) throw ValueError("another number of outputs");
    const auto atol = json.at("tolerance").at("atol").as_double(), rtol = json.at("tolerance").at("rtol").as_double();
    double most = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (got[i].shape() != wanted[i].shape()) throw ValueError("outputs of shape " + got[i].shape().to_string());
      if (wanted[i].dtype() == DType::string) {
        if (!std::ranges::equal(got[i].data<std::string>(), wanted[i].data<std::string>())) return INFINITY;
        continue;
      }
      const auto a = ops::cast(got[i], DType::float64), b = ops::cast(wanted[i], DType::float64);
      for (std::size_t k = 0; k < a.data<double>().size(); ++k) {
        const auto x = a.data<double>()[k], y = b.data<double>()[k];
        const auto share = std::abs(x - y) / (atol + rtol * std::abs(y));
        most = std::isnan(share) ? INFINITY : std::max(most, share);
      }
    }
    return most;
  }

  fs::path folder;
  Config json;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fputs("real_models DIR [NAME...]\n", stderr);
    return 2;
  }
  std::vector<Case> cases;
  for (int i = 2; i < argc; ++i) cases.emplace_back(fs::path(argv[1]) / argv[i]);
  if (argc == 2) {
    for (const auto& entry : fs::directory_iterator(argv[1])) {
      if (!entry.is_directory()) continue;
      Case one(entry.path());
      if (one.is_read()) cases.push_back(std::move(one));
    }
    std::ranges::sort(cases, {}, &Case::folder);
  }
  int failed = 0;
  for (const auto& one : cases) {
    const auto name = one.folder.filename().string();
    try {
      const auto share = one.difference();
      failed += share > 1;
      std::printf("%s %-28s %.3f of the tolerance\n", share > 1 ? "FAIL" : "pass", name.c_str(), share);
    } catch (const std::exception& error) {
      ++failed;
      std::printf("FAIL %-28s %.200s\n", name.c_str(), error.what());
    }
  }
  std::printf("%zu passed, %d failed\n", cases.size() - static_cast<std::size_t>(failed), failed);
  return failed == 0 && !cases.empty() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
