// The attributes of an object: those in its header and those in its dense storage.
#pragma once

#include <string_view>
#include <vector>

#include "formats/hdf5/dataspace.h"
#include "formats/hdf5/datatype.h"
#include "formats/hdf5/image.h"
#include "formats/hdf5/object_header.h"

namespace hornbeam::formats::hdf5 {

// An attribute's name and where its parts are; its type is read only when its value is asked for, so
// one of an unsupported type does not hide the others.
struct RawAttribute {
  std::string_view name;
  Cursor datatype;
  bool shared_datatype;
  Cursor dataspace;
  Cursor data;
};

struct AttributeValue {
  Datatype type;
  Dataspace space;
  Cursor data;  // exactly count * size bytes
};

// Sorted by name.
std::vector<RawAttribute> read_attributes(const Image& image, const ObjectHeader& header);
AttributeValue read_attribute_value(const RawAttribute& raw);

}  // namespace hornbeam::formats::hdf5
