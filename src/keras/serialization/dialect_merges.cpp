#include "keras/serialization/dialect_merges.h"

#include <optional>

#include "hornbeam/errors.hpp"
#include "hornbeam/layers/merge.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {

void check_merged_dtypes(const Layer& layer, const std::string& who, Target target) {
  const bool merges = dynamic_cast<const MergeLayer*>(&layer) || dynamic_cast<const ConcatenateLayer*>(&layer);
  if (target == Target::keras3 || !merges) return;
  for (const auto& node : layer.inbound_nodes()) {
    std::optional<DType> first;
    for (const auto& tensor : node->inputs.flatten()) {
      // Autocast makes one dtype of floats.
      const auto dtype = is_floating(tensor.dtype()) ? DType::float32 : tensor.dtype();
      if (!first) first = dtype;
      if (*first == dtype) continue;
      throw ValueError(who + " merges tensors of " + std::string(name_of(*first)) + " and " +
                       std::string(name_of(dtype)) + ", which " + name_of(target) +
                       " does not. Choose another target, or cast the layer's inputs.");
    }
  }
}

}  // namespace hornbeam
