#include "hornbeam/attrs.hpp"

#include "hornbeam/tensor.hpp"

namespace hornbeam {

Attrs::Attrs(std::initializer_list<std::pair<std::string, AttrValue>> items) : items_(items) {}

void Attrs::set(std::string_view name, AttrValue value) {
  for (auto& [key, old] : items_) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  items_.emplace_back(std::string(name), std::move(value));
}

const AttrValue* Attrs::find(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (key == name) return &value;
  }
  return nullptr;
}

template <class T>
const T& Attrs::get(std::string_view name) const {
  const auto* value = find(name);
  if (!value) throw ValueError("No attr named '" + std::string(name) + "'");
  const auto* typed = std::get_if<T>(value);
  if (!typed) throw ValueError("attr '" + std::string(name) + "' is of another type");
  return *typed;
}

bool Attrs::b(std::string_view name) const { return get<bool>(name); }
std::int64_t Attrs::i(std::string_view name) const { return get<std::int64_t>(name); }
float Attrs::f(std::string_view name) const { return get<float>(name); }
const std::string& Attrs::s(std::string_view name) const { return get<std::string>(name); }
DType Attrs::type(std::string_view name) const { return get<DType>(name); }
const Shape& Attrs::shape(std::string_view name) const { return get<Shape>(name); }
const Tensor& Attrs::tensor(std::string_view name) const {
  const auto& box = get<TensorBox>(name);
  if (!box) throw ValueError("attr '" + std::string(name) + "' holds no tensor");
  return *box;
}
const std::vector<std::int64_t>& Attrs::ints(std::string_view name) const {
  return get<std::vector<std::int64_t>>(name);
}
const std::vector<std::string>& Attrs::strings(std::string_view name) const {
  return get<std::vector<std::string>>(name);
}
const std::vector<DType>& Attrs::types(std::string_view name) const { return get<std::vector<DType>>(name); }
const std::vector<Shape>& Attrs::shapes(std::string_view name) const { return get<std::vector<Shape>>(name); }
const FunctionAttr& Attrs::function(std::string_view name) const { return get<FunctionAttr>(name); }
const std::vector<FunctionAttr>& Attrs::functions(std::string_view name) const {
  return get<std::vector<FunctionAttr>>(name);
}

}  // namespace hornbeam
