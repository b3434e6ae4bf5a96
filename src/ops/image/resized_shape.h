// The shape rule of ops that resize images.
#pragma once

#include "ops/op_def.h"

namespace hornbeam::image {

// Input 0, [batch, height, width, channels], in the size that input 1 says, int32 [2]. Throws InvalidArgumentError.
std::vector<Shape> resized_shape(const ShapeContext& c, const char* op);

}  // namespace hornbeam::image
