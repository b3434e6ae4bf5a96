// Dialects of Keras configs: what reads as the same layer in Keras 1/2 H5 files, tf.keras 2.x and Keras 3.
//
// Readers bring every dialect to one form (tf.keras 2.15's legacy dialect) before from_config sees it.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam {

// Who wrote the config that is being read on this thread: it decides what some names mean ("hard_sigmoid").
enum class Generation { keras2, keras3 };
Generation current_generation();
class GenerationScope {
 public:
  explicit GenerationScope(Generation generation);
  ~GenerationScope();
  GenerationScope(const GenerationScope&) = delete;
  GenerationScope& operator=(const GenerationScope&) = delete;

 private:
  Generation saved_;
};
// By "keras_version" ("2.3.0-tf", "3.15.1") and the look of the object. An absent version means Keras 2.
Generation generation_of(const std::string& keras_version, const Config& model);

// {"class_name": "__tuple__", "items": [...]} and TensorShape wrappers -> lists, everywhere in the tree.
Config unwrapped(const Config& config);
// One layer's config in the canonical form: dtype policies as names, batch_shape as batch_input_shape, Keras 3's null
// keys dropped, names that changed their meaning renamed.
Config normalized_layer_config(const std::string& class_name, const Config& config);

}  // namespace hornbeam
