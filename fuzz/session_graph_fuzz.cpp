// Any bytes as the saved_model.pb of a graph that was saved without objects: it is loaded, and each signature called on
// zeros, with nothing but errors of Hornbeam's.
#include "formats/saved_model/saved_model.h"
#include "hornbeam/ops.hpp"
#include "keras/saving/session_graph.h"
#include "model_fuzz.h"

namespace {

using namespace hornbeam;
namespace sm = formats::saved_model;

// Unknown dims are 2. None where it would be big, or of a dtype without zeros.
std::optional<Tensor> zeros_of(const sm::TensorInfo& info) {
  constexpr std::int64_t kMostNumbers = 1 << 12;
  Shape shape;
  std::int64_t numbers = 1;
  for (std::size_t i = 0; info.shape.has_rank() && i < info.shape.rank(); ++i) {
    shape.push_back(info.shape[i] < 0 ? 2 : info.shape[i]);
    if (shape[i] > kMostNumbers || (numbers *= shape[i]) > kMostNumbers) return std::nullopt;
  }
  const auto dtype = sm::dtype_of_number(info.type);
  if (dtype == DType::invalid || dtype == DType::resource || dtype == DType::variant) return std::nullopt;
  return Tensor::zeros(dtype, shape);
}

void call_all(const std::shared_ptr<const sm::SavedModel>& file) {
  const SessionGraph graph(file);
  graph.variables();
  for (const auto& signature : file->signatures()) {
    try {
      std::vector<Tensor> inputs;
      for (const auto& [name, info] : signature.inputs) {
        if (auto zeros = zeros_of(info)) inputs.push_back(std::move(*zeros));
      }
      if (inputs.size() != graph.argument_names(signature.key).size()) continue;
      for (int turn = 0; turn < 2; ++turn) graph.run(signature.key, inputs);  // the second may be compiled
    } catch (const Error&) {
      // What most inputs come to.
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const auto file = sm::SavedModel::from_bytes(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
    if (!file->has_objects()) call_all(file);
  } catch (const Error&) {
  }
  return 0;
}
