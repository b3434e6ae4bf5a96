#include "conformance/export_checks.h"

#include "conformance/compare.h"
#include "conformance/training_checks.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/test_data.h"

namespace conformance {
namespace {

using namespace hornbeam;

void expect_outputs(const Case& c, const std::string& what, const Expected& expected, const Values& got, Outcome& out) {
  const auto flat = got.flatten();
  if (flat.size() != expected.size()) {
    throw Mismatch{what + ": " + std::to_string(flat.size()) + " outputs, expected " + std::to_string(expected.size())};
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& name = expected[i].first;
    const auto text = difference(c, got.is_dict() ? got[name].tensor() : flat[i], expected[i].second);
    ++out.comparisons;
    if (!text.empty()) throw Mismatch{what + ": output " + name + ": " + text};
  }
}

// Keras 3 exports a subclassed model for float32, whatever it was called on, and a signature refuses other tensors.
Values as_exported(const Values& inputs) {
  std::vector<Tensor> parts;
  for (const auto& t : inputs.flatten()) {
    parts.push_back(t.dtype() == DType::int32 ? ops::cast(t, DType::float32) : t);
  }
  return inputs.pack_like(parts);
}

// A signature's tensors have names: the keys of a dict, or numbers in the order of the inputs.
Values run_signature(const saved_model::Object& object, const std::string& signature, const Values& inputs) {
  const auto flat = inputs.flatten();
  const auto names = object.argument_names(signature);
  if (names.size() != flat.size()) throw Mismatch{signature + ": other arguments"};
  std::map<std::string, Tensor> arguments;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool key = inputs.is_dict() && inputs.dict().contains(names[i]);
    arguments.emplace(names[i], key ? inputs[names[i]].tensor() : flat[i]);
  }
  const auto results = object.run(signature, arguments);
  if (!results.contains("output_0")) {
    Values::Dict by_name;
    for (const auto& [name, tensor] : results) by_name.emplace(name, tensor);
    return Values(std::move(by_name));
  }
  Values::List in_order;
  for (std::size_t i = 0; i < results.size(); ++i) in_order.emplace_back(results.at("output_" + std::to_string(i)));
  return Values(std::move(in_order));
}

}  // namespace

Expected exported_outputs(const Case& c) {
  auto outputs = c.outputs();
  if (!c.has_file("export")) return outputs;
  for (const auto& [name, tensor] : load_npz(test_data("conformance") + "/exported.npz")) {
    for (auto& [output, value] : outputs) {
      if (name == c.name + "/" + output) value = tensor;
    }
  }
  return outputs;
}

void check_export(const Case& c, Outcome& out) {
  const auto object = saved_model::load(c.path("export"));
  const auto signatures = object->signatures();
  if (signatures.empty()) throw Mismatch{"no signatures"};
  const bool subclassed = c.description.at("class").as_string() == "subclassed";
  const auto inputs = subclassed ? as_exported(c.inputs()) : c.inputs();
  const auto expected = exported_outputs(c);
  expect_outputs(c, "serve", expected, object->call("serve", {inputs}), out);
  const auto* extra = c.description.find("extra");
  if (const auto* file = extra ? extra->find("serve_out") : nullptr) {
    expect_outputs(c, "serve", {{"serve_out", c.array(file->as_string())}}, object->call("serve", {inputs}), out);
  }
  for (const auto& signature : signatures) {
    expect_outputs(c, signature, expected, run_signature(*object, signature, inputs), out);
  }
}

}  // namespace conformance
