#include "formats/hdf5/attributes.h"

#include <algorithm>

#include "base/checked_math.h"
#include "formats/hdf5/dense_storage.h"
#include "formats/hdf5/utf8.h"

namespace hornbeam::formats::hdf5 {
namespace {

Cursor part(Cursor& c, std::uint64_t size, bool padded, const char* what) {
  const std::uint64_t address = c.address();
  const auto bytes = c.take(size);
  if (padded) c.skip((8 - size % 8) % 8);
  return Cursor(c.image(), address, bytes, what);
}

RawAttribute read_attribute_message(Cursor c) {
  const unsigned version = c.u8();
  if (version < 1 || version > 3) c.fail("attribute version 1 to 3", "version " + std::to_string(version));
  const unsigned flags = c.u8();  // reserved in version 1
  const std::uint64_t name_size = c.u16();
  const std::uint64_t type_size = c.u16();
  const std::uint64_t space_size = c.u16();
  if (version == 3) c.skip(1);  // character set of the name
  const bool padded = version == 1;
  Cursor name = part(c, name_size, padded, "attribute name");
  const std::string_view text = name.c_string();
  const Cursor type = part(c, type_size, padded, "attribute datatype");
  const Cursor space = part(c, space_size, padded, "attribute dataspace");
  if (version > 1 && (flags & 2U) != 0) c.fail("an attribute's own dataspace", "a shared one (not supported)");
  const std::uint64_t address = c.address();
  const Cursor data(c.image(), address, c.take(c.remaining()), "attribute value");
  return {text, type, version > 1 && (flags & 1U) != 0, space, data};
}

}  // namespace

std::vector<RawAttribute> read_attributes(const Image& image, const ObjectHeader& header) {
  std::vector<RawAttribute> attributes;
  for (const Message& m : header.messages) {
    if (m.type == kAttribute) {
      if (m.shared) header.refuse(m, "attributes in their own object", "a shared one (not supported)");
      attributes.push_back(read_attribute_message(header.cursor(m, "attribute")));
    }
    if (m.type == kAttributeInfo) {
      walk_dense_storage(image, header.cursor(m, "attribute info message"), Btree2Type::attribute_name,
                         [&](Cursor message) { attributes.push_back(read_attribute_message(message)); });
    }
  }
  std::sort(attributes.begin(), attributes.end(),
            [](const RawAttribute& a, const RawAttribute& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (!is_text(attributes[i].name)) attributes[i].data.fail("an attribute name of UTF-8 text", "another one");
    if (i != 0 && attributes[i].name == attributes[i - 1].name) {
      attributes[i].data.fail("each attribute once", quoted(attributes[i].name) + " twice");
    }
  }
  return attributes;
}

AttributeValue read_attribute_value(const RawAttribute& raw) {
  const Image& image = raw.data.image();
  const Datatype type = raw.shared_datatype ? read_committed_datatype(image, committed_address(raw.datatype))
                                            : read_datatype(raw.datatype);
  Dataspace space = read_dataspace(raw.dataspace);
  const auto size = base::checked_mul<std::uint64_t>(space.count, type.size);
  if (!size || *size > raw.data.remaining()) {
    raw.data.fail(std::to_string(space.count) + " elements of " + std::to_string(type.size) + " bytes",
                  std::to_string(raw.data.remaining()) + " bytes");
  }
  Cursor data = raw.data;
  const std::uint64_t address = data.address();
  return {type, std::move(space), Cursor(image, address, data.take(*size), "attribute value")};
}

}  // namespace hornbeam::formats::hdf5
