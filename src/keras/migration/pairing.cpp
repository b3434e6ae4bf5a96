#include "keras/migration/pairing.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "hornbeam/layers/discretization.hpp"
#include "keras/layers/preprocessing/lookup_of.h"

namespace hornbeam {
namespace {

// The last part of a weight's path. DepthwiseConv2D's kernel was renamed on the way to Keras 3.
std::string last_name(const VariableNode& variable) {
  const auto& path = variable.path();
  const auto name = path.substr(path.rfind('/') + 1);
  return name == "depthwise_kernel" ? "kernel" : name;
}

// Where in a model each variable is held: names of its layers, places of what these are made of, and its own name.
using Places = std::map<const VariableNode*, std::string>;

void add_places(const Layer& layer, const std::string& place, Places& places) {
  for (const auto& weight : layer.own_weights()) {
    places.emplace(weight.variable.get(), place + "/" + last_name(*weight.variable));
  }
  if (const auto* model = dynamic_cast<const Model*>(&layer)) {
    for (const auto& inner : model->layers()) add_places(*inner, place + "/" + inner->name(), places);
    return;
  }
  for (std::size_t i = 0; i < layer.sublayers().size(); ++i) {
    add_places(*layer.sublayers()[i], place + "/" + std::to_string(i), places);
  }
}

std::vector<std::string> places_of(const Model& model, const std::vector<Variable>& variables) {
  Places places;
  add_places(model, "", places);
  std::vector<std::string> list;
  for (const auto& variable : variables) {
    const auto it = places.find(variable.get());
    list.push_back(it == places.end() ? variable->path() : it->second);
  }
  return list;
}

void add_lookup(const IndexLookupLayer& lookup, const std::string& name, LookupState& state) {
  for (const auto* weight : {"idf_weights", "num_documents"}) {
    if (auto variable = std::dynamic_pointer_cast<VariableNode>(lookup.find_edge(weight))) {
      state.variables.push_back(std::move(variable));
    }
  }
  if (lookup.idf_weights().defined()) {
    state.names.push_back(name + "/idf_weights");
    state.arrays.push_back(lookup.idf_weights());
  }
  state.names.push_back(name + "/vocabulary");
  state.arrays.push_back(lookup.tokens());
}

// In Keras 3 the boundaries are a config's, and what they were learned from is no weight.
void add_bins(const DiscretizationLayer& bins, LookupState& state) {
  const auto summary = std::dynamic_pointer_cast<VariableNode>(bins.find_edge("summary"));
  if (summary) state.variables.push_back(summary);
  state.names.push_back(bins.name() + "/bin_boundaries");
  const auto boundaries = bins.bin_boundaries();
  state.arrays.push_back(Tensor::from<double>({static_cast<std::int64_t>(boundaries.size())}, boundaries));
}

void add_lookups(const Layer& layer, LookupState& state) {
  if (const auto* lookup = lookup_of(layer)) return add_lookup(*lookup, layer.name(), state);
  if (const auto* bins = dynamic_cast<const DiscretizationLayer*>(&layer)) return add_bins(*bins, state);
  for (const auto& inner : layer.sublayers()) add_lookups(*inner, state);
}

}  // namespace

std::vector<std::size_t> partners(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::size_t> places(b.size());
  std::iota(places.begin(), places.end(), 0);
  if (a.size() != b.size() || !std::is_permutation(a.begin(), a.end(), b.begin())) return places;
  std::map<std::string, std::vector<std::size_t>> turns;
  for (std::size_t i = b.size(); i-- > 0;) turns[b[i]].push_back(i);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto& rest = turns[a[i]];
    places[i] = rest.back();
    rest.pop_back();
  }
  return places;
}

PairedVariables paired(const Model& a, std::vector<Variable> of_a, const Model& b, const std::vector<Variable>& of_b) {
  PairedVariables pairs;
  pairs.a = std::move(of_a);
  pairs.places = partners(places_of(a, pairs.a), places_of(b, of_b));
  pairs.b = arranged(of_b, pairs.places);
  for (const auto& variable : pairs.a) pairs.names.push_back(variable->name());
  return pairs;
}

std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const auto& variable : variables) values.push_back(variable->value());
  return values;
}

LookupState lookup_state(const Layer& model) {
  LookupState state;
  add_lookups(model, state);
  return state;
}

std::vector<Variable> without_lookups(const Model& model, std::vector<Variable> variables) {
  const auto lookups = lookup_state(model).variables;
  std::erase_if(variables, [&](const auto& v) { return std::ranges::find(lookups, v) != lookups.end(); });
  return variables;
}

}  // namespace hornbeam
