// What Keras says of a model whose weights are still to be made.
#pragma once

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"

namespace hornbeam {

ValueError weights_not_created(const Model& model);

}  // namespace hornbeam
