// class_weight: what samples count for by their class.
#include "hornbeam/config.hpp"
#include "hornbeam/ops_array.hpp"
#include "hornbeam/ops_math.hpp"
#include "keras/training/data.h"
#include "ops/int_values.h"

namespace hornbeam::training {
namespace {

using ClassWeight = std::map<std::int64_t, double>;

// Keras 2 makes a table of them.
void check_classes(const ClassWeight& class_weight) {
  std::int64_t next = 0;
  std::string found;
  bool in_order = true;
  for (const auto& [label, weight] : class_weight) {
    in_order = in_order && label == next++;
    found += (found.empty() ? "" : ", ") + std::to_string(label) + ": " + Config(weight).dump();
  }
  if (in_order) return;
  throw ValueError(
      "Expected `class_weight` to be a dict with keys from 0 to one less than the number of classes, found {" + found +
      "}");
}

// The number itself, or where a one-hot row is greatest.
std::vector<std::int64_t> classes_of(const Tensor& y) {
  if (y.rank() > 2) throw ValueError("`class_weight` not supported for 3+ dimensional targets.");
  Tensor classes = y;
  if (y.rank() == 2) classes = y.shape()[1] > 1 ? ops::argmax(y, -1) : ops::reshape(y, {y.shape()[0]});
  return int_values(ops::cast(classes, DType::int64));
}

// One weight per row of y.
Tensor weights_of(const Tensor& y, const ClassWeight& class_weight, Target target) {
  const auto classes = classes_of(y);
  Tensor out = Tensor::empty(DType::float32, {static_cast<std::int64_t>(classes.size())});
  auto weights = out.mutable_data<float>();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto at = class_weight.find(classes[i]);
    if (at == class_weight.end() && target != Target::keras3) {
      throw ValueError("Expected `class_weight` to have a weight for every class of y, received none for class " +
                       std::to_string(classes[i]));
    }
    weights[i] = at == class_weight.end() ? 1.0F : static_cast<float>(at->second);
  }
  return out;
}

}  // namespace

void apply_class_weight(Data& data, const ClassWeight& class_weight, Target target) {
  if (class_weight.empty()) return;
  if (target != Target::keras3) check_classes(class_weight);
  if (data.y.size() != 1) {
    throw ValueError("`class_weight` is only supported for Models with a single output.");
  }
  if (data.weights.empty()) {
    data.weights = {weights_of(data.y[0], class_weight, target)};
    return;
  }
  if (target == Target::keras3) throw ValueError("You cannot `class_weight` and `sample_weight` at the same time.");
  const auto weights = weights_of(data.y[0], class_weight, target);
  auto& given = data.weights[0];
  std::vector<std::int64_t> dims(given.rank(), 1);
  dims[0] = weights.shape()[0];
  given = ops::cast(given, DType::float32) * ops::reshape(weights, Shape(dims));
}

}  // namespace hornbeam::training
