#include "hornbeam/config.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/config_items.h"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

[[noreturn]] void wrong_type(const char* expected, const Config& found) {
  throw TypeError(std::string("expected ") + expected + ", found " + found.type_name());
}

std::optional<std::int64_t> exact_int(double value) {
  // 2^63 itself does not fit.
  if (!(value >= -0x1p63 && value < 0x1p63) || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

const char* Config::type_name() const {
  static constexpr const char* kNames[] = {"null", "bool", "int", "float", "str", "list", "dict"};
  return kNames[value_.index()];
}

bool Config::as_bool() const {
  if (is_bool()) return std::get<bool>(value_);
  if (is_int()) {
    const auto value = std::get<std::int64_t>(value_);
    if (value == 0 || value == 1) return value == 1;
  }
  wrong_type("bool", *this);
}

std::int64_t Config::as_int() const {
  if (is_int()) return std::get<std::int64_t>(value_);
  if (is_float()) {
    if (const auto value = exact_int(std::get<double>(value_))) return *value;
  }
  wrong_type("int", *this);
}

double Config::as_double() const {
  if (is_float()) return std::get<double>(value_);
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(value_));
  wrong_type("float", *this);
}

const std::string& Config::as_string() const {
  if (!is_string()) wrong_type("str", *this);
  return std::get<std::string>(value_);
}

const Config::List& Config::as_list() const {
  if (!is_list()) wrong_type("list", *this);
  return std::get<List>(value_);
}

Config::List& Config::as_list() { return const_cast<List&>(std::as_const(*this).as_list()); }

const Config::Dict& Config::as_dict() const {
  if (!is_dict()) wrong_type("dict", *this);
  return std::get<Dict>(value_);
}

Config::Dict& Config::as_dict() { return const_cast<Dict&>(std::as_const(*this).as_dict()); }

std::vector<std::int64_t> Config::as_ints() const {
  if (is_number()) return {as_int()};
  if (!is_list()) wrong_type("int or list of ints", *this);
  std::vector<std::int64_t> values;
  values.reserve(size());
  for (const auto& item : as_list()) values.push_back(item.as_int());
  return values;
}

const Config* Config::find(std::string_view key) const {
  if (!is_dict()) return nullptr;
  for (const auto& [name, value] : as_dict()) {
    if (name == key) return &value;
  }
  return nullptr;
}

Config* Config::find(std::string_view key) { return const_cast<Config*>(std::as_const(*this).find(key)); }

const Config& Config::at(std::string_view key) const {
  as_dict();  // throws when this is none
  if (const auto* value = find(key)) return *value;
  throw KeyError("'" + std::string(key) + "'");
}

const Config& Config::at(std::size_t index) const {
  const auto& items = as_list();
  if (index >= items.size()) throw IndexError("list index out of range");
  return items[index];
}

Config& Config::set(std::string_view key, Config value) {
  if (is_null()) value_ = Dict{};
  auto& items = as_dict();
  if (auto* found = find(key)) {
    *found = std::move(value);
  } else {
    items.emplace_back(std::string(key), std::move(value));
  }
  return *this;
}

void Config::erase(std::string_view key) {
  std::erase_if(as_dict(), [&](const Item& item) { return item.first == key; });
}

void Config::push_back(Config value) {
  if (is_null()) value_ = List{};
  as_list().push_back(std::move(value));
}

std::size_t Config::size() const {
  if (is_list()) return std::get<List>(value_).size();
  if (is_dict()) return std::get<Dict>(value_).size();
  return 0;
}

std::string Config::get_string(std::string_view key, std::string_view fallback) const {
  const auto* value = find(key);
  if (!value || value->is_null()) return std::string(fallback);
  if (!value->is_string()) {
    throw TypeError("'" + std::string(key) + "': expected str, found " + std::string(value->type_name()));
  }
  return value->as_string();
}

bool Config::equivalent(const Config& other) const {
  if (is_int() && other.is_float()) return exact_int(other.as_double()) == as_int();
  if (is_float() && other.is_int()) return other.equivalent(*this);
  if (is_list() && other.is_list()) {
    return std::equal(as_list().begin(), as_list().end(), other.as_list().begin(), other.as_list().end(),
                      [](const Config& a, const Config& b) { return a.equivalent(b); });
  }
  if (is_dict() && other.is_dict()) {
    const auto mine = base::sorted_items(as_dict()), theirs = base::sorted_items(other.as_dict());
    return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(), [](const Item* a, const Item* b) {
      return a->first == b->first && a->second.equivalent(b->second);
    });
  }
  return *this == other;
}

}  // namespace hornbeam
