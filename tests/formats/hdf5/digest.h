// All that the reader sees in a file, as one string.
#pragma once

#include <span>
#include <string>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5::testing {

inline std::string digest(const std::string& bytes) {
  std::string all;
  const auto add = [&](const std::string& text) { all += text + '\n'; };
  const auto add_values = [&](const std::vector<std::byte>& values) {
    all.append(reinterpret_cast<const char*>(values.data()), values.size());
  };
  const auto add_attributes = [&](const Object& object) {
    for (const std::string& name : object.attribute_names()) {
      const Attribute a = object.attribute(name);
      add(name + " " + std::string(name_of(a.dtype())));
      for (const std::int64_t d : a.shape()) add(std::to_string(d));
      if (a.is_string()) {
        for (const std::string& s : a.as_strings()) add(s);
      } else {
        std::vector<std::byte> values(a.byte_size());
        a.read(values);
        add_values(values);
      }
    }
  };
  Visitor visitor;
  visitor.group = [&](const Group& group) {
    add("group " + group.path());
    for (const std::string& name : group.keys()) add(name);
    add_attributes(group);
  };
  visitor.dataset = [&](const Dataset& dataset) {
    add("dataset " + dataset.path() + " " + std::string(name_of(dataset.dtype())));
    for (const std::int64_t d : dataset.shape()) add(std::to_string(d));
    add_attributes(dataset);
    if (dataset.is_string()) {
      for (const std::string& s : dataset.read_strings(std::uint64_t{1} << 24)) add(s);
    } else if (dataset.byte_size() <= std::uint64_t{1} << 24) {
      add_values(dataset.read_bytes(std::uint64_t{1} << 24));
    } else {
      add("too large: " + std::to_string(dataset.byte_size()));
    }
  };
  visit_objects(File::from_bytes(std::as_bytes(std::span(bytes.data(), bytes.size())), "file.h5")->root(), visitor);
  return all;
}

// The message of the FormatError that reading everything ends in; "" if it does not.
inline std::string error_of(const std::string& bytes) {
  try {
    digest(bytes);
    return "";
  } catch (const FormatError& e) {
    return e.what();
  }
}

}  // namespace hornbeam::formats::hdf5::testing
