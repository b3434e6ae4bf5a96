#include "ops/image/resized_shape.h"

#include "ops/shape_math.h"

namespace hornbeam::image {

std::vector<Shape> resized_shape(const ShapeContext& c, const char* op) {
  const auto& in = c.shape(0);
  require_rank(in, 4, op, "images");
  require_rank(c.shape(1), 1, op, "size");
  Shape out = in.has_rank() ? in : Shape{None, None, None, None};
  out[1] = out[2] = None;
  if (const auto size = c.ints(1)) {
    if (size->size() != 2) {
      throw InvalidArgumentError("Dimension must be 2 but is " + std::to_string(size->size()) + ": size");
    }
    if ((*size)[0] <= 0 || (*size)[1] <= 0) throw InvalidArgumentError("output dimensions must be positive");
    out[1] = (*size)[0];
    out[2] = (*size)[1];
  }
  if (in.has_rank() && (in[1] == 0 || in[2] == 0)) throw InvalidArgumentError("input image must be of non-zero size");
  return {out};
}

}  // namespace hornbeam::image
