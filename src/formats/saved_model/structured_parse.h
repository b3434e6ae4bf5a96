#pragma once

#include "formats/saved_model/convert.h"
#include "formats/saved_model/structured_value.h"

namespace hornbeam::proto {
class StructuredValue;
}

namespace hornbeam::formats::saved_model {

StructuredValue structured_value(const proto::StructuredValue& value, const Place& place);

}  // namespace hornbeam::formats::saved_model
