#include "graph/export/names.h"

namespace hornbeam::graph {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lowered(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string ExportNames::unused(std::string name) {
  const auto taken = [&](std::string candidate) {
    for (auto& c : candidate) c = lowered(c);
    return !taken_.insert(std::move(candidate)).second;
  };
  if (!taken(name)) return name;
  int i = 1;
  while (taken(name + "_" + std::to_string(i))) ++i;
  return name + "_" + std::to_string(i);
}

std::string ExportNames::argument(std::string_view wanted) {
  std::string name;
  for (char c : wanted) {
    c = lowered(c);
    name += is_lower(c) || is_digit(c) ? c : '_';
  }
  if (name.empty() || !is_lower(name[0])) name.insert(0, "arg_");
  return unused(std::move(name));
}

std::string ExportNames::node(std::string_view wanted) {
  std::string name;
  for (const char c : wanted) {
    const bool plain = is_lower(c) || is_upper(c) || is_digit(c) || c == '.';
    name += plain || (!name.empty() && (c == '_' || c == '/' || c == '-')) ? c : name.empty() ? '.' : '_';
  }
  return unused(name.empty() ? "node" : std::move(name));
}

}  // namespace hornbeam::graph
