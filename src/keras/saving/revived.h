// Layers and models of classes that nobody registered: they act by the call functions that were saved with them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/saving/restored_objects.h"
#include "keras/saving/revived_parts.h"

namespace hornbeam {

// A node that Keras saved, with its metadata read.
struct SavedLayer {
  std::int32_t node = 0;
  std::string identifier;
  Config metadata;
  std::string class_name() const { return metadata.get_string("class_name", ""); }
  std::string name() const { return metadata.get_string("name", ""); }
  // Its class has no get_config: tf.keras 2.2 says so in the config's place.
  bool without_config() const {
    const auto* config = metadata.find("config");
    return !config || !config->is_dict() || config->has("layer was saved without config");
  }
};

// The shape that it was built for, where there is one of one input.
std::optional<Shape> saved_shape(const SavedLayer& saved);

// A layer or model that was made of one.
class RevivedObject {
 public:
  virtual ~RevivedObject() = default;
  virtual const SavedLayer& saved() const = 0;
  // Its function was saved for a tuple of inputs, not for a list.
  virtual bool takes_tuple() const = 0;
};

// All that Keras saved of a model, and the objects that its layers are made of; `objects` is asked when there is one to
// make.
class Revival {
 public:
  using ObjectsSource = std::function<std::shared_ptr<const RestoredObjects>()>;
  Revival(ObjectsSource objects, const std::vector<SavedLayer>& layers);
  ~Revival();

  // The model that the first node is, without its class.
  ModelRef model();
  // `known`, and beside it for each class of the nodes that is known nowhere what makes its layers from what was saved:
  // configs find their nodes by name. This, and the layers, must be there as long as the result is used.
  CustomObjects with_classes(const CustomObjects& known);

 private:
  std::shared_ptr<Layer> layer_of(std::int32_t node);
  const std::shared_ptr<const RestoredObjects>& objects();
  SavedParts& parts();

  ObjectsSource source_;
  const std::vector<SavedLayer>& layers_;
  std::shared_ptr<const RestoredObjects> objects_;
  std::optional<SavedParts> parts_;
  std::map<std::int32_t, const SavedLayer*> by_node_;
  std::set<std::int32_t> used_;
};

}  // namespace hornbeam
