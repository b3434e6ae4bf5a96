#include "conformance/guide_checks.h"

#include <algorithm>

#include "conformance/checking.h"
#include "conformance/corpus_models.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/serialization/dialect_write.h"

namespace conformance {
namespace {

using namespace hornbeam;

void fill_head(Model& model, double value) {
  const auto head = model.layers().back();
  std::vector<Tensor> weights;
  for (const auto& w : head->get_weights()) weights.push_back(ops::zeros_like(w) + value);
  head->set_weights(weights);
}

// ---- configs by themselves ----

// guide_09's layer, whose config is its variable's value.
class CustomLayerA final : public Layer {
 public:
  explicit CustomLayerA(const Config& config) : a_(config.at("a").as_double()) {}
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  Config get_config() const override { return Config{{"a", a_}}; }

 private:
  double a_;
};

void check_layer_configs(Checking& check, const Dialect& dialect) {
  const auto configs = Config::parse(check.c.text("layer_configs.json"));
  const auto serialized = Config::parse(check.c.text("layer_serialized.json"));
  check.expect(configs.size() == serialized.size(), "another number of layers");
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const auto written = to_dialect(*layers::deserialize(serialized.at(i)), dialect);
    check.expect_config(written, serialized.at(i), "layer_serialized.json " + std::to_string(i));
    check.expect_config(written.at("config"), configs.at(i), "layer_configs.json " + std::to_string(i));
  }
}

void check_custom_config(Checking& check, const Dialect& dialect) {
  const CustomObjects objects{
      {"CustomLayerA", LayerFactory([](const Config& config) { return std::make_shared<CustomLayerA>(config); })}};
  const CustomObjectScope scope(objects);
  const auto serialized = Config::parse(check.c.text("serialized.json"));
  const auto expected = Config::parse(check.c.text("expected.json"));
  const auto layer = layers::deserialize(serialized);
  check.expect_config(layers::serialize(layer), expected, "expected.json");
  check.expect_config(to_dialect(*layer, dialect), serialized, "serialized.json");
}

void check_model_config(Checking& check) {
  auto expected = Config::parse(check.c.text("get_config.json"));
  // The corpus wrote down 2.2's TensorShape as Python prints it.
  if (auto* shape = expected.find("build_input_shape"); shape && shape->is_string()) {
    const auto& text = shape->as_string();
    check.expect(text == "TensorShape([None, 32])", text);
    *shape = Config::parse("[null, 32]");
  }
  const auto model = check.model_of("config.json");
  check.expect_config(Config::parse(model->to_json()).at("config"), expected, "get_config.json");
}

void check_configs(Checking& check) {
  const auto dialect = dialect_for(name_of(check.c.target()), "");
  for (const auto& file : check.extra.at("json_files").as_list()) {
    const auto& name = file.as_string();
    if (name == "layer_configs.json") check_layer_configs(check, dialect);
    if (name == "expected.json") check_custom_config(check, dialect);
    if (name == "get_config.json") check_model_config(check);
  }
}

// ---- parts of models ----

// guide_13: what a functional model of the same layers saved.
void check_functional_weights(Checking& check) {
  const auto digits = Input({784}, {.name = "digits"});
  auto x = Dense(64, {.activation = "relu", .name = "dense_1"})(digits);
  x = Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto y = Dense(10, {.name = "predictions"})(x);
  const auto expected = check.c.outputs().at(0).second;
  for (const auto& file : {check.told("functional_weights"), std::string("functional_ckpt/w")}) {
    if (!check.c.has_file(file) && !check.c.has_file(file + ".index")) continue;
    const auto model = Functional(digits, y, {.name = "3_layer_mlp"});
    fill_head(*model, 0);
    const auto status = model->load_weights(check.c.path(file));
    if (file.starts_with("functional_ckpt")) {
      status.assert_consumed();
      check.expect(train::latest_checkpoint(check.c.path("functional_ckpt")) == check.c.path(file),
                   "latest_checkpoint");
    }
    check.expect_predicts(*model, expected, file);
  }
}

// guide_17: a model of another head takes the weights that its other layers have in the file. A Sequential around such
// a model does not find them, the model itself does.
void check_pretrained(Checking& check) {
  const auto prefix = check.c.path(check.told("pretrained_ckpt"));
  check.expect(train::latest_checkpoint(check.c.path("pretrained_ckpt")) == prefix, "latest_checkpoint");
  const auto model = check.model_of("new_model.json");
  model->load_weights(prefix);
  fill_head(*model, check.extra.at("new_head_weights_all").as_double());
  check.expect_predicts(*model, check.c.array(check.told("new_model_out")), "new_model_out");

  const auto around = check.model_of("sequential.json");
  bool refused = false;
  try {
    around->load_weights(prefix);
  } catch (const ValueError&) {
    refused = true;
  }
  check.expect(refused && check.told("sequential_load_weights_error").starts_with("ValueError"),
               "sequential.json loads");
  const auto inner = std::dynamic_pointer_cast<Model>(around->layers().at(0));
  inner->load_weights(prefix).assert_consumed();
  auto expected = model->get_weights();
  expected.resize(inner->get_weights().size());
  check.expect_same(inner->get_weights(), expected, "weight of the inner model");
}

// guide_21: layers of a loaded model under a new head.
void check_extracted(Checking& check) {
  const auto whole = check.model_of("config.json");
  whole->load_weights(check.c.path(
      "weights_h5/" + std::string(check.c.has_file("weights_h5/weights.h5") ? "" : "model.") + "weights.h5"));
  const auto model = check.model_of("extracted.json");
  const auto names = check.extra.at("layers").as_list();
  const auto layers = model->layers();
  check.expect(layers.size() == names.size(), "another number of layers");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    check.expect(layers[i]->name() == names[i].as_string(), "layer " + std::to_string(i) + ": another name");
    if (i + 1 < layers.size()) layers[i]->set_weights(whole->get_layer(layers[i]->name())->get_weights());
  }
  fill_head(*model, check.extra.at("head_weights_all").as_double());
  check.expect_predicts(*model, check.c.array(check.told("extracted_out")), "extracted_out");
}

// guide_20: files of the model while its first inner layer was frozen, which has its weights in another order.
void check_frozen(Checking& check) {
  const auto order = Config::parse(check.c.text("weights_order_frozen.json")).at("weights");
  const auto saved = arrays_of(check.c, "arrays/weights.npz");
  const auto& before = check.extra.at("names_before").as_list();
  std::vector<Tensor> expected;
  for (const auto& name : check.extra.at("names_after").as_list()) {
    const auto at = std::ranges::find(before, name) - before.begin();
    expected.push_back(saved.at(static_cast<std::size_t>(at)));
  }
  check.expect(order.size() == expected.size(), "weights_order_frozen.json");
  const auto outputs = check.c.outputs().at(0).second;
  const auto frozen = [&check] {
    auto model = corpus_model(check.c);
    model->layers().back()->sublayers().at(0)->set_trainable(false);
    return model;
  };
  for (const auto& file : {check.told("frozen_weights_h5"), std::string("frozen_ckpt/w")}) {
    if (!check.c.has_file(file) && !check.c.has_file(file + ".index")) continue;
    const auto model = frozen();
    const auto status = model->load_weights(check.c.path(file));
    if (file.starts_with("frozen_ckpt")) {
      status.assert_consumed();
      check.expect(train::latest_checkpoint(check.c.path("frozen_ckpt")) == check.c.path(file), "latest_checkpoint");
    }
    check.expect_same(model->get_weights(), expected, file);
    check.expect_predicts(*model, outputs, file);
  }
  if (!check.c.has_file("frozen_saved_model")) return;
  const auto model = models::load_model(check.c.path("frozen_saved_model"), {.custom_objects = custom_objects()});
  check.expect_same(model->get_weights(), expected, "frozen_saved_model");
  check.expect_predicts(*model, outputs, "frozen_saved_model");
}

// d_include_optimizer_false: nothing of the optimizer is there.
void check_without_optimizer(Checking& check) {
  const auto weights = arrays_of(check.c, "arrays/weights.npz");
  for (const auto& file : {"model.h5", "saved_model"}) {
    const auto path = check.told("noopt") + "/" + file;
    const auto model = models::load_model(check.c.path(path));
    check.expect_same(model->get_weights(), weights, path);
    check.expect_predicts(*model, check.c.outputs().at(0).second, path);
    check.expect(!model->is_compiled() || !model->optimizer()->built(), path + ": there is an optimizer");
  }
}

const std::pair<const char*, void (*)(Checking&)> kKinds[] = {{"json_files", check_configs},
                                                              {"functional_weights", check_functional_weights},
                                                              {"pretrained_ckpt", check_pretrained},
                                                              {"extracted_config", check_extracted},
                                                              {"frozen_weights_h5", check_frozen},
                                                              {"noopt", check_without_optimizer},
                                                              {"values", check_layer_checkpoint},
                                                              {"restored_out", check_parts_checkpoint},
                                                              {"latest", check_managed}};

}  // namespace

bool has_more(const Case& c) {
  const auto* extra = c.description.find("extra");
  return extra && std::ranges::any_of(kKinds, [extra](const auto& kind) { return extra->has(kind.first); });
}

int check_more(const Case& c) {
  Checking check{c, c.description.at("extra")};
  const TargetScope scope(c.target());
  for (const auto& [key, kind] : kKinds) {
    if (check.extra.has(key)) kind(check);
  }
  return check.made;
}

}  // namespace conformance
