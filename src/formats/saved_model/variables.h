// Values of a SavedModel's variables: its objects' counterparts in the bundle beside it, found by the names of edges.
//
// Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "formats/tensor_bundle/bundle.h"

namespace hornbeam::formats::saved_model {

class Variables {
 public:
  // Throws OSError when the bundle is not there, FormatError when it is not whole.
  explicit Variables(std::shared_ptr<const SavedModel> model);

  // The name under which the bundle has the variable that this node is. None when it has no value there.
  std::optional<std::string> key(std::int32_t node) const;
  // What the bundle has under that name: of the type and shape that the node says. `map`: shown from the file where it
  // can be. Throws FormatError, KeyError when there is no value.
  Tensor read(std::int32_t node, bool map) const;
  // Keys and values that the bundle has of a table. None when it has none.
  std::optional<std::pair<Tensor, Tensor>> table(std::int32_t node) const;

 private:
  void pair_objects(const tensor_bundle::ObjectGraph& graph);

  std::shared_ptr<const SavedModel> model_;
  std::shared_ptr<const tensor_bundle::Bundle> bundle_;
  std::vector<std::string> keys_;  // by node; empty where there is none
};

}  // namespace hornbeam::formats::saved_model
