#include "conformance/module_checks.h"

#include "conformance/compare.h"
#include "conformance/training_checks.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "hornbeam/saved_model.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// The corpus stores scalars as arrays of one element.
Tensor read_array(const Case& c, const std::string& name) {
  const auto path = c.path("arrays/" + name);
  const auto array = name.ends_with(".npy") ? load_npy(path) : load_json_array(path);
  return array.shape() == Shape{1} ? array.reshaped(Shape{}) : array;
}

void expect_tensor(const Case& c, const Tensor& got, const Config& output, const std::string& what, int& comparisons) {
  ++comparisons;
  const auto text = difference(c, got, read_array(c, output.at("file").as_string()));
  if (!text.empty()) throw Mismatch{what + ": " + text};
}

void check_signatures(const Case& c, const Config& list, int& comparisons) {
  const auto object = saved_model::load(c.path("saved_model"));
  for (const auto& [name, call] : list.as_dict()) {
    std::map<std::string, Tensor> inputs;
    for (const auto& input : call.at("inputs").as_list()) {
      inputs.emplace(input.at("name").as_string(), read_array(c, input.at("file").as_string()));
    }
    const auto outputs = object->run(call.at("signature").as_string(), inputs);
    for (const auto& output : call.at("outputs").as_list()) {
      expect_tensor(c, outputs.at(output.at("name").as_string()), output, name, comparisons);
    }
  }
}

void check_functions(const Case& c, const Config& list, int& comparisons) {
  const auto object = saved_model::load(c.path("saved_model"));
  for (const auto& [name, call] : list.as_dict()) {
    std::vector<saved_model::Argument> arguments;
    for (const auto& argument : call.at("args").as_list()) {
      const bool file = argument.is_string() && c.has_file("arrays/" + argument.as_string());
      if (file) {
        arguments.emplace_back(Values(read_array(c, argument.as_string())));
      } else {
        arguments.emplace_back(argument);
      }
    }
    const auto results = object->call(call.at("method").as_string(), arguments);
    const auto outputs = results.flatten();
    const auto& expected = call.at("outputs").as_list();
    if (outputs.size() != expected.size()) throw Mismatch{name + ": other outputs"};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& got = results.is_dict() ? results[expected[i].at("name").as_string()].tensor() : outputs[i];
      expect_tensor(c, got, expected[i], name, comparisons);
    }
  }
}

}  // namespace

int check_module(const Case& c) {
  int comparisons = 0;
  const auto* found = c.description.find("extra");
  if (!found) return comparisons;
  const auto& extra = *found;
  if (const auto* file = extra.find("tf_saved_model_load_call_output")) {
    const auto object = saved_model::load(c.path("saved_model"));
    const auto y = (*object)(c.inputs(), {{"training", Config(false)}});
    ++comparisons;
    if (const auto text = difference(c, y.tensor(), c.array(file->as_string())); !text.empty()) throw Mismatch{text};
  }
  if (const auto* signatures = extra.find("signatures")) check_signatures(c, *signatures, comparisons);
  if (const auto* functions = extra.find("functions")) check_functions(c, *functions, comparisons);
  return comparisons;
}

}  // namespace conformance
