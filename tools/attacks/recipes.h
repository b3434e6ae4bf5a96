// Mutation recipes: {"id", "base", "file", "how", "kind", "ops": [[kind, ...]], "expect"}, one a line. Ops: trunc at,
// flip at bit, set at hex, ins at hex, del at n, dup at n, zero at n, swap a b n.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/config.hpp"

namespace hornbeam::attacks {

std::vector<Config> read_recipes(const std::string& path);
void apply(std::string& bytes, const Config& op);

}  // namespace hornbeam::attacks
