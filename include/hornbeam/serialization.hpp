// Class registry and custom objects: how a config's class_name finds a C++ class. Mirrors
// keras.utils.custom_object_scope, register_keras_serializable, keras.layers.serialize / deserialize.
//
// Thread-safety: the global registry is guarded by a mutex; scopes are of their thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "hornbeam/activations.hpp"
#include "hornbeam/layer.hpp"
#include "hornbeam/losses.hpp"
#include "hornbeam/metrics.hpp"
#include "hornbeam/optimizers.hpp"

namespace hornbeam {

using LayerFactory = std::function<std::shared_ptr<Layer>(const Config&)>;

// What a name may stand for in custom_objects.
using CustomObject = std::variant<LayerFactory, Activation, Initializer, Regularizer, Constraint, Handle<LossObject>,
                                  LossFactory, OptimizerFactory, LearningRateScheduleFactory, OptimizerSelector,
                                  MetricFunction, MetricFactory, LambdaFunction>;
struct CustomObjects : std::map<std::string, CustomObject> {
  using map::map;
};

// {"CustomLayer", custom_object<CustomLayer>()}: L has static from_config(const Config&) giving a Ref or shared_ptr.
template <class L>
CustomObject custom_object() {
  return LayerFactory([](const Config& c) -> std::shared_ptr<Layer> {
    auto made = L::from_config(c);
    if constexpr (requires { made.ptr(); }) {
      return made.ptr();
    } else {
      return made;
    }
  });
}

// While alive, names on this thread resolve to these objects first. Nests.
class CustomObjectScope {
 public:
  explicit CustomObjectScope(const CustomObjects& objects);
  ~CustomObjectScope();
  CustomObjectScope(const CustomObjectScope&) = delete;
  CustomObjectScope& operator=(const CustomObjectScope&) = delete;
};

// For the whole process, under "package>name" (keras.utils.register_keras_serializable). Throws ValueError when taken.
void register_keras_serializable(const std::string& name, CustomObject object, const std::string& package = "Custom");
// What the whole process knows by name: what was registered ("package>name"), and what set_custom_objects put there
// under plain names (keras.utils.get_custom_objects, whose dict is changed in place). Scopes come before both.
CustomObjects get_custom_objects();
// These instead, registered ones included: objects = get_custom_objects(); objects["twice"] = HB_FUNCTION(twice); ...
void set_custom_objects(const CustomObjects& objects);
// Null when there is none.
const CustomObject* get_registered_object(const std::string& name);
// "package>name" of what was registered under this bare name; the name itself when nothing was.
std::string get_registered_name(const std::string& name);

namespace layers {
// {"class_name": "Dense", "config": {...}}
Config serialize(const Layer& layer);
inline Config serialize(const LayerRef& layer) { return serialize(*layer); }
// Any dialect's object form. Throws ValueError "Unknown layer: Foo. ..." saying how to register it.
LayerRef deserialize(const Config& config, const CustomObjects& custom_objects = {});
}  // namespace layers

// ---- for built-in classes (the generated list calls them) ----
void register_layer(const std::string& class_name, LayerFactory factory);
// Names a built-in class: null when unknown.
const LayerFactory* find_layer_class(const std::string& class_name);
std::vector<std::string> layer_class_names();

}  // namespace hornbeam
