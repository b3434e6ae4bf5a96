// How rows of the tables in op_functions/ are written. Where several functions are of one op or operation, the first is
// the one that is written.
#pragma once

#include "keras/engine/op_functions.h"

namespace hornbeam {

// What tf.keras 2.15 writes beside the arguments of functions that are generated: {"name": null}.
constexpr const char* kNamed = R"({"name": null})";

constexpr OpFunction elementwise(const char* name, const char* parameters, const char* op, const char* keras3 = nullptr,
                                 const char* also = nullptr) {
  return {name, parameters, op, nullptr, keras3, also};
}
constexpr OpFunction special(const char* name, const char* parameters, Values (*call)(const OpCall&),
                             const char* keras3 = nullptr, const char* also = nullptr) {
  return {name, parameters, nullptr, call, keras3, also};
}

}  // namespace hornbeam
