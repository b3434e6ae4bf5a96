#pragma once

#include "formats/saved_model/convert.h"
#include "formats/saved_model/structured_value.h"
#include "hornbeam_proto/saved_object_graph.pb.h"

namespace hornbeam::formats::saved_model {

StructuredValue structured_value(const proto::StructuredValue& value, const Place& place);

}  // namespace hornbeam::formats::saved_model
