// Attributes of an op: TensorFlow's AttrValue as a C++ value. A value type. Thread-safety: as a std::map.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam {

class Tensor;
class FunctionBody;  // what a function-valued attribute stands for; the engine's

// A function-valued attribute ("body" of While): its name in the library that the graph came with, and the function
// itself, null until it is looked up there.
struct FunctionAttr {
  std::string name;
  std::shared_ptr<const FunctionBody> body;
  friend bool operator==(const FunctionAttr&, const FunctionAttr&) = default;
};

// A tensor-valued attribute ("value" of Const), boxed because Tensor is declared later.
using TensorBox = std::shared_ptr<const Tensor>;

using AttrValue =
    std::variant<std::monostate, bool, std::int64_t, float, std::string, DType, Shape, TensorBox, std::vector<bool>,
                 std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>, std::vector<DType>,
                 std::vector<Shape>, FunctionAttr, std::vector<FunctionAttr>>;

// Name -> value, in order of setting. Small: looked up linearly.
class Attrs {
 public:
  Attrs() = default;
  Attrs(std::initializer_list<std::pair<std::string, AttrValue>> items);

  void set(std::string_view name, AttrValue value);
  const AttrValue* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // Throw ValueError when absent or of another type.
  bool b(std::string_view name) const;
  std::int64_t i(std::string_view name) const;
  float f(std::string_view name) const;
  const std::string& s(std::string_view name) const;
  DType type(std::string_view name) const;
  const Shape& shape(std::string_view name) const;
  const Tensor& tensor(std::string_view name) const;
  const std::vector<std::int64_t>& ints(std::string_view name) const;
  const std::vector<std::string>& strings(std::string_view name) const;
  const std::vector<DType>& types(std::string_view name) const;
  const std::vector<Shape>& shapes(std::string_view name) const;
  const FunctionAttr& function(std::string_view name) const;
  const std::vector<FunctionAttr>& functions(std::string_view name) const;

  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }
  friend bool operator==(const Attrs&, const Attrs&) = default;

 private:
  template <class T>
  const T& get(std::string_view name) const;
  std::vector<std::pair<std::string, AttrValue>> items_;
};

}  // namespace hornbeam
