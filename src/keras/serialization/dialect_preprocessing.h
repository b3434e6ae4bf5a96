// What the Kerases say otherwise of layers that prepare data: dtypes, and what adapt() learned.
#pragma once

#include <string>

#include "hornbeam/layer.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// From Keras 3, where the policy of such layers says nothing of their outputs' dtype, into the form in memory.
Config preprocessing_from_keras3(const std::string& class_name, Config config);
// From tf.keras 2.2.
Config preprocessing_from_tf22(const std::string& class_name, Config config);
// The other way round; `layer` may be null.
Config preprocessing_for(const std::string& class_name, Config config, const Layer* layer, Target target);

}  // namespace hornbeam
