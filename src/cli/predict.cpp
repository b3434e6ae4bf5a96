// hornbeam predict MODEL --input x.npy (--output y.npy | --output-dir DIR)
#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "base/writable.h"
#include "cli/naming.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "formats/saved_model/saved_model.h"
#include "hornbeam/fields.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "hornbeam/saved_model.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam::cli {
namespace {

struct Options {
  std::string model, weights, signature, output, output_dir;
  std::vector<std::string> inputs;
  std::int64_t batch_size = 32;
  bool json = false;

  bool prints() const { return output.empty() && output_dir.empty(); }
};

constexpr const char* kRaggedNpy =
    "the model's output is ragged, and a .npy file holds no rows of different lengths: give --output a name that ends "
    "in "
    ".json (nested lists)";

void write_tensor(const std::string& path, const Tensor& t) {
  if (path.ends_with(".json")) {
    base::replace_file(path, array_to_json(t).dump() + "\n");
  } else if (is_ragged(t)) {
    throw ValueError(kRaggedNpy);
  } else {
    save_npy(path, t);
  }
}

// 0.npy, 1.npy ... (ragged ones: 0.json) and outputs.json, which names them.
void write_folder(const std::string& folder, const std::vector<Tensor>& outputs,
                  const std::vector<std::string>& names) {
  base::make_folder_of(folder + "/outputs.json");
  auto index = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto file = std::to_string(i) + (is_ragged(outputs[i]) ? ".json" : ".npy");
    write_tensor(folder + "/" + file, outputs[i]);
    index.push_back(Config{{"file", file},
                           {"name", i < names.size() ? Config(names[i]) : Config()},
                           {"dtype", name_of(outputs[i].dtype())},
                           {"shape", field_to_config(outputs[i].shape())}});
  }
  base::replace_file(folder + "/outputs.json", index.dump(1) + "\n");
}

// What cannot be written is refused before the work, not after it.
void check_outputs(const Options& o) {
  require_suffix("--output", o.output, {".npy", ".json"}, "an array (.npy) or nested lists (.json)");
  if (!o.output.empty()) base::check_can_write(o.output);
  if (!o.output_dir.empty()) base::check_can_fill(o.output_dir);
}

void check_count(const Options& o, std::size_t outputs) {
  if (outputs == 1 || o.output.empty()) return;
  throw ValueError("the model has " + std::to_string(outputs) + " outputs: use --output-dir");
}

// Only a model that is given ragged arrays makes some.
void check_ragged(const Options& o, const Model& model, const Values& inputs) {
  const auto ragged = [](const Tensor& t) { return is_ragged(t); };
  if (!o.output.ends_with(".npy") || std::ranges::none_of(inputs.flatten(), ragged)) return;
  if (std::ranges::any_of(model.symbolic_outputs().flatten(), [](const Tensor& t) { return ragged_rank_of(t) != 0; })) {
    throw ValueError(kRaggedNpy);
  }
}

void write(const Options& o, const std::vector<Tensor>& outputs, const std::vector<std::string>& names) {
  if (!o.output.empty()) {
    base::make_folder_of(o.output);
    write_tensor(o.output, outputs[0]);
  } else if (!o.output_dir.empty()) {
    write_folder(o.output_dir, outputs, names);
  }
}

void print(const Options& o, const std::vector<Tensor>& outputs, const std::vector<std::string>& names,
           const LoadReport& report) {
  if (!o.json) {
    for (const auto& t : outputs) {
      if (o.prints()) std::cout << array_to_json(t).dump() << "\n";
    }
    return;
  }
  auto list = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    list.push_back(Config{{"name", i < names.size() ? Config(names[i]) : Config()},
                          {"dtype", name_of(outputs[i].dtype())},
                          {"shape", field_to_config(outputs[i].shape())},
                          {"values", o.prints() ? array_to_json(outputs[i]) : Config()}});
  }
  std::cout << Config{{"outputs", list}, {"report", report.to_config()}}.dump() << "\n";
}

// Of outputs in dicts the keys, in the order of the leaves.
void add_key_names(const Values& outputs, const std::string& path, std::vector<std::string>& names) {
  const auto below = [&](const std::string& step) { return path.empty() ? step : path + "/" + step; };
  if (outputs.is_dict()) {
    for (const auto& [key, value] : outputs.dict()) add_key_names(value, below(key), names);
  } else if (outputs.is_list()) {
    for (std::size_t i = 0; i < outputs.size(); ++i) add_key_names(outputs[i], below(std::to_string(i)), names);
  } else {
    names.push_back(path);
  }
}

// The arrays under the names that the signature takes, and of its dtypes.
std::map<std::string, Tensor> arguments_of(const Options& o, const saved_model::Object& loaded) {
  const auto given = read_inputs("--input", o.inputs);
  std::map<std::string, Tensor> arguments;
  if (given.is_dict()) {
    for (const auto& [name, value] : given.dict()) arguments.emplace(name, value.tensor());
  } else {
    const auto names = loaded.argument_names(o.signature);
    const auto arrays = given.flatten();
    if (names.size() != 1 || arrays.size() != 1) {
      throw ValueError("the signature takes " + std::to_string(names.size()) +
                       " arrays: name each, as in --input NAME=FILE");
    }
    arguments.emplace(names[0], arrays[0]);
  }
  std::map<std::string, DType> dtypes;
  const auto file = formats::saved_model::SavedModel::open(o.model);
  for (const auto& signature : file->signatures()) {
    if (signature.key != o.signature) continue;
    for (const auto& [name, info] : signature.inputs)
      dtypes.emplace(name, formats::saved_model::dtype_of_number(info.type));
  }
  for (auto& [name, value] : arguments) {
    const auto dtype = dtypes.contains(name) ? dtypes[name] : DType::invalid;
    const bool numbers = value.dtype() != DType::string && dtype != DType::string && dtype != DType::invalid;
    if (numbers && value.dtype() != dtype) value = ops::cast(value, dtype);
  }
  return arguments;
}

// A signature of any SavedModel, on all rows at once.
void predict_by_signature(const Options& o) {
  if (!o.weights.empty()) throw ValueError("--weights goes with a model's JSON config, --signature with a SavedModel");
  const auto loaded = naming(o.model, [&] { return saved_model::load(o.model); });
  const auto results = naming(o.model, [&] { return loaded->run(o.signature, arguments_of(o, *loaded)); });
  std::vector<Tensor> outputs;
  std::vector<std::string> names;
  for (const auto& [name, value] : results) {
    names.push_back(name);
    outputs.push_back(value);
  }
  check_count(o, outputs.size());
  write(o, outputs, names);
  print(o, outputs, names, {});
}

void predict(const Options& o) {
  check_outputs(o);
  if (!o.signature.empty()) return predict_by_signature(o);
  LoadReport report;
  const auto model = open_model(o.model, o.weights, report);
  if (has_fresh_weights(*model, o.model, o.weights)) {
    throw ValueError(o.model + " is a config without weights: fresh ones would predict random numbers. Give " +
                     "--weights FILE.");
  }
  auto names = model->output_names();
  if (!names.empty()) check_count(o, names.size());
  const auto x = read_inputs("--input", o.inputs);
  check_ragged(o, *model, x);
  const auto y = naming(files_of({&o.inputs}),
                        [&] { return model->predict(x, {.batch_size = o.batch_size, .verbose = o.json ? 0 : 1}); });
  const auto outputs = y.flatten();
  if (y.is_dict()) {
    names.clear();
    add_key_names(y, "", names);
  }
  check_count(o, outputs.size());
  write(o, outputs, names);
  print(o, outputs, names, report);
}

}  // namespace

void add_predict(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("predict", "Runs a model on arrays");
  add_model(*verb, o->model);
  add_arrays(*verb, "--input", o->inputs, "[NAME=]x.npy or x.json (nested lists), once per input")->required();
  auto* output = verb->add_option("--output", o->output, "y.npy or y.json; missing folders are made");
  verb->add_option("--output-dir", o->output_dir, "a folder for 0.npy, 1.npy ... and outputs.json, made if missing")
      ->excludes(output);
  add_batch_size(*verb, o->batch_size);
  add_weights(*verb, o->weights);
  verb->add_option("--signature", o->signature,
                   "call this signature of a SavedModel, whoever wrote it, on all rows at once")
      ->excludes(verb->get_option("--batch-size"));
  add_json(*verb, o->json);
  verb->callback([o] { predict(*o); });
}

}  // namespace hornbeam::cli
