#include "conformance/weight_rule.h"

#include <cmath>

#include "conformance/compare.h"
#include "conformance/training_checks.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// The rule's u(i, j), in [0, 1).
double noise(std::uint32_t i, std::uint32_t j) {
  std::uint32_t h = (j + 1) * 0x9E3779B1U + (i + 1) * 0x85EBCA77U;
  h ^= h >> 16;
  h *= 0x85EBCA6BU;
  h ^= h >> 13;
  h *= 0xC2B2AE35U;
  h ^= h >> 16;
  return h / 4294967296.0;
}

template <class Form>
Tensor filled(const Shape& shape, std::uint32_t i, const Form& form) {
  auto tensor = Tensor::empty(DType::float32, shape);
  std::uint32_t j = 0;
  for (auto& x : tensor.mutable_data<float>()) x = static_cast<float>(form(noise(i, j++)));
  return tensor;
}

double bound(const Shape& shape, double scale) {
  const bool depthwise = shape.rank() == 4 && shape.back() == 1;
  const std::size_t counted = depthwise ? 2 : shape.rank() - 1;
  double fan = 1;
  for (std::size_t k = 0; k < counted; ++k) fan *= static_cast<double>(shape[k]);
  return scale * std::sqrt(3.0 / fan);
}

Tensor by_rule(const std::string& name, const Shape& shape, std::uint32_t i, double scale) {
  if (name.find("variance") != name.npos) return filled(shape, i, [](double u) { return 0.8 + 0.4 * u; });
  if (name.find("gamma") != name.npos) return filled(shape, i, [](double u) { return 0.9 + 0.2 * u; });
  const double limit = shape.rank() < 2 ? 0.05 : bound(shape, scale);
  return filled(shape, i, [limit](double u) { return (2 * u - 1) * limit; });
}

// The first values of each weight that the rule leaves as it was made.
std::map<std::size_t, Config> untouched_of(const Config& extra) {
  std::map<std::size_t, Config> result;
  for (const auto& item : extra.at("untouched").as_list()) {
    result.emplace(static_cast<std::size_t>(item.at(0).as_int()), item.at(1));
  }
  return result;
}

void expect_untouched(const Tensor& value, const Config& first, std::size_t i, int& comparisons) {
  const auto x = ops::cast(value, DType::float64);
  ++comparisons;
  for (std::size_t k = 0; k < first.size(); ++k) {
    if (x.data<double>()[k] != first.at(k).as_double()) throw Mismatch{"weight " + std::to_string(i) + " as made"};
  }
}

void expect_input(const Case& c, const Config& extra, int& comparisons) {
  const double low = extra.at("input_range").at(0).as_double(), high = extra.at("input_range").at(1).as_double();
  const auto x = c.inputs().tensor();
  const auto ours = filled(x.shape(), ~0U, [&](double u) { return low + (high - low) * u; });
  ++comparisons;
  if (const auto text = difference(ours, x); !text.empty()) throw Mismatch{"the rule's input: " + text};
}

std::vector<Tensor> weights_by_rule(const Case& c, const Model& model, const Config& extra, int& comparisons) {
  const auto order = Config::parse(c.text("weights_order.json")).at("weights");
  const auto weights = model.weights();
  if (weights.size() != order.size()) {
    throw Mismatch{std::to_string(weights.size()) + " weights, expected " + std::to_string(order.size())};
  }
  const auto untouched = untouched_of(extra);
  const double scale = extra.at("scale").as_double();
  std::vector<Tensor> values;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& entry = order.at(i);
    const auto& shape = weights[i]->shape();
    std::vector<std::int64_t> dims;
    for (const auto& dim : entry.at("shape").as_list()) dims.push_back(dim.as_int());
    ++comparisons;
    if (shape != Shape(dims)) throw Mismatch{"weight " + std::to_string(i) + ": shape " + shape.to_string()};
    if (const auto as_made = untouched.find(i); as_made != untouched.end()) {
      expect_untouched(weights[i]->value(), as_made->second, i, comparisons);
      values.push_back(weights[i]->value());
    } else {
      values.push_back(by_rule(entry.at("name").as_string(), shape, static_cast<std::uint32_t>(i), scale));
    }
  }
  return values;
}

}  // namespace

bool fill_weights(const Case& c, Model& model, int& comparisons) {
  const auto* extra = c.description.find("extra");
  if (extra && extra->has("weight_rule")) {
    expect_input(c, *extra, comparisons);
    model.set_weights(weights_by_rule(c, model, *extra, comparisons));
    return true;
  }
  if (!c.has_file("arrays/weights.npz")) return false;
  std::vector<Tensor> values;
  for (auto& [name, value] : load_npz(c.path("arrays/weights.npz"))) values.push_back(std::move(value));
  model.set_weights(values);
  return true;
}

}  // namespace conformance
