// The layers of a model, as training goes over them.
#pragma once

#include <functional>

#include "hornbeam/layer.hpp"

namespace hornbeam::training {

// Every layer inside, itself first, each once, a layer before those inside it.
void for_each_layer(const Layer& model, const std::function<void(const Layer&)>& fn);

}  // namespace hornbeam::training
