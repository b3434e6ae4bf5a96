// What each Keras writes in its configs, as tables: the keys of every class and their defaults, names that changed, and
// what a version does not have. The writer has no other knowledge of single classes.
//
// The form they start from is the one in memory: tf.keras 2.15's legacy dialect.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

enum class Presence {
  never,           // a value other than the default cannot be said
  always,          // with the default when the layer does not say
  when_set,        // only when it differs from the default
  with_companion,  // only when another key is set
  dropped,         // never, and nothing is lost by it
};

struct KeyRule {
  std::string_view key;
  Config neutral;  // the value that means nothing
  Presence presence[kTargets];
  Presence in_tf_keras;  // tf-keras after 2.15
  std::string_view companion;
  Presence in(Target target, bool tf_keras = false) const {
    return tf_keras ? in_tf_keras : presence[static_cast<std::size_t>(target)];
  }
};
// Of a layer, initializer, regularizer or constraint; keys without a rule are the same everywhere.
const std::vector<KeyRule>& key_rules(std::string_view class_name);

struct KeyName {
  std::string_view class_name, ours, theirs;
  Target target;
};
// The key's name there, or itself.
std::string_view key_name(std::string_view class_name, std::string_view key, Target target);

// The value as the key holds it there, in a layer built for inputs of this rank (0: not built). Of a built layer's axis
// tf.keras 2 makes a list counted from the front; Keras 3 keeps what was given, most often -1.
Config key_form(std::string_view class_name, std::string_view key, Target target, const Config& value,
                std::size_t rank);
// Can the key have this value there? (Keys that it cannot have at all: key_rules.)
bool can_say(std::string_view class_name, std::string_view key, const Config& value, Target target);
// Where a default of the constructors was another one in tf.keras 2.2, or is one in Keras 3: what a config of that
// Keras does not say is set to it. (Keras itself writes all keys.)
void set_defaults_of(Target target, std::string_view class_name, Config& config);
// Brings the keys of a config into the order that Keras writes them in (dialect_orders.cpp).
void order_keys(std::string_view class_name, Target target, Config& config);
// Words of a space-separated list.
std::vector<std::string> words_of(std::string_view list);

// Where a word stands for itself, and not for a function of that name.
bool is_plain_word(std::string_view class_name, std::string_view key);

// Numbers that Keras 2 rounds to float32 (K.cast_to_floatx) on their way into the config.
bool rounded_to_float32(std::string_view class_name, std::string_view key, Target target);

// Does this Keras have the built-in class? (True of unknown ones.)
bool has_class(std::string_view class_name, Target target);

// The name of a built-in activation there; empty when there is none that computes the same.
std::string activation_name(const std::string& ours, Target target);

// Keras 2: whether a layer that a wrapper built, without calling it, knows for which shapes.
bool keras2_build_keeps_shapes(std::string_view class_name);
// Keras 3: layers with a build of their own say for which shape they were built.
bool keras3_writes_build_config(std::string_view class_name);
// Keras 3: layers that write their policy as a plain name.
bool keras3_writes_dtype_name(std::string_view class_name);
// Keras 3: arguments of call() that stand in every node.
const Config& keras3_call_defaults(std::string_view class_name);

// Is it a class of keras.initializers / regularizers / constraints?
bool is_builtin_object(std::string_view class_name);

// He and Lecun initializers, which 2.2 knows as functions that make a VarianceScaling.
struct ScaledInitializer {
  std::string_view class_name;
  double scale;
  const char* distribution;
};
const ScaledInitializer* scaled_initializer(std::string_view class_name);

}  // namespace hornbeam
