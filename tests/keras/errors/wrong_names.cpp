#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

Config foo() { return {{"class_name", "Foo"}, {"config", {{"name", "foo"}}}}; }
Config newer_foo() {
  return {{"module", "pack"}, {"class_name", "Foo"}, {"config", {{"name", "foo"}}}, {"registered_name", "pack>Foo"}};
}
Config sequential_of(const Config& layer) {
  return {{"class_name", "Sequential"}, {"config", {{"name", "s"}, {"layers", Config(Config::List{layer})}}}};
}
Config foo_object() { return {{"class_name", "Foo"}, {"config", Config::dict()}}; }

template <class L>
struct Twice final : Layer {
  Values call(const Values& x, CallContext&) override { return x; }
  static Ref<Twice> from_config(const Config&) { return make<Twice>(); }
};

}  // namespace

std::vector<WrongCall> wrong_names() {
  return {
      {"unknown_layer_json", [] { models::model_from_json(sequential_of(foo()).dump()); }},
      {"unknown_model_json", [] { models::model_from_json(foo().dump()); }},
      {"unknown_layer_from_config", [] { Sequential::from_config(sequential_of(foo()).at("config")); }},
      {"unknown_layer_deserialize", [] { layers::deserialize(foo()); }},
      {"unknown_layer_deserialize_module", [] { layers::deserialize(newer_foo()); }, "Unknown layer: pack>Foo"},
      {"unknown_layer_json_module",
       [] {
         auto object = sequential_of(newer_foo());
         object.set("module", "keras").set("registered_name", nullptr);
         models::model_from_json(object.dump());
       },
       "Unknown layer: pack>Foo"},
      {"improper_config",
       [] {
         layers::deserialize({{"name", "foo"}});
       },
       "Improper config format: {\"name\": \"foo\"}"},
      {"json_not_json", [] { models::model_from_json("not json"); }, "model JSON (line 1 column 1): expected a value"},
      {"unknown_activations_get", [] { Activation("foo"); }},
      {"unknown_activations_deserialize", [] { Activation::from_config(foo_object()); }},
      {"wrong_type_activations_get", [] { Activation::from_config(3); }},
      {"unknown_activations_in_dense", [] { Dense(3, {.activation = "foo"}); }},
      {"unknown_initializers_get", [] { Initializer("foo"); }},
      {"unknown_initializers_deserialize", [] { Initializer::from_config(foo_object()); }},
      {"wrong_type_initializers_get", [] { Initializer::from_config(3); }},
      {"unknown_initializers_in_dense", [] { Dense(3, {.kernel_initializer = "foo"}); }},
      {"unknown_regularizers_get", [] { Regularizer("foo"); }},
      {"unknown_regularizers_deserialize", [] { Regularizer::from_config(foo_object()); }},
      // 2.2.3 prints a tuple; the other versions say:
      {"wrong_type_regularizers_get", [] { Regularizer::from_config(3); },
       "Could not interpret regularizer identifier: 3"},
      {"unknown_regularizers_in_dense", [] { Dense(3, {.kernel_regularizer = "foo"}); }},
      {"unknown_constraints_get", [] { Constraint("foo"); }},
      {"unknown_constraints_deserialize", [] { Constraint::from_config(foo_object()); }},
      {"wrong_type_constraints_get", [] { Constraint::from_config(3); }},
      {"unknown_constraints_in_dense", [] { Dense(3, {.kernel_constraint = "foo"}); }},
      {"register_twice",
       [] {
         register_keras_serializable("Twice", custom_object<Twice<int>>(), "pack");
         register_keras_serializable("Twice", custom_object<Twice<float>>(), "pack");
       },
       "pack>Twice has already been registered to another object"},
      {"compile_optimizer", [] { Optimizer("foo"); }},
      {"floatx", [] { backend::set_floatx("foo"); }},
      {"image_data_format", [] { backend::set_image_data_format("foo"); }},
  };
}

}  // namespace hornbeam::testing_support
