// Which of two models' variables and results belong together.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

// The places in `b` of what `a` names, in a's order. Where both have the same names, however ordered (Kerases list
// weights and results differently), by name, the same name by its turn; else each by its place.
std::vector<std::size_t> partners(const std::vector<std::string>& a, const std::vector<std::string>& b);

template <class T>
std::vector<T> arranged(const std::vector<T>& list, const std::vector<std::size_t>& places) {
  std::vector<T> result;
  for (const auto place : places) result.push_back(list.at(place));
  return result;
}

// Variables of two models, and the places in `b` of a's.
struct PairedVariables {
  std::vector<Variable> a, b;
  std::vector<std::size_t> places;
  std::vector<std::string> names;  // of a's
};
// By the places in the models where they are held, whatever their Kerases call them.
PairedVariables paired(const Model& a, std::vector<Variable> of_a, const Model& b, const std::vector<Variable>& of_b);

std::vector<Tensor> values_of(const std::vector<Variable>& variables);

// What lookup layers hold: of Keras 2 the weights of "tf_idf" are among a model's weights, and a count that is zero but
// within adapt(); of Keras 3 they are not.
struct LookupState {
  std::vector<Variable> variables;
  std::vector<std::string> names;
  std::vector<Tensor> arrays;  // vocabularies, and these weights
};
LookupState lookup_state(const Layer& model);
std::vector<Variable> without_lookups(const Model& model, std::vector<Variable> variables);

}  // namespace hornbeam
