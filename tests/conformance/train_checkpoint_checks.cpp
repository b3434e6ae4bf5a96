// tf.train.Checkpoints of layers, of parts of models and of models in training.
#include "conformance/checking.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {

using namespace hornbeam;

namespace {

// What extra tells of a checkpoint without any object of it.
void expect_read(Checking& check, const std::string& prefix) {
  const auto file = train::load_checkpoint(prefix);
  check.expect(train::latest_checkpoint(check.c.path("train_ckpt")) == prefix, "latest_checkpoint");
  if (const auto* shapes = check.extra.find("variable_to_shape_map")) {
    const auto map = file.get_variable_to_shape_map();
    check.expect(map.size() == shapes->size(), "another number of variables");
    for (const auto& [key, shape] : shapes->as_dict()) {
      std::vector<std::int64_t> dims;
      for (const auto& dim : shape.as_list()) dims.push_back(dim.as_int());
      check.expect(map.contains(key) && map.at(key) == Shape(dims), "shape of " + key);
    }
  }
  for (const auto* key : {"variable_to_dtype_map", "dtypes"}) {
    const auto* dtypes = check.extra.find(key);
    if (!dtypes) continue;
    const auto map = file.get_variable_to_dtype_map();
    check.expect(map.size() == dtypes->size(), "another number of variables");
    for (const auto& [name, dtype] : dtypes->as_dict()) {
      check.expect(map.contains(name) && map.at(name) == dtype.as_string(), "dtype of " + name);
    }
  }
}

}  // namespace

// guide_16: a layer's variable.
void check_layer_checkpoint(Checking& check) {
  const auto prefix = check.c.path(check.told("path"));
  expect_read(check, prefix);
  const auto layer = std::make_shared<TrackableChildren>();
  const auto var = make_variable(Tensor::scalar<std::int32_t>(0), {.name = "var_a"});
  layer->add_edge("var", var);
  train::Checkpoint checkpoint({{"layer", layer}});
  checkpoint.restore(prefix).assert_consumed();
  const auto value = [](const Variable& v) { return tensor_to_json(v->value()); };
  const auto& values = check.extra.at("values");
  check.expect_config(value(var), values.at("layer/var/.ATTRIBUTES/VARIABLE_VALUE"), "var");
  check.expect_config(value(checkpoint.save_counter()), values.at("save_counter/.ATTRIBUTES/VARIABLE_VALUE"),
                      "counter");
}

// guide_18: parts of a functional model restored into those of another.
void check_parts_checkpoint(Checking& check) {
  const auto prefix = check.c.path(check.told("path"));
  expect_read(check, prefix);
  const auto& made = std::get<LayerFactory>(all_custom_objects(check.c.name).at("ContrivedModel"));
  const auto model = std::dynamic_pointer_cast<Model>(made(Config::dict()));
  (*model)(check.c.inputs());
  const auto part = [&model](const char* name) { return std::pair(std::string(name), model->find_edge(name)); };
  const auto dense = model->find_edge("first_dense");
  train::Checkpoint checkpoint({{"dense", dense}, part("kernel"), part("bias")}, {.target = name_of(check.c.target())});
  checkpoint.restore(prefix).assert_consumed();
  check.expect_predicts(*model, check.c.array(check.told("restored_out")), "restored_out");
}

// d_train_checkpoint: a manager's, of a compiled model, its optimizer and a step; the same state three times, of which
// the last two are kept. What training goes on to from there is the case's continuation.
void check_managed(Checking& check) {
  const auto latest = check.c.path(check.told("latest"));
  expect_read(check, latest);
  for (const auto& prefix : {check.c.path("train_ckpt/ckpt-2"), latest}) {
    const TargetScope scope(check.c.target());
    const auto model = check.model_of("config.json");
    model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
    model->optimizer()->build(model->trainable_weights());
    const auto step = make_variable(Tensor::scalar<std::int64_t>(0), {.trainable = false, .name = "step"});
    train::Checkpoint checkpoint({{"model", model}, {"optimizer", model->optimizer()}, {"step", step}},
                                 {.target = name_of(check.c.target())});
    checkpoint.restore(prefix).assert_consumed();
    check.expect(step->value().item<std::int64_t>() == 17, "step");
    check.expect_same(model->get_weights(), arrays_of(check.c, "arrays/weights.npz"), "weight");
    check.made += check_training(check.c, *model, {});
  }
}

}  // namespace conformance
