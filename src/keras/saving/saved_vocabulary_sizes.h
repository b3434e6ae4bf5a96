// How many words the TextVectorization layers of a SavedModel of tf.keras 2.2 know: later Kerases say it in the config.
#pragma once

#include "keras/saving/revived.h"
#include "keras/saving/saved_model_objects.h"

namespace hornbeam {

// The model's object with the sizes in the configs of its layers, where they are what outputs are made of.
Config with_vocabulary_sizes(Config object, const std::vector<SavedLayer>& layers,
                             const std::shared_ptr<const formats::saved_model::SavedModel>& file);

}  // namespace hornbeam
