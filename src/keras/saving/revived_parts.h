// What a revived object is made of, and what it takes, as the SavedModel tells.
#pragma once

#include <memory>
#include <vector>

#include "hornbeam/trackable.hpp"
#include "keras/saving/restored_objects.h"

namespace hornbeam {

// The saved object's variables, and the objects that hold some, by the names of its attributes: checkpoints of the
// revived object have the keys that those of the original have.
std::vector<Trackable::Edge> parts_of_saved(const RestoredObjects& objects, std::int32_t node);

// Dtypes and shapes of the first argument of a function, in its structure; nothing where that is not of tensors alone.
Values inputs_of_saved(const RestoredObjects& objects, std::int32_t function);

}  // namespace hornbeam
