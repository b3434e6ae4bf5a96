// Any bytes as an object graph and as a `checkpoint` file: nothing but FormatError is thrown, and what is understood is
// written and understood again.
#include <cstdlib>

#include "formats/tensor_bundle/checkpoint_state.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/errors.hpp"

namespace tb = hornbeam::formats::tensor_bundle;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto graph = tb::parse_object_graph(bytes, "fuzz");
    if (!(tb::parse_object_graph(tb::serialize(graph), "again") == graph)) std::abort();
  } catch (const hornbeam::FormatError&) {
  }
  try {
    const auto state = tb::parse_checkpoint_state(bytes, "fuzz");
    const auto again = tb::parse_checkpoint_state(tb::to_text(state), "again");
    if (again.latest != state.latest || again.all != state.all) std::abort();
  } catch (const hornbeam::FormatError&) {
  }
  return 0;
}
