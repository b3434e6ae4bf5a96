// What is behind saved_model::Object: objects that were saved as such, or a graph with signatures.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/saved_model.hpp"

namespace hornbeam {

class LoadedSavedModel {
 public:
  using Tensors = std::vector<Tensor>;
  using Names = std::vector<std::string>;
  virtual ~LoadedSavedModel() = default;

  virtual Values call(const std::string& function, const std::vector<saved_model::Argument>& arguments,
                      const saved_model::Keywords& keywords) const = 0;
  virtual Names functions() const = 0;
  virtual Names signatures() const = 0;
  virtual Names argument_names(const std::string& signature) const = 0;
  // The tensors in the order of the arguments' names.
  virtual std::map<std::string, Tensor> run(const std::string& signature, const Tensors& inputs) const = 0;
  virtual saved_model::Object::Pruned prune(const Names& feeds, const Names& fetches) const = 0;
  virtual std::vector<std::pair<std::string, Variable>> variables() const = 0;
  virtual const std::string& tensorflow_version() const = 0;
};

// "['a', 'b']", as Python prints names.
std::string listed_names(const std::vector<std::string>& names);

}  // namespace hornbeam
