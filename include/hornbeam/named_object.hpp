// What initializers, regularizers and constraints have in common: a class name, a config, and a registry to come back
// by. Thread-safety: objects are immutable; calls are safe from several threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// A configurable object that layers hold. Immutable; shared by handles.
class NamedObject {
 public:
  NamedObject() = default;
  NamedObject(const NamedObject&) = delete;
  NamedObject& operator=(const NamedObject&) = delete;
  virtual ~NamedObject() = default;
  // Keras's class name: "GlorotUniform", "L2", "MaxNorm"; for user-defined ones "package>Name" when registered so.
  virtual std::string class_name() const = 0;
  virtual Config get_config() const { return Config::dict(); }
  // Is it a plain function, which configs say by its name alone?
  virtual bool is_function() const { return false; }
};

// A handle that may be empty (Keras's None), be made from a name ("glorot_uniform"), or hold an object.
//   identifier -> object by the registry of its family; an unknown name throws ValueError in Keras's words.
template <class Object>
class Handle {
 public:
  Handle() = default;
  Handle(std::nullptr_t) {}
  Handle(const char* name) : Handle(std::string(name)) {}
  Handle(const std::string& name) : object_(Object::by_name(name)) {}
  Handle(std::shared_ptr<const Object> object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  const Object* operator->() const { return object_.get(); }
  const Object& operator*() const { return *object_; }
  const std::shared_ptr<const Object>& ptr() const { return object_; }

  // null, a function's name, or {"class_name": ..., "config": {...}} (Keras 2's serialize_keras_object).
  Config to_config() const {
    if (!object_) return {};
    if (object_->is_function()) return object_->class_name();
    return Config{{"class_name", object_->class_name()}, {"config", object_->get_config()}};
  }
  // From null, a name, or any dialect's object form. `what` is for messages. Throws ValueError ("Unknown initializer:
  // Foo").
  static Handle from_config(const Config& config) { return Handle(Object::deserialize(config)); }

 private:
  std::shared_ptr<const Object> object_;
};

}  // namespace hornbeam
