// What a revived object is made of, and what it takes, as the SavedModel tells.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "hornbeam/layer.hpp"
#include "hornbeam/trackable.hpp"
#include "keras/saving/restored_objects.h"

namespace hornbeam {

// The layers, the variables and the objects that hold some, by the names of an object's attributes: checkpoints of the
// revived object have the keys that those of the original have. Each is made once.
class SavedParts {
 public:
  // Null for a node that is no layer. It may ask for the parts of the node.
  using MakeLayer = std::function<std::shared_ptr<Layer>(std::int32_t node)>;
  SavedParts(const RestoredObjects& objects, MakeLayer make_layer)
      : objects_(objects), make_layer_(std::move(make_layer)) {}

  std::vector<Trackable::Edge> of(std::int32_t node);

 private:
  Trackable::Ptr part_of(std::int32_t id);

  static constexpr int kMaxDepth = 256;  // of a file that somebody made: attributes nest less
  const RestoredObjects& objects_;
  MakeLayer make_layer_;
  std::map<std::int32_t, Trackable::Ptr> made_;
  int depth_ = 0;
};

// The function that Keras calls a saved layer or model by, where it was saved with one.
struct SavedCall {
  std::int32_t function = 0;
  bool gives_losses = true;  // beside the outputs
};
std::optional<SavedCall> call_of_saved(const RestoredObjects& objects, std::int32_t node);

// Dtypes and shapes of the first argument of a function, in its structure; nothing where that is not of tensors alone.
Values inputs_of_saved(const RestoredObjects& objects, std::int32_t function);
// Whether that is a tuple.
bool takes_saved_tuple(const RestoredObjects& objects, std::int32_t function);

}  // namespace hornbeam
