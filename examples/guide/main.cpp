// guide [FOLDER]: Keras's guide "Save and load Keras models" as a program. Runs its sections in order and prints "ok"
// and the section's name for each that holds. What they save is left in FOLDER, one folder each; default: a new
// temporary one. Exit code 1 when a section fails.
#include <cstdio>
#include <cstdlib>

#include "sections.h"

namespace {

struct Section {
  const char* file;
  const char* name;
  void (*run)(const guide::Folder&);
};

constexpr Section kSections[] = {
    {"01_short_answer", "The short answer to saving & loading", guide::short_answer},
    {"02_choosing_a_format", "Whole-model saving & loading: APIs", guide::choosing_a_format},
    {"03_savedmodel_format", "SavedModel format", guide::savedmodel_format},
    {"04_what_the_savedmodel_contains", "What the SavedModel contains", guide::what_the_savedmodel_contains},
    {"05_how_savedmodel_handles_custom_objects", "How SavedModel handles custom objects",
     guide::how_savedmodel_handles_custom_objects},
    {"06_keras_h5_format", "Keras H5 format", guide::keras_h5_format},
    {"07_h5_limitations", "Keras H5 format: limitations", guide::h5_limitations},
    {"08_get_config_and_from_config", "get_config() and from_config()", guide::get_config_and_from_config},
    {"09_to_json_and_model_from_json", "to_json() and model_from_json()", guide::to_json_and_model_from_json},
    {"10_custom_models_layers_and_functions", "Custom objects: models, layers and functions",
     guide::custom_models_layers_and_functions},
    {"11_loading_the_graph_only", "Loading the TensorFlow graph only", guide::loading_the_graph_only},
    {"12_defining_the_config_methods", "Defining the config methods", guide::defining_the_config_methods},
    {"13_registering_the_custom_object", "Registering the custom object", guide::registering_the_custom_object},
    {"14_custom_layer_and_function", "Custom layer and function example", guide::custom_layer_and_function},
    {"15_in_memory_model_cloning", "In-memory model cloning", guide::in_memory_model_cloning},
    {"16_weights_from_layer_to_layer", "Transferring weights from one layer to another, in memory",
     guide::weights_from_layer_to_layer},
    {"17_weights_from_model_to_model", "Transferring weights from one model to another, in memory",
     guide::weights_from_model_to_model},
    {"18_stateless_layers", "The case of stateless layers", guide::stateless_layers},
    {"19_saving_weights_to_disk", "APIs for saving weights to disk & loading them back", guide::saving_weights_to_disk},
    {"20_checkpoint_format", "TF Checkpoint format", guide::checkpoint_format},
    {"21_checkpoint_format_details", "TF Checkpoint format: format details", guide::checkpoint_format_details},
    {"22_transfer_learning_by_checkpoint", "TF Checkpoint format: transfer learning",
     guide::transfer_learning_by_checkpoint},
    {"23_exact_layers_and_variables", "TF Checkpoint format: the exact layers and variables",
     guide::exact_layers_and_variables},
    {"24_hdf5_format", "HDF5 format", guide::hdf5_format},
    {"25_order_of_nested_weights", "HDF5 format: order of nested weights", guide::order_of_nested_weights},
    {"26_transfer_learning_by_hdf5", "HDF5 format: transfer learning", guide::transfer_learning_by_hdf5},
};

std::filesystem::path new_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "hornbeam-guide-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw hb::OSError("cannot make a folder like " + pattern);
  return pattern;
}

bool holds(const Section& section, const std::filesystem::path& root) {
  try {
    // Each section for itself: default names and random numbers start anew.
    hb::backend::clear_session();
    hb::utils::set_random_seed(2020);
    std::filesystem::create_directories(root / section.file);
    section.run(guide::Folder(root / section.file));
    std::printf("ok %s\n", section.name);
    return true;
  } catch (const hb::Error& error) {
    std::fprintf(stderr, "failed %s (%s): %s\n", section.name, section.file, error.report().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "failed %s (%s): %s\n", section.name, section.file, error.what());
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) try {
  // New models and optimizers are those of tf.keras 2.2, the guide's; later ones open what they save, too.
  const hb::TargetScope for_tf22(hb::Target::tf22);
  const auto root = argc > 1 ? std::filesystem::path(argv[1]) : new_folder();
  int failed = 0;
  for (const auto& section : kSections) failed += holds(section, root) ? 0 : 1;
  std::printf("files: %s\n", root.c_str());
  return failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "guide: %s\n", error.what());
  return 2;
}
