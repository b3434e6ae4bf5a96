// What a SavedModel says of a function's arguments and results: Python values, with specs in the place of tensors.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::formats::saved_model {

struct StructuredValue {
  enum class Kind : std::uint8_t {
    none,
    number,
    integer,
    text,
    boolean,
    shape,
    dtype,
    tensor,  // a TensorSpec
    list,
    tuple,
    dict,
    named_tuple,
    other,  // a type of the framework's own: ragged tensors, datasets; `text` names it
  };
  Kind kind = Kind::none;
  double number = 0;
  std::int64_t integer = 0;
  bool boolean = false;
  std::string text;  // also a TensorSpec's or a named tuple's name
  DType dtype = DType::invalid;
  Shape shape;
  struct Item;
  std::vector<Item> items;  // of lists and tuples without names

  bool is(Kind k) const { return kind == k; }
  // Null when there is none.
  const StructuredValue* find(const std::string& name) const;
  // Specs of tensors in it, in TensorFlow's order: keys of dicts sorted.
  std::vector<const StructuredValue*> tensors() const;
  // As Python prints it: "(TensorSpec(shape=(None, 3), dtype=tf.float32, name='x'), False)".
  std::string to_string() const;
};

struct StructuredValue::Item {
  Item(std::string name, StructuredValue value) : first(std::move(name)), second(std::move(value)) {}
  std::string first;
  StructuredValue second;
};

}  // namespace hornbeam::formats::saved_model
