// Tensors that stand in graphs.
#pragma once

#include <cstdint>

#include "formats/saved_model/convert.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::proto {
class TensorProto;
}

namespace hornbeam::formats::saved_model {

// Its last value is repeated where there are fewer than elements. `repeated` counts the bytes that this adds to those
// of the file, over all tensors of a graph. An undefined tensor for a dtype that Hornbeam has no values of. Throws
// FormatError.
Tensor tensor_of(const proto::TensorProto& tensor, const Place& place, std::uint64_t& repeated);

}  // namespace hornbeam::formats::saved_model
