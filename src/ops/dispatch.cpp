#include "ops/dispatch.h"

namespace hornbeam::detail {

void throw_no_kernel(const char* op, DType dtype) {
  throw TypeError("Op '" + std::string(op) + "' has no kernel for " + std::string(name_of(dtype)));
}

}  // namespace hornbeam::detail
