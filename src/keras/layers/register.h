// How a layer's file enters the class registry.
#pragma once

#include "hornbeam/fields.hpp"
#include "hornbeam/serialization.hpp"
#include "ops/op_def.h"  // HB_REGISTER

namespace hornbeam {

// Under kClassName, and under older names that configs use for the same class.
template <class L>
void register_builtin(std::initializer_list<const char*> aliases = {}) {
  register_layer(L::kClassName, layer_from_config<L>);
  for (const auto* alias : aliases) register_layer(alias, layer_from_config<L>);
}

}  // namespace hornbeam
