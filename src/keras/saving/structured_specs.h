// Arguments and results of functions as a SavedModel tells them.
#pragma once

#include <string>
#include <vector>

#include "formats/saved_model/structured_value.h"
#include "hornbeam/values.hpp"

namespace hornbeam {

using formats::saved_model::StructuredValue;

StructuredValue none_value();
StructuredValue boolean_value(bool value);
StructuredValue text_value(std::string text);
StructuredValue list_value(std::vector<StructuredValue> items);
StructuredValue tuple_value(std::vector<StructuredValue> items);
StructuredValue dict_value(std::vector<StructuredValue::Item> items);
StructuredValue spec_value(DType dtype, const Shape& shape, const std::string& name);
// The structure with a spec for each leaf. `names` are the leaves'; where there are fewer, "inputs".
StructuredValue spec_values(const Values& values, const std::vector<std::string>& names);
// A FullArgSpec of arguments, the last ones with defaults.
StructuredValue argument_spec(const std::vector<std::string>& arguments, std::vector<StructuredValue> defaults);

}  // namespace hornbeam
