#include "keras/training/data.h"

#include <algorithm>
#include <cstring>

#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"
#include "hornbeam/ops_math.hpp"
#include "ops/int_values.h"
#include "ops/ragged/ragged.h"

namespace hornbeam::training {
namespace {

void copy_rows(const Tensor& from, std::span<const std::int64_t> order, Tensor& to) {
  const auto rows = count_rows(from);
  const auto elements = static_cast<std::size_t>(rows == 0 ? 0 : from.num_elements() / rows);
  if (from.dtype() == DType::string) {
    const auto source = from.data<std::string>();
    auto out = to.mutable_data<std::string>().begin();
    for (const auto r : order) {
      const auto begin = source.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(r) * elements);
      out = std::copy(begin, begin + static_cast<std::ptrdiff_t>(elements), out);
    }
    return;
  }
  const auto bytes = elements * size_of(from.dtype());
  auto* out = to.mutable_raw();
  for (const auto r : order) {
    std::memcpy(out, from.raw() + static_cast<std::size_t>(r) * bytes, bytes);
    out += bytes;
  }
}

}  // namespace

Tensor to_floatx(const Tensor& array) {
  return array.defined() && is_floating(array.dtype()) ? ops::cast(array, dtype_from_name(backend::floatx())) : array;
}

std::int64_t Data::rows() const {
  const auto all = arrays();
  return all.empty() ? 0 : count_rows(all[0]);
}

std::vector<Tensor> Data::arrays() const {
  auto all = x.flatten();
  for (const auto* list : {&y, &weights}) {
    std::copy_if(list->begin(), list->end(), std::back_inserter(all), [](const Tensor& t) { return t.defined(); });
  }
  return all;
}

Data Data::slice(std::int64_t from, std::int64_t to) const {
  Data part;
  std::vector<Tensor> leaves;
  for (const auto& t : x.flatten()) leaves.push_back(some_rows(t, from, to));
  part.x = x.pack_like(leaves);
  const auto view = [&](const Tensor& t) { return t.defined() ? some_rows(t, from, to) : t; };
  for (const auto& t : y) part.y.push_back(view(t));
  for (const auto& t : weights) part.weights.push_back(view(t));
  return part;
}

void refuse_count(std::size_t arrays, bool bare, std::size_t outputs, const CountRules& rules) {
  const auto count =
      "The model has " + std::to_string(outputs) + " output(s), but y holds " + std::to_string(arrays) + " array(s).";
  // (Of a model with one output Keras 2 takes the first array and leaves the others out: that is refused as in
  // Keras 3.)
  if (rules.target != Target::keras3 && outputs > 1) {
    throw ValueError("The two structures don't have the same sequence length. Input structure has length " +
                     std::to_string(arrays) + ", while shallow structure has length " + std::to_string(outputs) +
                     ".\n" + count);
  }
  if (arrays == 1 && rules.one_loss) {
    throw KeyError(
        "The path: (0,) in the `loss` argument, can't be found in either the model's output (`y_pred`) or in the "
        "labels (`y_true`). " +
        count);
  }
  const auto stars = [](std::size_t n, bool alone, char from, char to) {
    if (alone) return std::string("*");
    std::string text(1, from);
    for (std::size_t i = 0; i < n; ++i) text += i == 0 ? "'*'" : ", '*'";
    return text + (n == 1 && to == ')' ? ",)" : std::string(1, to));
  };
  throw ValueError("y_true and y_pred have different structures.\ny_true: " +
                   stars(arrays, bare, rules.brackets[0], rules.brackets[1]) +
                   "\ny_pred: " + stars(outputs, outputs == 1, '[', ']') + "\n" + count);
}

std::vector<Tensor> by_output(const Values& values, const std::vector<std::string>& names, const CountRules& rules) {
  std::vector<Tensor> out;
  if (values.is_none()) return out;
  if (!values.is_dict()) {
    if (values.is_tensor()) {
      if (rules.target == Target::keras3 && names.size() > 1) refuse_count(1, true, names.size(), rules);
      return {values.tensor()};
    }
    for (const auto& item : values.list()) out.push_back(item.is_none() ? Tensor() : item.tensor());
    if (!names.empty() && out.size() != names.size()) refuse_count(out.size(), false, names.size(), rules);
    return out;
  }
  if (names.empty()) return values.flatten();  // outputs that are a dict too: both in order of their keys
  for (const auto& [key, item] : values.dict()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string expected;
    for (const auto& name : names) expected += (expected.empty() ? "'" : ", '") + name + "'";
    throw ValueError("Found unexpected keys that do not correspond to any Model output: '" + key + "'. Expected: [" +
                     expected + "]");
  }
  for (const auto& name : names) {
    const auto at = values.dict().find(name);
    out.push_back(at == values.dict().end() || at->second.is_none() ? Tensor() : at->second.tensor());
  }
  return out;
}

void check_rows(const Data& data, Target target) {
  const auto total = data.rows();
  const auto sizes = [](const std::vector<Tensor>& list) {
    std::string text;
    for (const auto& t : list) {
      if (t.defined()) text += (text.empty() ? "" : ", ") + std::to_string(count_rows(t));
    }
    return text;
  };
  const auto arrays = data.arrays();
  if (std::ranges::all_of(arrays, [&](const Tensor& t) { return count_rows(t) == total; })) return;
  const bool keras3 = target == Target::keras3;
  std::string text = "Data cardinality is ambiguous";
  text += keras3 ? ". Make sure all arrays contain the same number of samples." : ":\n";
  const auto add = [&](const std::string& what, const std::vector<Tensor>& list) {
    const auto numbers = sizes(list);
    if (numbers.empty()) return;
    text.append(keras3 ? "'" + what + "'" : "  " + what).append(" sizes: ").append(numbers).append("\n");
  };
  add("x", data.x.flatten());
  add("y", data.y);
  add("sample_weight", data.weights);
  throw ValueError(text + (keras3                   ? ""
                           : target == Target::tf22 ? "Please provide data which shares the same first dimension."
                                                    : "Make sure all arrays contain the same number of samples."));
}

std::vector<std::int64_t> shuffled(std::int64_t rows) {
  const auto number = [](std::int64_t v) { return Tensor::scalar(v); };
  return int_values(ops::random_shuffle(ops::range(number(0), number(rows), number(1))));
}

Batches::Batches(std::vector<Tensor> arrays, std::int64_t batch_size)
    : arrays_(std::move(arrays)), batch_size_(batch_size) {}

std::span<const Tensor> Batches::gather(std::span<const std::int64_t> order) {
  const auto n = static_cast<std::int64_t>(order.size());
  auto& batch = n == batch_size_ ? whole_ : last_;
  if (batch.empty() || count_rows(batch[0]) != n) {
    batch.clear();
    for (const auto& t : arrays_) {
      if (is_ragged(t)) {
        batch.push_back(some_rows(t, 0, 0));
        continue;
      }
      auto dims = t.shape().dims();
      dims.at(0) = n;
      batch.push_back(Tensor::empty(t.dtype(), Shape(dims)));
    }
  }
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    if (is_ragged(arrays_[i])) {
      batch[i] = ordered_rows(arrays_[i], order);
    } else {
      copy_rows(arrays_[i], order, batch[i]);
    }
  }
  return batch;
}

}  // namespace hornbeam::training
