// Reads everything in an HDF5 file that the reader can read: for fuzzing and for bulk mutation runs.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::fuzz {

struct Hdf5Walk {
  std::uint64_t max_dataset_bytes = std::uint64_t{8} << 20;
  int groups = 0;
  int datasets = 0;
  int attributes = 0;
  int errors = 0;
  std::string first_error;

  // One damaged part must not hide the others, so each is tried on its own.
  template <class F>
  void attempt(F&& f) {
    try {
      f();
    } catch (const FormatError& e) {
      if (errors++ == 0) first_error = e.what();
    }
  }

  void walk_attributes(const formats::hdf5::Object& object) {
    attempt([&] {
      for (const std::string& name : object.attribute_names()) {
        attempt([&] {
          const auto a = object.attribute(name);
          ++attributes;
          if (a.is_string()) {
            a.as_strings();
          } else {
            std::vector<std::byte> values(a.byte_size());
            a.read(values);
          }
        });
      }
    });
  }

  void walk_dataset(const formats::hdf5::Dataset& d) {
    ++datasets;
    walk_attributes(d);
    if (d.is_string()) {
      // Each string costs its bytes twice and a std::string: leave out what read_strings would refuse.
      if (d.count() < max_dataset_bytes / (2 * std::uint64_t{d.element_size()} + sizeof(std::string))) {
        d.read_strings(max_dataset_bytes);
      }
      return;
    }
    std::uint64_t sum = 0;
    for (const std::byte b : d.mapped()) sum += std::to_integer<std::uint64_t>(b);
    if (d.byte_size() <= max_dataset_bytes) {
      for (const std::byte b : d.read_bytes(max_dataset_bytes)) sum += std::to_integer<std::uint64_t>(b);
    }
    checksum += sum;
  }

  void walk(const formats::hdf5::File& file) {
    attempt([&] {
      std::vector<formats::hdf5::Group> todo = {file.root()};
      std::set<std::uint64_t> seen = {todo.back().id()};
      while (!todo.empty()) {
        const auto group = std::move(todo.back());
        todo.pop_back();
        ++groups;
        walk_attributes(group);
        for (const std::string& name : group.keys()) {
          attempt([&] {
            if (!group.has(name) || !seen.insert(group.id_of(name)).second) return;
            const auto kind = group.kind(name);
            if (kind == formats::hdf5::Kind::group) todo.push_back(group.group(name));
            if (kind == formats::hdf5::Kind::dataset) walk_dataset(group.dataset(name));
          });
        }
      }
    });
  }

  std::uint64_t checksum = 0;  // keeps the reads from being optimised away
};

}  // namespace hornbeam::fuzz
