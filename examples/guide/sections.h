// The guide's sections in its order; each in the file of its number. They throw hb::Error where something does not
// hold.
#pragma once

#include "guide.h"

namespace guide {

// The short answer, and whole-model saving & loading
void short_answer(const Folder& folder);
void choosing_a_format(const Folder& folder);
void savedmodel_format(const Folder& folder);
void what_the_savedmodel_contains(const Folder& folder);
void how_savedmodel_handles_custom_objects(const Folder& folder);
void keras_h5_format(const Folder& folder);
void h5_limitations(const Folder& folder);
// Saving the architecture
void get_config_and_from_config(const Folder& folder);
void to_json_and_model_from_json(const Folder& folder);
void custom_models_layers_and_functions(const Folder& folder);
void loading_the_graph_only(const Folder& folder);
void defining_the_config_methods(const Folder& folder);
void registering_the_custom_object(const Folder& folder);
void custom_layer_and_function(const Folder& folder);
void in_memory_model_cloning(const Folder& folder);
// Saving & loading only the model's weights values
void weights_from_layer_to_layer(const Folder& folder);
void weights_from_model_to_model(const Folder& folder);
void stateless_layers(const Folder& folder);
void saving_weights_to_disk(const Folder& folder);
void checkpoint_format(const Folder& folder);
void checkpoint_format_details(const Folder& folder);
void transfer_learning_by_checkpoint(const Folder& folder);
void exact_layers_and_variables(const Folder& folder);
void hdf5_format(const Folder& folder);
void order_of_nested_weights(const Folder& folder);
void transfer_learning_by_hdf5(const Folder& folder);

}  // namespace guide
