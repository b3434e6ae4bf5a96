#include "formats/saved_model/convert.h"

#include "base/utf8.h"
#include "formats/saved_model/saved_model.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/tensor_shape.pb.h"

namespace hornbeam::formats::saved_model {

void Place::fail(std::string expected, std::string found) const {
  throw FormatError(file, where, std::move(expected), std::move(found));
}

std::string Place::text(const std::string& value) const {
  if (!base::is_utf8(value)) fail("names in UTF-8", "other bytes");
  return value;
}

Shape Place::shape(const proto::TensorShapeProto& value) const {
  constexpr int kMostDims = 254;
  if (value.unknown_rank()) return Shape::unknown();
  if (value.dim_size() > kMostDims) {
    fail("a shape of at most " + std::to_string(kMostDims) + " dims", std::to_string(value.dim_size()));
  }
  Shape result;
  for (const auto& dim : value.dim()) {
    if (dim.size() < None) fail("a shape", "a dim of " + std::to_string(dim.size()));
    result.push_back(dim.size());
  }
  return result;
}

DType dtype_of_number(int type) {
  const auto dtype = type > 0 && type < 100 ? static_cast<DType>(type) : DType::invalid;
  return name_of(dtype) == name_of(DType::invalid) ? DType::invalid : dtype;
}

}  // namespace hornbeam::formats::saved_model
