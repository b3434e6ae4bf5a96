// Any bytes as saved_model.pb, as keras_metadata.pb and as a graph: nothing but errors of Hornbeam's is thrown.
#include "formats/saved_model/saved_model.h"
#include "hornbeam/errors.hpp"

namespace sm = hornbeam::formats::saved_model;

namespace {

template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const hornbeam::FormatError&) {
  } catch (const hornbeam::NotImplementedError&) {
  } catch (const hornbeam::ValueError&) {  // a Keras object without metadata
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  attempt([&] {
    const auto file = sm::SavedModel::from_bytes(bytes, "fuzz");
    for (const auto& [name, function] : file->objects().concrete_functions) {
      function.inputs.to_string();
      function.outputs.tensors();
    }
    attempt([&] { file->read_keras_nodes(); });
    file->read_graph();
  });
  attempt([&] { sm::parse_keras_metadata(bytes, "fuzz"); });
  attempt([&] { sm::parse_graph(bytes, "fuzz"); });
  return 0;
}
