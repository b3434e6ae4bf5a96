#include "keras/saving/v3_weights_write.h"

#include <map>

#include "hornbeam/layers/lora.hpp"
#include "keras/engine/added.h"
#include "keras/engine/names.h"
#include "keras/engine/op_spelling.h"
#include "keras/saving/v3_vocabularies.h"
#include "keras/saving/v3_walk.h"
#include "keras/saving/weight_forms.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

class VarsWriter {
 public:
  VarsWriter(hdf5::Writer& writer, Target target) : writer_(writer), keras3_(target == Target::keras3) {}

  void group(const std::string& path, const std::string& name) {
    group_ = path.empty() ? "/vars" : "/" + path + "/vars";
    count_ = 0;
    writer_.add_group(group_);
    if (keras3_) writer_.add_attribute(group_, "name", name, hdf5::Charset::utf8);
  }
  void variable(const Tensor& value) { named(std::to_string(count_++), value); }
  void named(const std::string& name, const Tensor& value) {
    const auto path = group_ + "/" + name;
    // NumPy has no such numbers; Keras 3 says in an attribute what the bytes are.
    if (!keras3_ || value.dtype() != DType::bfloat16) return writer_.add_dataset(path, value);
    writer_.add_opaque(path, value);
    writer_.add_attribute(path, "dtype", "bfloat16", hdf5::Charset::utf8);
  }

 private:
  hdf5::Writer& writer_;
  bool keras3_;
  std::string group_;
  std::size_t count_ = 0;
};

// Keras 2 wants to find the sums of metrics that the model's config makes, by their classes; they begin at zero.
void write_added_metrics(VarsWriter& groups, const Model& model) {
  std::map<std::string, int> used;
  for (const auto& layer : model.layers()) {
    const auto* added = dynamic_cast<const AddMetricLayer*>(layer.get());
    if (!added) continue;
    const auto& metric = added->metric();
    auto name = metric ? to_snake_case(metric->class_name()) : "mean";
    if (const auto count = used[name]++) name += "_" + std::to_string(count);
    groups.group("metrics/" + name, added->metric_name());
    std::vector<Shape> shapes(metric ? 0 : 2);  // a mean's total and count
    if (metric) {
      for (const auto& variable : metric->variables()) shapes.push_back(variable->shape());
    }
    for (const auto& shape : shapes) groups.variable(Tensor::zeros(DType::float32, shape));
  }
}

void write_inner(VarsWriter& groups, const std::string& path, const OptimizerState& optimizer) {
  for (const auto& [place, inner] : optimizer.inner) {
    const auto below = path + "/" + place;
    groups.group(below, inner.name);
    for (const auto& [name, value] : inner.variables) groups.variable(value);
    write_inner(groups, below, inner);
  }
}

}  // namespace

void write_v3_weights(hdf5::Writer& writer, const Model& model, const WhichLayers& which,
                      const OptimizerState& optimizer, SaveReport& report) {
  const bool keras3 = which.target == Target::keras3;
  const WeightForms forms(model, which.target);
  VarsWriter groups(writer, which.target);
  for (const auto& holder : v3_holders(model, v3_layout_of(which.target), which.copied)) {
    if (which.left_out.contains(holder.layer)) continue;
    if (keras3 && is_op_layer(*holder.layer)) continue;  // operations are no layers there
    groups.group(holder.path, holder.layer->name());
    const auto* lora = dynamic_cast<const LoraLayer*>(holder.layer);
    for (const auto& variable : holder.variables) {
      groups.variable(lora && lora->lora_enabled() ? lora->stored_value(variable) : forms.value(*variable));
      report.written.push_back(variable->path());
    }
    if (const auto weights = v3_idf_weights(*holder.layer); weights.defined()) groups.named(kIdfWeights, weights);
  }
  if (!keras3) write_added_metrics(groups, model);
  if (optimizer.variables.empty()) return;
  groups.group("optimizer", optimizer.name);
  for (const auto& [name, value] : optimizer.variables) {
    groups.variable(value);
    report.written.push_back("optimizer: " + name);
  }
  write_inner(groups, "optimizer", optimizer);
}

}  // namespace hornbeam
