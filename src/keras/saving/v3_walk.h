// The names under which Keras's v3 files hold what models are made of: a walk over the objects, as Keras walks over its
// own.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// Keras 2.12 to 2.15 and tf-keras, or Keras 3: they take a subclass's attributes in another order.
enum class V3Layout { keras2, keras3 };
inline V3Layout v3_layout_of(Target target) { return target == Target::keras3 ? V3Layout::keras3 : V3Layout::keras2; }

struct V3Holder {
  std::string path;  // "layers/bidirectional/forward_layer/cell"; empty: the model itself
  const Layer* layer;
  std::vector<Variable> variables;  // "vars/0", "vars/1", ...
};

// Everything that has a group in such a file, each once, where Keras comes by first; but `copied` layers wherever they
// stand.
std::vector<V3Holder> v3_holders(const Model& model, V3Layout layout,
                                 const std::unordered_set<const Layer*>& copied = {});

}  // namespace hornbeam
