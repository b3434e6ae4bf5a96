// Values of dtype variant: each element of such a tensor is a handle of an object that ops make and read, such as a
// list of tensors.
//
// Thread-safety: the objects are immutable once shared; handles may be copied from several threads.
#pragma once

#include <memory>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

class VariantObject {
 public:
  virtual ~VariantObject() = default;
  // What it is, for messages: "TensorList".
  virtual const char* type_name() const = 0;
};
using Variant = std::shared_ptr<const VariantObject>;

template <>
struct DTypeOf<Variant> {
  static constexpr DType value = DType::variant;
};

// A scalar of dtype variant.
Tensor variant_tensor(Variant value);

// Are the elements C++ objects (strings, variants), not to be copied byte by byte?
bool holds_objects(DType dtype);

}  // namespace hornbeam
