// One case's comparisons of what it carries beside its model; each throws Mismatch.
#pragma once

#include "conformance/compare.h"
#include "conformance/custom_objects.h"
#include "conformance/training_checks.h"
#include "hornbeam/npy.hpp"

namespace conformance {

struct Checking {
  const Case& c;
  const hornbeam::Config& extra;
  int made = 0;

  // The text that case.json's `extra` has under `key`: a file, mostly.
  const std::string& told(const char* key) const { return extra.at(key).as_string(); }
  void expect(bool right, const std::string& what) {
    ++made;
    if (!right) throw Mismatch{what};
  }
  void expect_config(const hornbeam::Config& got, const hornbeam::Config& expected, const std::string& what) {
    const auto text = difference(got, expected);
    expect(text.empty(), what + text);
  }
  void expect_predicts(hornbeam::Model& model, const hornbeam::Tensor& expected, const std::string& what) {
    const auto text = difference(c, model.predict(c.inputs()).tensor(), expected);
    expect(text.empty(), what + ": " + text);
  }
  void expect_same(const std::vector<hornbeam::Tensor>& got, const std::vector<hornbeam::Tensor>& expected,
                   const std::string& what) {
    expect(got.size() == expected.size(), what + ": another number of arrays");
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto text = difference(got[i], expected[i]);
      expect(text.empty(), what + " " + std::to_string(i) + ": " + text);
    }
  }
  hornbeam::ModelRef model_of(const char* file) { return model_of(c.text(file), file); }
  hornbeam::ModelRef model_of(const std::string& json, const std::string& what) {
    auto model = hornbeam::models::model_from_json(json, {.custom_objects = all_custom_objects(c.name)});
    expect(model->to_json() == json, what + ": to_json differs");
    return model;
  }
};

inline std::vector<hornbeam::Tensor> arrays_of(const Case& c, const char* file) {
  std::vector<hornbeam::Tensor> arrays;
  for (auto& [name, array] : hornbeam::load_npz(c.path(file))) arrays.push_back(std::move(array));
  return arrays;
}

// train_checkpoint_checks.cpp: what tf.train.Checkpoints of the case hold.
void check_layer_checkpoint(Checking& check);
void check_parts_checkpoint(Checking& check);
void check_managed(Checking& check);

}  // namespace conformance
