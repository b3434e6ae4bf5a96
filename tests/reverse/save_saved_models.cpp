// save_saved_models CORPUS OUT [--tenth]
//
// Loads each whole model of the corpus that tf.keras wrote and saves it as a SavedModel for the Keras it came from
// (case_saver.h): from its H5 file, or where it has none (its class is its user's), from its SavedModel, with the class
// and without. open_saved_models.py has real TensorFlows open them.
#include "conformance/custom_objects.h"
#include "hornbeam/hornbeam.hpp"
#include "reverse/case_saver.h"

int main(int argc, char** argv) {
  using namespace hornbeam;
  const auto save = [](const Model& model, const std::string& path, Config& item) {
    SaveReport report;
    model.save(path, {.save_format = "tf", .report = &report});
    item.set("dropped", Config(report.dropped));
  };
  return reverse::save_cases(argc, argv, "Saves the corpus's models as SavedModels", save,
                             [](auto& saver, const auto& c) {
                               if (c.producer.starts_with("keras-3")) return;
                               const auto load_with = [&c](const std::string& file, const CustomObjects& classes) {
                                 return [path = (c.folder / file).string(), &classes] {
                                   return models::load_model(path, {.custom_objects = classes});
                                 };
                               };
                               static const CustomObjects none;
                               if (c.has_file("h5/model.h5")) {
                                 saver.add(c, load_with("h5/model.h5", conformance::custom_objects()));
                               } else if (c.has_file("saved_model")) {
                                 saver.add(c, load_with("saved_model", conformance::all_custom_objects(c.name)));
                                 saver.add(c, load_with("saved_model", none), "revived_");
                               }
                             });
}
