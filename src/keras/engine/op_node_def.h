// TensorFlow's NodeDef as protobuf's JSON writes it: what TensorFlowOpLayer keeps of an op.
#pragma once

#include <vector>

#include "hornbeam/config.hpp"
#include "ops/op_def.h"

namespace hornbeam {

// {"T": {"type": "DT_FLOAT"}, "axis": {"i": "1"}}. Attributes the op does not have are passed over. Throws ValueError.
Attrs attrs_from_json(const OpDef& op, const Config& attr);
Config attrs_to_json(const Attrs& attrs);
// The dtype of each input that these attributes fix, for `count` inputs; DType::invalid where they fix none.
std::vector<DType> input_dtypes(const OpDef& op, const Attrs& attrs, std::size_t count);

}  // namespace hornbeam
