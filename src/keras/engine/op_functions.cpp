#include "keras/engine/op_functions.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "hornbeam/errors.hpp"
#include "keras/engine/op_layer.h"

namespace hornbeam {
namespace {

// Addresses of rows are kept by layers.
struct Table {
  std::deque<OpFunction> rows;
  std::unordered_map<std::string_view, const OpFunction*> by_name;
};
Table& table() {
  static Table all;
  return all;
}

void add(const OpFunction& function) {
  auto& all = table();
  const auto& row = all.rows.emplace_back(function);
  all.by_name.emplace(row.name, &row);
  if (is_keras3_operation(row)) register_operation(row);
}

// Null when there is none.
template <class Is>
const OpFunction* first(Is is) {
  const auto& rows = table().rows;
  const auto at = std::ranges::find_if(rows, is);
  return at == rows.end() ? nullptr : &*at;
}

OpParameter parameter(std::string_view text) {
  OpParameter p;
  const auto at = text.find('=');
  p.name = text.substr(0, at);
  if (at == std::string_view::npos) return p;
  p.plain = true;
  text.remove_prefix(at + 1);
  p.only = text.starts_with("=");
  if (p.only) text.remove_prefix(1);
  if (!text.empty()) p.fallback = Config::parse(text, "an op's parameters");
  return p;
}

}  // namespace

std::vector<OpParameter> OpFunction::parameter_list() const {
  std::vector<OpParameter> list;
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    list.push_back(parameter(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return list;
}

std::vector<std::string> OpFunction::parameter_names() const {
  std::vector<std::string> names;
  for (auto& p : parameter_list()) names.push_back(std::move(p.name));
  return names;
}

void add_op_functions(const char* module, std::span<const OpFunction> functions) {
  for (auto f : functions) {
    if (is_keras3_operation(f)) f.module = module;
    add(f);
  }
  for (const auto& f : functions) {
    if (!f.op || !f.keras3 || find_op_function(f.keras3)) continue;
    const bool of_two = std::string_view(f.parameters).find(' ') != std::string_view::npos;
    add({.name = f.keras3, .parameters = of_two ? "x1 x2" : "x", .op = f.op, .module = module});
  }
}

bool is_keras3_operation(const OpFunction& function) { return std::string_view(function.name).starts_with("ops>"); }

const OpFunction* find_op_function(std::string_view name) {
  const auto& all = table().by_name;
  const auto it = all.find(name);
  return it == all.end() ? nullptr : it->second;
}

const OpFunction* find_function_of_op(std::string_view op) {
  return first([&](const auto& f) { return f.op && op == f.op && !is_keras3_operation(f); });
}

std::vector<std::string> op_function_names() {
  std::vector<std::string> names;
  for (const auto& f : table().rows) names.emplace_back(f.name);
  return names;
}

const OpFunction* keras3_operation_like(const OpFunction& function) {
  return function.keras3 ? find_op_function(function.keras3) : nullptr;
}

const OpFunction* tf_function_like(const OpFunction& operation) {
  return first([&](const auto& f) { return f.keras3 && std::string_view(operation.name) == f.keras3; });
}

}  // namespace hornbeam
