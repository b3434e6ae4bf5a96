// What a case of the corpus trains on: its arrays in batches, and what its continuation gave.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"
#include "hornbeam/training.hpp"

namespace conformance {

class TrainingData {
 public:
  explicit TrainingData(const Case& c);
  std::int64_t batch_size() const { return batch_; }
  const hornbeam::Config& continued() const { return continued_; }  // continue.json, or null
  hornbeam::Values x(std::int64_t batch) const { return slice(x_, batch, "x_structure"); }
  hornbeam::Values y(std::int64_t batch) const { return slice(y_, batch, "y_structure"); }
  hornbeam::Values weights(std::int64_t batch) const;
  // One batch's step with the case's sample and class weights.
  hornbeam::Logs train(hornbeam::Model& model, std::int64_t batch) const;

 private:
  using Named = std::vector<std::pair<std::string, hornbeam::Tensor>>;
  Named read(const char* key) const;
  hornbeam::Values slice(const Named& arrays, std::int64_t batch, const char* structure_key) const;

  const Case& c_;
  const hornbeam::Config& train_;
  std::int64_t batch_ = 0;
  Named x_, y_, weights_;
  hornbeam::Config continued_;
  std::map<std::int64_t, double> class_weight_;
};

}  // namespace conformance
