#include <algorithm>

#include "base/mapped_file.h"
#include "cli/verbs.h"
#include "hornbeam/npy.hpp"

namespace hornbeam::cli {

ModelRef open_model(const std::string& path, const std::string& weights, LoadReport& report) {
  if (!path.ends_with(".json")) {
    if (!weights.empty()) throw ValueError("--weights goes with a model's JSON config; " + path + " holds its own");
    return models::load_model(path, {.map = true, .report = &report});
  }
  auto model = models::model_from_json(base::read_file(path), {.report = &report});
  if (!weights.empty()) models::load_weights(*model, weights, {.map = true, .report = &report});
  return model;
}

namespace {
Tensor read_tensor(const std::string& path) {
  return path.ends_with(".json") ? load_json_tensor(path) : load_npy(path);
}
}  // namespace

Values read_inputs(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return {};
  Values::List list;
  Values::Dict dict;
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos) {
      list.emplace_back(read_tensor(argument));
    } else {
      dict.emplace(argument.substr(0, equals), read_tensor(argument.substr(equals + 1)));
    }
  }
  if (!list.empty() && !dict.empty()) throw ValueError("--input: either all inputs are named or none");
  if (!dict.empty()) return Values(std::move(dict));
  return list.size() == 1 ? list[0] : Values(std::move(list));
}

}  // namespace hornbeam::cli
