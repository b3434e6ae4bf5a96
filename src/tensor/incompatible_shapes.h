// Two shapes that do not broadcast. TensorFlow says so in one way when it runs an op, in another, as a ValueError, when
// it infers shapes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "hornbeam/errors.hpp"

namespace hornbeam {

class IncompatibleShapes final : public InvalidArgumentError {
 public:
  // Of shapes that are spelled so, whose dims x and y differ.
  IncompatibleShapes(const std::string& a, const std::string& b, std::int64_t x, std::int64_t y)
      : InvalidArgumentError("Incompatible shapes: " + a + " vs. " + b),
        inferred_("Dimensions must be equal, but are " + std::to_string(x) + " and " + std::to_string(y) +
                  " for input shapes: " + a + ", " + b + ".") {}
  const std::string& inferred() const { return inferred_; }

 private:
  std::string inferred_;
};

// What a kernel would refuse, where its shapes are inferred.
inline ValueError as_inferred(const InvalidArgumentError& error) {
  const auto* shapes = dynamic_cast<const IncompatibleShapes*>(&error);
  return ValueError(shapes ? shapes->inferred() : error.what());
}

}  // namespace hornbeam
