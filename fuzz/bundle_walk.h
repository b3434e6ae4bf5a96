// Reads everything in a bundle that the reader can read: for fuzzing and for bulk mutation runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::fuzz {

struct BundleWalk {
  std::map<std::string, std::string> values;  // dtype, shape and bytes of what could be read
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

  static std::string flat(const Tensor& value) {
    std::string text = std::string(name_of(value.dtype())) + value.shape().to_string();
    if (value.dtype() != DType::string) {
      return text.append(reinterpret_cast<const char*>(value.raw()), value.bytes());
    }
    for (const auto& one : value.data<std::string>()) text += std::to_string(one.size()) + ":" + one;
    return text;
  }

  void walk(const formats::tensor_bundle::Bundle& bundle) {
    namespace tb = formats::tensor_bundle;
    for (const auto& name : bundle.names()) {
      attempt([&] { bundle.map(name, tb::Check::later); });
      attempt([&] { bundle.verify(name); });
      attempt([&] { values[name] = flat(bundle.read(name)); });
    }
    attempt([&] { bundle.verify_all(); });
    if (!bundle.has(tb::kObjectGraphKey)) return;
    attempt([&] {
      const auto graph = tb::parse_object_graph(bundle.read_string(tb::kObjectGraphKey), bundle.file_name());
      tb::parse_object_graph(tb::serialize(graph), "again");
    });
  }
};

}  // namespace hornbeam::fuzz
