#include "conformance/training_data.h"

#include "hornbeam/model.hpp"
#include "hornbeam/npy.hpp"
#include "tensor/rows.h"

namespace conformance {

using namespace hornbeam;

TrainingData::TrainingData(const Case& c) : c_(c), train_(c.description.at("train")) {
  batch_ = train_.at("batch_size").as_int();
  x_ = read("x_train");
  y_ = read("y_train");
  if (const auto* w = train_.find("sample_weight"); w && !w->is_null()) weights_ = read("sample_weight");
  if (!c.has_file("continue/continue.json")) return;
  continued_ = Config::parse(c.text("continue/continue.json"), "continue.json");
  if (const auto* w = continued_.find("class_weight"); w && w->is_dict()) {
    for (const auto& [key, value] : w->as_dict()) class_weight_[std::stoll(key)] = value.as_double();
  }
}

Values TrainingData::weights(std::int64_t batch) const {
  return weights_.empty() ? Values() : slice(weights_, batch, "y_structure");
}

Logs TrainingData::train(Model& model, std::int64_t batch) const {
  model.reset_metrics();  // in 2.2 they would go on from the evaluation before
  return model.train_on_batch(x(batch), y(batch), {.sample_weight = weights(batch), .class_weight = class_weight_});
}

TrainingData::Named TrainingData::read(const char* key) const {
  Named list;
  for (const auto& entry : train_.at(key).as_list()) {
    list.emplace_back(entry.at("name").as_string(), load_npy(c_.path(entry.at("file").as_string())));
  }
  return list;
}

Values TrainingData::slice(const Named& arrays, std::int64_t batch, const char* structure_key) const {
  const auto structure = train_.get_string(structure_key, "single");
  Values::List list;
  Values::Dict dict;
  for (const auto& [name, t] : arrays) {
    const auto part = rows_of(t, batch * batch_, (batch + 1) * batch_);
    list.emplace_back(part);
    dict.emplace(name, part);
  }
  if (structure == "dict") return Values(dict);
  return list.size() == 1 && structure == "single" ? list[0] : Values(list);
}

}  // namespace conformance
