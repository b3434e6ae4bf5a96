// TensorFlow's NodeDef as protobuf's JSON writes it: what TensorFlowOpLayer keeps of an op.
#pragma once

#include <vector>

#include "hornbeam/config.hpp"
#include "ops/op_def.h"

namespace hornbeam {

// {"T": {"type": "DT_FLOAT"}, "axis": {"i": "1"}}. Attributes the op does not have are passed over. Throws ValueError.
Attrs attrs_from_json(const OpDef& op, const Config& attr);
Config attrs_to_json(const Attrs& attrs);
// The double that is written as this float is: 0.2, not 0.20000000298.
double shortest_double(float value);
// The dtype of each input that these attributes fix, for `count` inputs; DType::invalid where they fix none.
std::vector<DType> input_dtypes(const OpDef& op, const Attrs& attrs, std::size_t count);

}  // namespace hornbeam
