// Shapes into messages. Seen by this folder's .cpp files alone.
#pragma once

#include "hornbeam/shape.hpp"
#include "hornbeam_proto/tensor_shape.pb.h"

namespace hornbeam::formats::saved_model {

inline void fill_shape(proto::TensorShapeProto& out, const Shape& shape) {
  if (!shape.has_rank()) return out.set_unknown_rank(true);
  for (const auto dim : shape.dims()) out.add_dim()->set_size(dim < 0 ? -1 : dim);
}

}  // namespace hornbeam::formats::saved_model
