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

// The number itself, rounded but in tf.keras 2.2, or where a one-hot row is greatest. For more than one row per sample
// only 2.15 has classes.
Tensor classes_of(const Tensor& y, Target target) {
  if (y.rank() > 2 && target == Target::tf22) {
    throw ValueError("`class_weight` not supported for 3+ dimensional targets.");
  }
  if (y.rank() > 2 && target == Target::keras3) {  // NumPy's words
    throw TypeError("only 0-dimensional arrays can be converted to Python scalars");
  }
  if (y.rank() > 1 && y.shape().dims().back() != 1) return ops::argmax(y, -1);
  const auto numbers = y.rank() > 1 ? ops::squeeze(y, {-1}) : y;
  const bool rounds = is_floating(y.dtype()) && target != Target::tf22;
  return ops::cast(rounds ? ops::round(numbers) : numbers, DType::int64);
}

// One weight per class that y holds.
Tensor weights_of(const Tensor& y, const ClassWeight& class_weight, Target target) {
  const auto of_samples = classes_of(y, target);
  const auto classes = int_values(of_samples);
  Tensor out = Tensor::empty(DType::float32, of_samples.shape());
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
  const auto with_rank_of = [](const Tensor& t, const Tensor& other) {
    auto dims = t.shape().dims();
    while (dims.size() < static_cast<std::size_t>(other.rank())) dims.push_back(1);
    return ops::reshape(t, Shape(dims));
  };
  given = with_rank_of(ops::cast(given, DType::float32), weights) * with_rank_of(weights, given);
}

}  // namespace hornbeam::training
