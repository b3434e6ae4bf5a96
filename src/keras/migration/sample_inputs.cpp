#include "keras/migration/sample_inputs.h"

#include <algorithm>
#include <limits>

#include "hornbeam/layers/discretization.hpp"
#include "hornbeam/layers/embedding.hpp"
#include "hornbeam/layers/masking.hpp"
#include "hornbeam/ops.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/preprocessing/lookup_of.h"
#include "keras/migration/sample_data.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kWide = 500;  // other numbers than those of the same input in [0, 1)
constexpr auto kNoLimit = std::numeric_limits<std::int64_t>::max();

// What the layers behind an input know.
struct Wanted {
  std::int64_t limit = kNoLimit;  // rows of embeddings
  double lowest = 0, highest = 1;
  double mask_value = 0;
  std::vector<std::string> words;
  std::vector<std::int64_t> numbers;
  bool texts = false;
};

void add_tokens(const IndexLookupLayer& lookup, Wanted& wanted) {
  const auto tokens = lookup.tokens();
  if (tokens.dtype() == DType::string) {
    const auto words = tokens.data<std::string>();
    wanted.words.insert(wanted.words.end(), words.begin(), words.end());
  } else {
    const Tensor wide = ops::cast(tokens, DType::int64);
    const auto numbers = wide.data<std::int64_t>();
    wanted.numbers.insert(wanted.numbers.end(), numbers.begin(), numbers.end());
  }
}

void add_wanted(const Layer& layer, Wanted& wanted) {
  if (const auto* embedding = dynamic_cast<const EmbeddingLayer*>(&layer)) {
    wanted.limit = std::min(wanted.limit, embedding->get_config().at("input_dim").as_int());
  } else if (const auto* lookup = lookup_of(layer)) {
    if (!lookup->is_invert()) add_tokens(*lookup, wanted);
    wanted.texts = wanted.texts || dynamic_cast<const TextVectorizationLayer*>(&layer);
    return;
  } else if (const auto* bins = dynamic_cast<const DiscretizationLayer*>(&layer)) {
    for (const auto boundary : bins->bin_boundaries()) {
      wanted.lowest = std::min(wanted.lowest, boundary - 1);
      wanted.highest = std::max(wanted.highest, boundary + 1);
    }
  } else if (dynamic_cast<const MaskingLayer*>(&layer)) {
    wanted.mask_value = layer.get_config().at("mask_value").as_double();
  }
  for (const auto& inner : layer.sublayers()) add_wanted(*inner, wanted);
}

// Of the layers that take this input, where the model is a graph of them; else, and for whole numbers and strings of
// which they know nothing, of all.
Wanted wanted_of(const Model& model, const Tensor& input) {
  Wanted all, direct;
  add_wanted(model, all);
  const auto* graph = dynamic_cast<const FunctionalModel*>(&model);
  if (!graph) return all;
  for (const auto& placed : graph->nodes()) {
    if (placed.node->is_input()) continue;
    for (const auto& t : placed.node->symbolic_inputs()) {
      if (t.impl() == input.impl()) add_wanted(*placed.node->layer, direct);
    }
  }
  const bool knows = direct.limit != kNoLimit || !direct.words.empty() || !direct.numbers.empty() || direct.texts ||
                     direct.lowest < 0 || direct.highest > 1;
  return knows || is_floating(input.dtype()) ? direct : all;
}

// Every fourth is unknown to a vocabulary.
constexpr std::size_t kUnknownEach = 4;

// As in a text whose words are not yet standardized.
std::string marked(std::string word) {
  for (auto& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word + "!";
}

Tensor strings(const Shape& shape, const Wanted& wanted) {
  auto words = wanted.words;
  if (words.empty()) words = {"red", "Green", "blue?", "7", "\xc3\xa9t\xc3\xa9"};
  std::vector<std::string> values(static_cast<std::size_t>(shape.num_elements()));
  for (std::size_t i = 0, next = 0; i < values.size(); ++i) {
    const auto word = [&] {
      const auto& known = words[next++ % words.size()];
      return wanted.texts && next % 3 == 0 ? marked(known) : known;
    };
    values[i] = i % kUnknownEach == kUnknownEach - 1 ? "unknown" + std::to_string(i) : word();
    for (std::size_t n = 0; wanted.texts && n < i % 5; ++n) values[i] += " " + word();
  }
  return Tensor::from<std::string>(shape, values);
}

Tensor whole_numbers(const Shape& shape, DType dtype, Wanted wanted, std::int64_t which) {
  auto& numbers = wanted.numbers;
  std::erase_if(numbers, [&](std::int64_t x) { return wanted.limit != kNoLimit && (x < 0 || x >= wanted.limit); });
  if (numbers.empty()) {
    const auto limit = wanted.limit == kNoLimit ? 2 : wanted.limit;
    return ops::cast(ops::floor(made_up_uniform(shape, which) * static_cast<double>(limit)), dtype);
  }
  const auto unknown = wanted.limit != kNoLimit ? wanted.limit - 1 : *std::ranges::max_element(numbers) + 1;
  std::vector<std::int64_t> values(static_cast<std::size_t>(shape.num_elements()));
  for (std::size_t i = 0, next = 0; i < values.size(); ++i) {
    values[i] = i % kUnknownEach == kUnknownEach - 1 ? unknown : numbers[next++ % numbers.size()];
  }
  return ops::cast(Tensor::from<std::int64_t>(shape, values), dtype);
}

bool is_free(DType dtype, const Wanted& wanted) {
  // Keras 2 gives embeddings and lookups floats, too.
  return is_floating(dtype) && wanted.limit == kNoLimit && wanted.numbers.empty() && wanted.lowest == 0 &&
         wanted.highest == 1;
}

Tensor sample(const Shape& shape, DType dtype, const Wanted& wanted, std::int64_t which) {
  if (dtype == DType::string) return strings(shape, wanted);
  if (!is_floating(dtype) || wanted.limit != kNoLimit || !wanted.numbers.empty()) {
    return whole_numbers(shape, dtype, wanted, which);
  }
  return ops::cast(made_up_uniform(shape, which) * (wanted.highest - wanted.lowest) + wanted.lowest, dtype);
}

Tensor wide_sample(const Shape& shape, DType dtype, double mask_value, std::int64_t which) {
  const Tensor values = ops::cast(made_up_uniform(shape, kWide + which) * 12.0 - 4.0, DType::float64);
  if (shape.rank() < 3) return ops::cast(values, dtype);
  auto masked = Tensor::from<double>(shape, values.data<double>());
  const auto all = masked.mutable_data<double>();
  const auto row = all.size() / static_cast<std::size_t>(shape[0]);
  const auto first = row / static_cast<std::size_t>(shape[1]) * static_cast<std::size_t>(shape[1] - shape[1] / 2);
  // Other rows of every other input: what joins masks must not find them all the same.
  for (std::size_t start = shape[0] > 1 && which % 2 == 0 ? row : 0; start < all.size(); start += 2 * row) {
    std::ranges::fill(all.subspan(start + first, row - first), mask_value);
  }
  return ops::cast(masked, dtype);
}

template <class Make>
Values made_up(const Model& model, std::int64_t batch, Make make) {
  const auto symbolic = model.symbolic_inputs();
  if (symbolic.is_none()) throw ValueError("the model does not say what its inputs are: give the data");
  for (const auto& t : symbolic.flatten()) {
    if (t.shape().has_rank() && t.shape().rank() > 0 && t.shape()[0] >= 0) batch = t.shape()[0];
  }
  std::vector<Tensor> arrays;
  for (const auto& t : symbolic.flatten()) {
    const auto which = static_cast<std::int64_t>(arrays.size());
    arrays.push_back(make(concrete_shape(t.shape(), batch), t.dtype(), wanted_of(model, t), which));
  }
  return symbolic.pack_like(arrays);
}

}  // namespace

Values sample_inputs(const Model& model, std::int64_t batch) { return made_up(model, batch, sample); }

std::optional<Values> wide_inputs(const Model& model, std::int64_t batch) {
  bool any = false;
  auto inputs = made_up(model, batch, [&](const Shape& shape, DType dtype, const Wanted& wanted, std::int64_t which) {
    const bool wide = is_free(dtype, wanted) && shape.num_elements() > 0;
    any = any || wide;
    return wide ? wide_sample(shape, dtype, wanted.mask_value, which) : sample(shape, dtype, wanted, which);
  });
  return any ? std::optional(std::move(inputs)) : std::nullopt;
}

}  // namespace hornbeam
