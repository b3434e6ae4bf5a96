// Layers and models of classes that nobody registered: they act by the call functions that were saved with them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/saving/restored_objects.h"

namespace hornbeam {

// A node that Keras saved, with its metadata read.
struct SavedLayer {
  std::int32_t node = 0;
  std::string identifier;
  Config metadata;
  std::string class_name() const { return metadata.get_string("class_name", ""); }
  std::string name() const { return metadata.get_string("name", ""); }
};

// The model that such a node is, without its class.
ModelRef revived_model(std::shared_ptr<const RestoredObjects> objects, const SavedLayer& saved);

// `known`, and beside it for each class of the nodes that is known nowhere what makes its layers from what was saved:
// configs find their nodes by name.
// `objects` is asked when there is one to make; it and `layers` must be there as long as the result is used.
using ObjectsSource = std::function<std::shared_ptr<const RestoredObjects>()>;
CustomObjects with_revived_classes(const CustomObjects& known, const ObjectsSource& objects,
                                   const std::vector<SavedLayer>& layers);

}  // namespace hornbeam
