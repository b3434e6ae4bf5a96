#include "ops/text/lookup_table.h"

#include <numeric>

#include "hornbeam/target.hpp"
#include "ops/dispatch.h"
#include "ops/layout_dispatch.h"
#include "ops/op_def.h"
#include "ops/text/rows.h"
#include "tensor/resource.h"

namespace hornbeam {
namespace {

// Calls f(i, key) for each; the key a string or a number.
template <class F>
void for_each_key(const Tensor& keys, F&& f) {
  if (keys.dtype() == DType::string) {
    const auto texts = keys.data<std::string>();
    for (std::size_t i = 0; i < texts.size(); ++i) f(i, texts[i]);
    return;
  }
  dispatch<IntTypes>(keys.dtype(), "LookupTable", [&]<class T>() {
    const auto numbers = keys.data<T>();
    for (std::size_t i = 0; i < numbers.size(); ++i) f(i, static_cast<std::int64_t>(numbers[i]));
  });
}

// Elements `rows` of a tensor, as a vector.
Tensor picked_elements(const Tensor& from, const std::vector<std::int64_t>& rows) {
  return dispatch_layout(from.dtype(), "LookupTable", [&]<class T>() {
    auto out = Tensor::empty(from.dtype(), {static_cast<std::int64_t>(rows.size())});
    const auto* x = reinterpret_cast<const T*>(from.raw());
    auto* y = reinterpret_cast<T*>(out.mutable_raw());
    for (std::size_t i = 0; i < rows.size(); ++i) y[i] = x[rows[i]];
    return out;
  });
}

bool same_element(const Tensor& t, std::int64_t a, std::int64_t b) {
  return dispatch<AllTypes>(t.dtype(), "LookupTable", [&]<class T>() {
    const auto values = t.data<T>();
    return static_cast<bool>(values[static_cast<std::size_t>(a)] == values[static_cast<std::size_t>(b)]);
  });
}

// One after the other, as a vector.
Tensor joined_elements(const Tensor& a, const Tensor& b) {
  return dispatch_layout(a.dtype(), "LookupTable", [&]<class T>() {
    auto out = Tensor::empty(a.dtype(), {a.num_elements() + b.num_elements()});
    auto* y = reinterpret_cast<T*>(out.mutable_raw());
    y = std::copy_n(reinterpret_cast<const T*>(a.raw()), a.num_elements(), y);
    std::copy_n(reinterpret_cast<const T*>(b.raw()), b.num_elements(), y);
    return out;
  });
}

std::string text_of_key(const Tensor& keys, std::int64_t i) {
  if (keys.dtype() == DType::string) return keys.data<std::string>()[static_cast<std::size_t>(i)];
  return std::to_string(dispatch<IntTypes>(keys.dtype(), "LookupTable", [&]<class T>() {
    return static_cast<std::int64_t>(keys.data<T>()[static_cast<std::size_t>(i)]);
  }));
}

}  // namespace

std::shared_ptr<const TableContents> TableContents::make(const Tensor& keys, const Tensor& values, bool replacing) {
  if (keys.num_elements() != values.num_elements()) {
    throw InvalidArgumentError("Number of elements " + std::to_string(keys.num_elements()) + " of keys and " +
                               std::to_string(values.num_elements()) + " of values must be equal");
  }
  auto made = std::make_shared<TableContents>();
  std::vector<std::int64_t> rows;  // of the keys that stay
  const auto add = [&](auto& index, std::size_t i, const auto& key) {
    const auto [it, added] = index.try_emplace(key, static_cast<std::int64_t>(rows.size()));
    const auto row = static_cast<std::int64_t>(i);
    if (added) {
      rows.push_back(row);
      return;
    }
    auto& kept = rows[static_cast<std::size_t>(it->second)];
    if (!replacing && !same_element(values, kept, row)) {
      throw InvalidArgumentError("HashTable has different value for same key. Key " + text_of_key(keys, row) +
                                 " is there already");
    }
    kept = row;
  };
  for_each_key(keys, [&](std::size_t i, const auto& key) {
    if constexpr (std::is_same_v<std::decay_t<decltype(key)>, std::string>) {
      add(made->by_text_, i, key);
    } else {
      add(made->by_number_, i, key);
    }
  });
  made->keys_ = picked_elements(keys, rows);
  made->values_ = picked_elements(values, rows);
  return made;
}

Tensor TableContents::find(const Tensor& keys, const Tensor& fallback) const {
  if (keys.dtype() != keys_.dtype() || fallback.dtype() != values_.dtype()) {
    throw InvalidArgumentError("Key and value dtypes of the table are " + std::string(name_of(keys_.dtype())) +
                               " and " + std::string(name_of(values_.dtype())) + ", received " +
                               std::string(name_of(keys.dtype())) + " and " + std::string(name_of(fallback.dtype())));
  }
  const bool one = fallback.num_elements() == 1;
  if (!one && fallback.num_elements() != keys.num_elements()) {
    throw InvalidArgumentError("Expected shape [] or " + keys.shape().to_string() + " for default value, got " +
                               fallback.shape().to_string());
  }
  return dispatch_layout(values_.dtype(), "LookupTableFindV2", [&]<class T>() {
    auto out = Tensor::empty(values_.dtype(), keys.shape());
    const auto* from = reinterpret_cast<const T*>(values_.raw());
    const auto* instead = reinterpret_cast<const T*>(fallback.raw());
    auto* y = reinterpret_cast<T*>(out.mutable_raw());
    for_each_key(keys, [&](std::size_t i, const auto& key) {
      const T* value = instead + (one ? 0 : i);
      if constexpr (std::is_same_v<std::decay_t<decltype(key)>, std::string>) {
        if (const auto it = by_text_.find(key); it != by_text_.end()) value = from + it->second;
      } else {
        if (const auto it = by_number_.find(key); it != by_number_.end()) value = from + it->second;
      }
      y[i] = *value;
    });
    return out;
  });
}

std::shared_ptr<const TableContents> TableContents::with(const Tensor& keys, const Tensor& values) const {
  if (keys.num_elements() != values.num_elements()) {
    throw InvalidArgumentError("keys and values must have as many elements");
  }
  return make(joined_elements(keys_, keys), joined_elements(values_, values), true);
}

std::shared_ptr<const TableContents> TableContents::without(const Tensor& keys) const {
  std::vector<bool> gone(static_cast<std::size_t>(size()));
  for_each_key(keys, [&](std::size_t, const auto& key) {
    if constexpr (std::is_same_v<std::decay_t<decltype(key)>, std::string>) {
      if (const auto it = by_text_.find(key); it != by_text_.end()) gone[static_cast<std::size_t>(it->second)] = true;
    } else {
      if (const auto it = by_number_.find(key); it != by_number_.end()) {
        gone[static_cast<std::size_t>(it->second)] = true;
      }
    }
  });
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (!gone[i]) rows.push_back(static_cast<std::int64_t>(i));
  }
  return make(picked_elements(keys_, rows), picked_elements(values_, rows), true);
}

LookupTable::LookupTable(std::string name, DType keys, DType values, bool fixed)
    : VariableNode(std::move(name), variant_tensor(nullptr), false),
      key_dtype_(keys),
      value_dtype_(values),
      fixed_(fixed) {
  if (keys != DType::string && !is_integer(keys)) {
    throw TypeError("tables with keys of dtype " + std::string(name_of(keys)) + " are not supported");
  }
  if (values != DType::string && !is_integer(values) && !is_floating(values) && values != DType::boolean) {
    throw TypeError("tables with values of dtype " + std::string(name_of(values)) + " are not supported");
  }
  assign(variant_tensor(TableContents::make(Tensor::empty(keys, {0}), Tensor::empty(values, {0}), true)));
}

bool LookupTable::is_kept(Target target) const { return !fixed_ || target == Target::tf22; }

std::vector<Trackable::Edge> LookupTable::checkpoint_children(Target target) const {
  if (is_kept(target)) return {};
  return {{"_initializer", std::make_shared<TrackableChildren>()}};
}

const TableContents& LookupTable::contents() const {
  // A graph can assign any variant to a table, as to every variable.
  const auto held = value().data<Variant>();
  const auto* contents = held.empty() || !held[0] ? nullptr : dynamic_cast<const TableContents*>(&*held[0]);
  if (!contents) throw InvalidArgumentError("table " + path() + " holds something that is no table");
  return *contents;
}

void LookupTable::check_dtypes(DType keys, DType values) const {
  if (keys == key_dtype_ && values == value_dtype_) return;
  throw InvalidArgumentError("Key and value dtypes of table " + path() + " are " + std::string(name_of(key_dtype_)) +
                             " and " + std::string(name_of(value_dtype_)) + ", received " + std::string(name_of(keys)) +
                             " and " + std::string(name_of(values)));
}

void LookupTable::import(const Tensor& keys, const Tensor& values) {
  check_dtypes(keys.dtype(), values.dtype());
  set_contents(TableContents::make(keys, values, !fixed_));
}

void LookupTable::set_contents(std::shared_ptr<const TableContents> contents) {
  check_dtypes(contents->keys().dtype(), contents->values().dtype());
  assign(variant_tensor(std::move(contents)));
  initialized_ = true;
}

std::shared_ptr<LookupTable> table_of(const Tensor& resource) {
  auto table = std::dynamic_pointer_cast<LookupTable>(variable_of(resource));
  if (!table) throw InvalidArgumentError("a lookup table was expected, received a variable");
  return table;
}

Tensor table_lookup(const std::shared_ptr<LookupTable>& table, const Tensor& keys, const Tensor& fallback) {
  return call_op1("LookupTableFindV2", {resource_tensor(table), keys, fallback});
}

}  // namespace hornbeam
