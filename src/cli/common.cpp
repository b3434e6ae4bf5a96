#include <iostream>

#include "base/mapped_file.h"
#include "cli/naming.h"
#include "cli/verbs.h"
#include "cli/weights_in.h"
#include "formats/file_kind.h"
#include "hornbeam/csv.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "keras/saving/config_and_weights.h"

namespace hornbeam::cli {
namespace {

ModelRef open_config(const std::string& path, LoadReport& report) {
  auto model = models::model_from_config(parse_model_config(base::read_file(path), path), {.report = &report});
  report.path = path;
  return model;
}

Tensor read_tensor(const std::string& path) {
  return naming(path, [&] {
    if (path.ends_with(".csv")) return load_csv(path).x.tensor();
    return path.ends_with(".json") ? load_json_array(path) : load_npy(path);
  });
}

// Where NAME ends in NAME=FILE. A '=' after a '/' is of a path: "/data/run=3/x.npy".
std::size_t end_of_name(const std::string& argument) {
  const auto equals = argument.find('=');
  return argument.find('/') < equals ? std::string::npos : equals;
}

}  // namespace

std::string files_of(std::initializer_list<const std::vector<std::string>*> options) {
  std::string text;
  for (const auto* arguments : options) {
    for (const auto& argument : *arguments) {
      const auto equals = end_of_name(argument);
      text += (text.empty() ? "" : ", ") + (equals == std::string::npos ? argument : argument.substr(equals + 1));
    }
  }
  return text;
}

Config parse_model_config(std::string_view json, const std::string& source) {
  auto config = Config::parse(json, source);
  if (config.has("class_name")) return config;
  throw FormatError(source, "", "a model's config: an object with class_name",
                    config.is_dict() ? "an object without" : std::string("a ") + config.type_name());
}

void check_archive(const std::string& format, const std::string& target) {
  if (format != "keras" || target != "tf2.2") return;
  throw ValueError("tf.keras 2.2 has no .keras archives: give --target tf2.15 or keras3, or --format h5");
}

bool is_config(const std::string& path) { return path.ends_with(".json") || formats::is_json_file(path); }

bool has_fresh_weights(const Model& model, const std::string& path, const std::string& weights) {
  return is_config(path) && weights.empty() && (!model.built() || !model.weights().empty());
}

ModelRef open_model(const std::string& path, const std::string& weights, LoadReport& report, bool compile) {
  if (!is_config(path)) {
    if (!weights.empty()) throw ValueError("--weights goes with a model's JSON config; " + path + " holds its own");
    return naming(path, [&] { return models::load_model(path, {.compile = compile, .map = true, .report = &report}); });
  }
  auto model = naming(path, [&] { return open_config(path, report); });
  if (weights.empty()) {
    if (has_fresh_weights(*model, path, weights)) report.notes.push_back("no weights were given: they are fresh");
    return model;
  }
  naming("--weights " + weights, [&] {
    const auto prefix = checkpoint_at(weights);
    load_weights_of_config(*model, prefix.empty() ? weights : prefix, {.map = true, .report = &report});
  });
  return model;
}

Values read_inputs(const std::string& option, const std::vector<std::string>& arguments) {
  if (arguments.empty()) return {};
  Values::List list;
  Values::Dict dict;
  for (const auto& argument : arguments) {
    const auto equals = end_of_name(argument);
    if (equals == std::string::npos) {
      list.emplace_back(read_tensor(argument));
    } else if (!dict.emplace(argument.substr(0, equals), read_tensor(argument.substr(equals + 1))).second) {
      throw ValueError(option + ": '" + argument.substr(0, equals) + "' is given twice");
    }
  }
  if (!list.empty() && !dict.empty()) {
    throw ValueError(option + ": either all are named (NAME=FILE) or none; received " + std::to_string(dict.size()) +
                     " with a name and " + std::to_string(list.size()) + " without");
  }
  if (!dict.empty()) return Values(std::move(dict));
  return list.size() == 1 ? list[0] : Values(std::move(list));
}

ModelRef open_compiled(const std::string& path, LoadReport& report) {
  auto model = open_model(path, "", report);
  naming(path, [&] { model->trainer(); });
  return model;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) std::cerr << "warning: " << warning << "\n";
}

}  // namespace hornbeam::cli
