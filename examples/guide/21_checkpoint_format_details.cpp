// TF Checkpoint format, format details: values are saved under the names of attributes, not of variables.
#include "sections.h"

namespace guide {
namespace {

class CustomLayer : public hb::Layer {
 public:
  explicit CustomLayer(std::int32_t a)
      : var(track("var", hb::make_variable(hb::Tensor::scalar(a), {.name = "var_a"}))) {}
  hb::Values call(const hb::Values& inputs, hb::CallContext&) override { return inputs; }

  const hb::Variable var;
};

constexpr const char* kValue = "/.ATTRIBUTES/VARIABLE_VALUE";

}  // namespace

void checkpoint_format_details(const Folder& folder) {
  // A Dense layer has the weights "kernel" and "bias".
  const auto dense = hb::Dense(3);
  dense->build({hb::None, 2});
  hb::train::Checkpoint({{"dense", dense}}).write(folder / "dense");
  const auto dense_reader = hb::train::load_checkpoint(folder / "dense");
  for (const std::string name : {"kernel", "bias"})
    check(dense_reader.has_tensor("dense/" + name + kValue), name + " is a key");
  leave_values(folder / "dense", {{"dense/kernel", dense->kernel->value()}, {"dense/bias", dense->bias->value()}});

  // The variable CustomLayer::var is saved with "var" as part of the key, not "var_a".
  const auto layer = hb::make<CustomLayer>(5);
  const auto layer_ckpt = hb::train::Checkpoint({{"layer", layer}}).save(folder / "custom_layer");

  const auto ckpt_reader = hb::train::load_checkpoint(layer_ckpt);
  check(layer->var->name() == "var_a:0", "the variable has its own name");
  const std::map<std::string, std::string> expected = {
      {"_CHECKPOINTABLE_OBJECT_GRAPH", "string"},
      {std::string("layer/var") + kValue, "int32"},
      {std::string("save_counter") + kValue, "int64"},
  };
  check(ckpt_reader.get_variable_to_dtype_map() == expected, "these are the keys");
  leave_values(layer_ckpt, {{"layer/var", layer->var->value()}, {"save_counter", hb::Tensor::scalar(std::int64_t{1})}});
}

}  // namespace guide
