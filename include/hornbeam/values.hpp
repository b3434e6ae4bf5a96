// Values: what a layer's call takes and gives: nothing, a tensor, a list or a dict of them.
//
// Flattens in Keras's nest order (dict keys sorted). A tensor may be a RaggedTensor (ragged_tensor.hpp). It may carry
// its mask (Keras's `_keras_mask`); only a layer's operator() sets masks. A value type; copies share the tensors.
// Thread-safety: as a std::vector.
#pragma once

#include <concepts>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

class Values {
 public:
  using List = std::vector<Values>;
  using Dict = std::map<std::string, Values>;

  Values() = default;  // nothing
  Values(Tensor tensor) : v_(Leaf{std::move(tensor), {}}) {}
  Values(Tensor tensor, Tensor mask) : v_(Leaf{std::move(tensor), std::move(mask)}) {}
  Values(const Variable& variable) : Values(Tensor(variable)) {}
  Values(std::initializer_list<Values> list) : v_(List(list)) {}
  Values(std::initializer_list<std::pair<const std::string, Values>> dict) : v_(Dict(dict)) {}
  explicit Values(List list) : v_(std::move(list)) {}
  explicit Values(Dict dict) : v_(std::move(dict)) {}
  explicit Values(const std::vector<Tensor>& tensors) : v_(List(tensors.begin(), tensors.end())) {}

  bool is_none() const { return std::holds_alternative<std::monostate>(v_); }
  bool is_tensor() const { return std::holds_alternative<Leaf>(v_); }
  bool is_list() const { return std::holds_alternative<List>(v_); }
  bool is_dict() const { return std::holds_alternative<Dict>(v_); }

  // The one tensor. Throws ValueError when this is nothing, a dict, or a list of other than one.
  const Tensor& tensor() const;
  operator Tensor() const { return tensor(); }
  const Tensor& mask() const;  // of a tensor; undefined when there is none
  const List& list() const;    // throws ValueError
  const Dict& dict() const;    // throws ValueError

  std::size_t size() const;  // items of a list or dict, 1 for a tensor, 0 for nothing
  template <std::integral I>
  const Values& operator[](I i) const {
    return item(static_cast<std::size_t>(i));
  }
  const Values& operator[](const std::string& key) const;

  // Leaves in nest order.
  std::vector<Tensor> flatten() const;
  std::vector<Tensor> flatten_masks() const;  // undefined where a leaf has none
  // The same structure with other leaves. Throws ValueError when the counts differ.
  Values pack_like(std::span<const Tensor> leaves, std::span<const Tensor> masks = {}) const;

 private:
  struct Leaf {
    Tensor tensor;
    Tensor mask;
  };
  const Values& item(std::size_t i) const;
  std::variant<std::monostate, Leaf, List, Dict> v_;
};

}  // namespace hornbeam
