// One list of fields per layer serves get_config and from_config, so that they cannot drift apart.
//
//   class DenseLayer : public Layer {
//     template <class Self, class F>
//     static void fields(Self& self, F&& f) {
//       f("units", self.units_);
//       f("activation", self.o_.activation);
//       ...
//     }
//     Config get_config() const override { return config_of(*this); }
//   };
// A field read from a config keeps its default when the key is absent; HB_REQUIRED fields throw TypeError in Keras's
// words
// ("__init__() missing 1 required positional argument: 'units'"). Free functions without state.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "hornbeam/activations.hpp"
#include "hornbeam/config.hpp"
#include "hornbeam/constraints.hpp"
#include "hornbeam/initializers.hpp"
#include "hornbeam/layer.hpp"
#include "hornbeam/regularizers.hpp"

namespace hornbeam {

// ---- one field to and from a config ----
// Declared before use: the two call each other.
template <class T>
Config field_to_config(const std::optional<T>& v);
template <class T>
Config field_to_config(const std::vector<T>& v);
template <class T>
void field_from_config(const Config& c, std::optional<T>& v);
template <class T>
void field_from_config(const Config& c, std::vector<T>& v);
inline Config field_to_config(bool v) { return v; }
inline Config field_to_config(std::int64_t v) { return v; }
inline Config field_to_config(double v) { return v; }
inline Config field_to_config(const std::string& v) { return v; }
inline Config field_to_config(const Config& v) { return v; }
inline Config field_to_config(const Activation& v) { return v.to_config(); }
template <class Object>
Config field_to_config(const Handle<Object>& v) {
  return v.to_config();
}
inline Config field_to_config(const std::vector<std::int64_t>& v) { return Config(v); }
inline Config field_to_config(const Shape& v) {
  auto list = Config::list();
  for (const auto d : v) list.push_back(d < 0 ? Config() : Config(d));
  return list;
}
template <class T>
Config field_to_config(const std::optional<T>& v) {
  return v ? field_to_config(*v) : Config();
}
template <class T>
Config field_to_config(const std::vector<T>& v) {
  auto list = Config::list();
  for (const auto& item : v) list.push_back(field_to_config(item));
  return list;
}

inline void field_from_config(const Config& c, bool& v) { v = c.as_bool(); }
inline void field_from_config(const Config& c, std::int64_t& v) { v = c.as_int(); }
inline void field_from_config(const Config& c, double& v) { v = c.as_double(); }
inline void field_from_config(const Config& c, std::string& v) { v = c.as_string(); }
inline void field_from_config(const Config& c, Config& v) { v = c; }
inline void field_from_config(const Config& c, Activation& v) { v = Activation::from_config(c); }
template <class Object>
void field_from_config(const Config& c, Handle<Object>& v) {
  v = Handle<Object>::from_config(c);
}
inline void field_from_config(const Config& c, std::vector<std::int64_t>& v) { v = c.as_ints(); }
inline void field_from_config(const Config& c, Shape& v) {
  std::vector<std::int64_t> dims;
  for (const auto& d : c.as_list()) dims.push_back(d.is_null() ? None : d.as_int());
  v = Shape(std::move(dims));
}
template <class T>
void field_from_config(const Config& c, std::optional<T>& v) {
  if (c.is_null()) {
    v.reset();
    return;
  }
  T value{};
  field_from_config(c, value);
  v = std::move(value);
}
template <class T>
void field_from_config(const Config& c, std::vector<T>& v) {
  v.clear();
  for (const auto& item : c.as_list()) {
    T value{};
    field_from_config(item, value);
    v.push_back(std::move(value));
  }
}

// ---- whole layers ----
struct FieldWriter {
  Config& out;
  template <class T>
  void operator()(const char* key, const T& value) const {
    out.set(key, field_to_config(value));
  }
  template <class T>
  void required(const char* key, const T& value) const {
    (*this)(key, value);
  }
  // A key some versions write and others do not: written only when it was read or set.
  template <class T>
  void optional(const char* key, const std::optional<T>& value) const {
    if (value) (*this)(key, *value);
  }
};

// Reads fields and remembers which keys were known.
struct FieldReader {
  const Config& in;
  const char* class_name;
  std::set<std::string, std::less<>>& known;

  template <class T>
  void operator()(const char* key, T& value) const {
    known.insert(key);
    if (const auto* c = in.find(key)) read(key, *c, value);
  }
  template <class T>
  void required(const char* key, T& value) const {
    known.insert(key);
    const auto* c = in.find(key);
    if (!c) missing(key);
    read(key, *c, value);
  }
  template <class T>
  void optional(const char* key, std::optional<T>& value) const {
    (*this)(key, value);
  }

 private:
  [[noreturn]] void missing(const char* key) const;
  [[noreturn]] void wrong(const char* key, const Config& found, const char* why) const;
  template <class T>
  void read(const char* key, const Config& c, T& value) const {
    try {
      field_from_config(c, value);
    } catch (const TypeError& error) {
      wrong(key, c, error.what());
    }
  }
};

// name, trainable, dtype, batch_input_shape of a config; the rest is the layer's own.
LayerOptions layer_options_from(const Config& config);
// Keys that neither Layer nor the fields know: tolerated (and noted in the load report) when null or false, else a
// TypeError in Keras's words ("('Keyword argument not understood:', 'foo')").
void check_unknown_keys(const Config& config, const std::string& class_name,
                        const std::set<std::string, std::less<>>& known);

// get_config of a layer with a static `fields`.
template <class L>
Config config_of(const L& layer) {
  auto config = layer.Layer::get_config();
  L::fields(layer, FieldWriter{config});
  return config;
}

// from_config of a layer with a static `fields`, a constructor from LayerOptions, and `void check()` that validates.
template <class L>
std::shared_ptr<Layer> layer_from_config(const Config& config) {
  auto layer = std::make_shared<L>(layer_options_from(config));
  std::set<std::string, std::less<>> known;
  L::fields(*layer, FieldReader{config, L::kClassName, known});
  check_unknown_keys(config, L::kClassName, known);
  layer->check();
  return layer;
}

// What every built-in layer class says of itself: its Keras name, its config by `fields`, and the constructor
// from_config uses.
#define HB_LAYER(Class, KerasName)                                                        \
  static constexpr const char* kClassName = KerasName;                                    \
  explicit Class(const ::hornbeam::LayerOptions& layer_options) : Layer(layer_options) {} \
  std::string class_name() const override { return kClassName; }                          \
  ::hornbeam::Config get_config() const override { return ::hornbeam::config_of(*this); }

// The handle users write: class Name : Ref<NameLayer>, made from NameOptions.
#define HB_LAYER_HANDLE(Name)                                                                         \
  class Name : public Ref<Name##Layer> {                                                              \
   public:                                                                                            \
    explicit Name(const Name##Options& options = {}) : Ref(std::make_shared<Name##Layer>(options)) {} \
  }

// With one argument that must be given.
#define HB_LAYER_HANDLE_OF(Name, Options, Type, argument)                     \
  class Name : public Ref<Name##Layer> {                                      \
   public:                                                                    \
    explicit Name(Type argument, const Options& options = {})                 \
        : Ref(std::make_shared<Name##Layer>(std::move(argument), options)) {} \
  }

}  // namespace hornbeam
