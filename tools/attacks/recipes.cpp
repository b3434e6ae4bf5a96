#include "recipes.h"

#include <algorithm>
#include <fstream>

#include "hornbeam/errors.hpp"

namespace hornbeam::attacks {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

std::vector<Config> read_recipes(const std::string& path) {
  std::ifstream in(path);
  std::vector<Config> recipes;
  for (std::string line; std::getline(in, line);) recipes.push_back(Config::parse(line, path));
  if (recipes.empty()) throw OSError("no recipes in " + path);
  return recipes;
}

void apply(std::string& b, const Config& op) {
  const std::string& kind = op.at(std::size_t{0}).as_string();
  const auto number = [&](std::size_t i) { return static_cast<std::size_t>(op.at(i).as_int()); };
  const std::size_t at = std::min(number(1), b.size());
  if (kind == "trunc") {
    b.resize(at);
  } else if (kind == "flip") {
    if (at < b.size()) b[at] = static_cast<char>(b[at] ^ (1 << number(2)));
  } else if (kind == "set") {
    const std::string bytes = from_hex(op.at(2).as_string());
    b.replace(at, bytes.size(), bytes);
  } else if (kind == "ins") {
    b.insert(at, from_hex(op.at(2).as_string()));
  } else if (kind == "del") {
    b.erase(at, number(2));
  } else if (kind == "dup") {
    b.insert(at, b.substr(at, number(2)));
  } else if (kind == "zero") {
    std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(at), std::min(number(2), b.size() - at), '\0');
  } else if (kind == "swap") {
    for (std::size_t i = 0; i < number(3); ++i) std::swap(b.at(at + i), b.at(number(2) + i));
  } else {
    throw ValueError("unknown mutation " + kind);
  }
}

}  // namespace hornbeam::attacks
