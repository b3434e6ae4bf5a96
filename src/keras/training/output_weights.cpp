// Sample weights beside several labels: as each Keras pairs them.
#include "hornbeam/errors.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/training/data.h"

namespace hornbeam::training {
namespace {

std::string structure_of(const Values& values) {
  std::string text;
  if (values.is_dict()) {
    for (const auto& [key, item] : values.dict()) text.append(text.empty() ? "'" : ", '").append(key).append("': '*'");
    return "{" + text + "}";
  }
  for (std::size_t i = 0; i < values.size(); ++i) text += i == 0 ? "'*'" : ", '*'";
  return "[" + text + "]";
}

bool have_same_structure(const Values& y, const Values& weights) {
  if (y.size() != weights.size() || y.is_dict() != weights.is_dict()) return false;
  if (!y.is_dict()) return true;
  for (const auto& [key, item] : y.dict()) {
    if (!weights.dict().contains(key)) return false;
  }
  return true;
}

}  // namespace

void check_weights(const Values& y, const Values& weights, bool one_batch) {
  if (weights.is_none() || y.is_none() || y.is_tensor()) return;
  if (weights.is_tensor()) {
    const auto& shape = weights.tensor().shape();
    if (y.size() < 2 || one_batch || shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1)) return;
    throw ValueError(
        "For a model with multiple outputs, when providing a single `sample_weight` array, it should only have one "
        "scalar score per sample (i.e. shape `(num_samples,)`). If you want to use non-scalar sample weights, pass a "
        "`sample_weight` argument with one array per model output.");
  }
  if (have_same_structure(y, weights)) return;
  if (one_batch && !weights.is_dict() && weights.size() >= y.size()) return;
  throw ValueError(
      "You should provide one `sample_weight` array per output in `y`. The two structures did not match:\n- y: " +
      structure_of(y) + "\n- sample_weight: " + structure_of(weights));
}

void fill_weights(Data& data, const Values& given) {
  if (!given.is_list()) return;
  for (auto i = data.weights.size(); i < data.y.size(); ++i) {
    data.weights.push_back(to_floatx(ops::zeros({data.rows()})));
  }
}

}  // namespace hornbeam::training
