// Optimizers as Keras recorded them: tests/keras/data/optimizers, adaptive_optimizers, late_optimizers and
// optimizer_settings.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/optimizers.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {

inline OptimizerGeneration generation_named(const std::string& name) {
  if (name == "legacy") return OptimizerGeneration::legacy;
  return name == "modern" ? OptimizerGeneration::modern : OptimizerGeneration::keras3;
}

// The optimizer that Keras made with these arguments, read from the config it had before its first step.
inline Optimizer optimizer_of(const Config& row) {
  auto config = row.at("config_fresh");
  if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
  // Neither does Keras read its own Nadam's `decay` from a config.
  if (const auto* decay = row.at("arguments").find("schedule_decay")) config.set("schedule_decay", *decay);
  auto optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
  std::vector<std::string> names;
  if (const auto* exclude = row.find("exclude")) {
    for (const auto& name : exclude->as_list()) names.push_back(name.as_string());
  }
  optimizer->exclude_from_weight_decay({}, names);
  return optimizer;
}

inline std::vector<Tensor> arrays(const Recorded& r, const Config& keys) {
  std::vector<Tensor> all;
  for (const auto& key : keys.as_list()) all.push_back(r.arrays.at(key.as_string()));
  return all;
}

inline std::vector<Variable> variables_of(const Recorded& r, const Config& row) {
  constexpr const char* kNames[] = {"d/kernel", "d/bias", "d/deep", "d/embeddings"};
  std::vector<Variable> variables;
  for (const auto& value : arrays(r, row.at("variables"))) {
    variables.push_back(std::make_shared<VariableNode>(kNames[variables.size()], value, true));
  }
  return variables;
}

inline void expect_all_close(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool wide = got[i].dtype() == DType::float64;
    expect_close(got[i], want[i], wide ? 1e-12 : 1e-6, wide ? 1e-14 : 1e-7, what + " " + std::to_string(i));
  }
}

inline std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const auto& v : variables) values.push_back(v->value());
  return values;
}

inline constexpr const char* kFolders[] = {"optimizers", "adaptive_optimizers", "late_optimizers",
                                           "optimizer_settings"};

// What 2.2 has not is not written when it is meant.
inline Target target_of(const std::string& producer) {
  return producer == "tf-2.2.3" ? Target::tf22 : producer == "tf-2.15.1" ? Target::tf215 : Target::keras3;
}

template <class F>
void for_each_recorded(F&& f) {
  for (const auto* folder : kFolders) {
    for (const auto* producer : kProducers) {
      if (std::string(folder) == "late_optimizers" && std::string(producer) == "tf-2.2.3") continue;
      const TargetScope scope(target_of(producer));
      f(Recorded(folder, producer));
    }
  }
}

template <class F>
int for_each_row(F&& f) {
  int rows = 0;
  for_each_recorded([&](const Recorded& recorded) {
    const auto& producer = recorded.producer;
    for (const auto& row : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(producer + " " + row.at("generation").as_string() + " " + row.at("class_name").as_string() +
                   row.at("arguments").dump() + row.at("dtype").as_string());
      f(recorded, row);
      ++rows;
    }
  });
  return rows;
}

// A config without the keys of `is_legacy_optimizer`, which 2.2 does not write.
inline std::string keys_of(const Config& config) {
  std::string keys;
  for (const auto& [key, value] : config.as_dict()) keys += key + " ";
  return keys;
}

inline Variable one(float value = 1) {
  return std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {value}), true);
}

}  // namespace hornbeam::testing_support
