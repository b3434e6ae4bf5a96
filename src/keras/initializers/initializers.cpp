#include "hornbeam/initializers.hpp"

#include "keras/initializers/builtin.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

class CustomInitializer final : public InitializerObject {
 public:
  CustomInitializer(std::string name, std::function<Tensor(const Shape&, DType)> function)
      : name_(std::move(name)), function_(std::move(function)) {}
  std::string class_name() const override { return get_registered_name(name_); }
  bool is_function() const override { return true; }
  Tensor operator()(const Shape& shape, DType dtype) const override { return function_(shape, dtype); }

 private:
  std::string name_;
  std::function<Tensor(const Shape&, DType)> function_;
};

const ObjectFamily<InitializerObject>& family() {
  static const auto f = [] {
    ObjectFamily<InitializerObject> all{"initializer", constant_initializers()};
    all.classes.merge(random_initializers());
    all.classes.merge(variance_scaling_initializers());
    return all;
  }();
  return f;
}

}  // namespace

InitializerPointer InitializerObject::by_name(const std::string& name) { return family().by_name(name); }
InitializerPointer InitializerObject::deserialize(const Config& config) { return family().deserialize(config); }

Initializer initializers::custom(std::string name, std::function<Tensor(const Shape&, DType)> function) {
  return InitializerPointer(std::make_shared<CustomInitializer>(std::move(name), std::move(function)));
}

}  // namespace hornbeam
