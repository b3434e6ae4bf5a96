// Config: the one in-memory tree for Keras configs: JSON with ordered keys, where int and float differ.
//
// A value type. Mirrors what Python's json module makes of a config: None, bool, int, float, str, list, dict.
// Thread-safety: as a std::vector.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hornbeam {

class Config {
 public:
  using List = std::vector<Config>;
  using Item = std::pair<std::string, Config>;
  using Dict = std::vector<Item>;  // in order of insertion; keys are unique

  Config() = default;  // null
  Config(std::nullptr_t) {}
  template <std::same_as<bool> B>  // not of pointers, which convert to bool
  Config(B value) : value_(value) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) Config(I value) : value_(static_cast<std::int64_t>(value)) {}
  template <std::floating_point F>
  Config(F value) : value_(static_cast<double>(value)) {}
  Config(const char* value) : value_(std::string(value)) {}
  Config(std::string_view value) : value_(std::string(value)) {}
  Config(std::string value) : value_(std::move(value)) {}
  Config(List value) : value_(std::move(value)) {}
  Config(Dict value) : value_(std::move(value)) {}
  template <class T>
  Config(const std::vector<T>& values) requires(!std::same_as<T, Config> && !std::same_as<T, Item>)
      : value_(List(values.begin(), values.end())) {}
  // {{"units", 64}, {"activation", "relu"}}
  Config(std::initializer_list<Item> items) : value_(Dict(items.begin(), items.end())) {}
  static Config list() { return Config(List{}); }
  static Config dict() { return Config(Dict{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_float() const { return std::holds_alternative<double>(value_); }
  bool is_number() const { return is_int() || is_float(); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_list() const { return std::holds_alternative<List>(value_); }
  bool is_dict() const { return std::holds_alternative<Dict>(value_); }
  // "null", "bool", "int", "float", "str", "list", "dict": for error texts.
  const char* type_name() const;

  // Values; throw TypeError saying what was expected and what was found.
  bool as_bool() const;         // also of 0 and 1
  std::int64_t as_int() const;  // also of a float without fraction
  double as_double() const;     // also of an int
  const std::string& as_string() const;
  const List& as_list() const;
  List& as_list();
  const Dict& as_dict() const;
  Dict& as_dict();
  std::vector<std::int64_t> as_ints() const;  // a list of ints, or one int

  // Dict access. `at` throws KeyError; `find` gives null when absent (or when this is no dict).
  const Config* find(std::string_view key) const;
  Config* find(std::string_view key);
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Config& at(std::string_view key) const;
  const Config& at(std::size_t index) const;  // throws IndexError
  // Replaces or appends, and gives this dict: set(...).set(...). A null config becomes a dict.
  Config& set(std::string_view key, Config value);
  void erase(std::string_view key);
  void push_back(Config value);  // a null config becomes a list
  std::size_t size() const;      // of a list or dict; 0 otherwise
  // find(key) or `fallback` when absent or null.
  std::string get_string(std::string_view key, std::string_view fallback) const;

  // JSON. `parse` is bounded (depth 512, no duplicate keys, strict UTF-8; NaN and Infinity as Python writes them are
  // understood; integers must fit 64 bits) and throws FormatError naming `source`. `dump` writes as Python's json.dumps
  // does: ", " and ": ", floats by shortest repr ("1e-07", "0.1", "1.0"), non-ASCII escaped. `indent` < 0 means one
  // line. Throws ValueError when a string is not UTF-8.
  static Config parse(std::string_view json, const std::string& source = "JSON");
  std::string dump(int indent = -1) const;

  // Deep equality; dict order counts, int 1 differs from float 1.0.
  friend bool operator==(const Config&, const Config&) = default;
  // Equal but for the order of dict keys and int-or-float.
  bool equivalent(const Config& other) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Dict> value_;
};

}  // namespace hornbeam
