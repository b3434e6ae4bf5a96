#include <algorithm>
#include <mutex>
#include <optional>

#include "formats/hdf5/attributes.h"
#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/utf8.h"
#include "formats/hdf5/values.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {

// Read once, when first asked for: a file may hold thousands, each looked up by name.
struct Object::Attributes {
  std::mutex mutex;
  std::optional<std::vector<RawAttribute>> sorted;
};

Object::Object(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path)
    : image_(std::move(image)),
      header_(std::move(header)),
      path_(std::move(path)),
      attributes_(std::make_shared<Attributes>()) {}

const std::vector<RawAttribute>& Object::attributes() const {
  const std::lock_guard lock(attributes_->mutex);
  auto& sorted = attributes_->sorted;
  if (!sorted) sorted = naming(path_, [&] { return read_attributes(*image_, *header_); });
  return *sorted;
}

const RawAttribute* Object::find_attribute(std::string_view name) const {
  const auto& all = attributes();
  const auto it = std::lower_bound(all.begin(), all.end(), name,
                                   [](const RawAttribute& a, std::string_view n) { return a.name < n; });
  return it != all.end() && it->name == name ? &*it : nullptr;
}

std::uint64_t Object::id() const { return header_->address; }
const std::string& Object::file_name() const { return image_->file->path(); }
std::uint64_t Object::file_size() const { return image_->file->bytes().size(); }

std::vector<std::string> Object::attribute_names() const {
  std::vector<std::string> names;
  for (const RawAttribute& a : attributes()) names.emplace_back(a.name);
  return names;
}

bool Object::has_attribute(std::string_view name) const { return find_attribute(name) != nullptr; }

Attribute Object::attribute(std::string_view name) const {
  const auto* found = find_attribute(name);
  if (!found) {
    throw KeyError("Can't open attribute (can't locate attribute: '" + std::string(name) + "') of " + path_ + " in " +
                   file_name());
  }
  const std::string who = "attribute '" + std::string(name) + "' of " + path_;
  auto value = naming(who, [&] { return std::make_shared<const AttributeValue>(read_attribute_value(*found)); });
  return Attribute(image_, path_, std::string(name), std::move(value));
}

std::vector<std::string> load_attribute_strings(const Object& object, const std::string& name) {
  std::vector<std::string> all;
  const auto append = [&](const std::string& attribute) {
    std::vector<std::string> part = object.attribute(attribute).as_strings();
    for (const std::string& s : part) {
      if (!is_text(s)) {
        throw FormatError(object.file_name(), "attribute '" + attribute + "' of " + object.path(),
                          "names of UTF-8 text", "other bytes");
      }
    }
    all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  };
  if (object.has_attribute(name)) {
    append(name);
    return all;
  }
  for (std::size_t i = 0;; ++i) {
    const std::string chunk = name + std::to_string(i);
    if (i != 0 && !object.has_attribute(chunk)) return all;
    if (i == 0 && !object.has_attribute(chunk)) {
      throw KeyError("Can't open attribute (can't locate attribute: '" + name + "') of " + object.path() + " in " +
                     object.file_name());
    }
    append(chunk);
  }
}

}  // namespace hornbeam::formats::hdf5
