#include "keras/saving/serving_default.h"

#include "keras/saving/call_arguments.h"

namespace hornbeam {
namespace {

// Keras's names of the outputs of a model that has none: "output_1", "output_2"; of a dict its keys.
void add_path_names(const Values& outputs, const std::string& path, std::vector<std::string>& names) {
  const auto below = [&](const std::string& step) { return path.empty() ? step : path + "_" + step; };
  if (outputs.is_dict()) {
    for (const auto& [key, value] : outputs.dict()) add_path_names(value, below(key), names);
  } else if (outputs.is_list()) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      add_path_names(outputs[i], (path.empty() ? "output_" : path + "_") + std::to_string(i + 1), names);
    }
  } else if (outputs.is_tensor()) {
    names.push_back(path.empty() ? "output_1" : path);
  }
}

}  // namespace

SignatureFunction predicting(Model& model) {
  const auto arguments = arguments_of(model);
  if (!arguments) {
    throw ValueError("Model " + model.name() +
                     " cannot be saved because the input shapes have not been set. Usually, input shapes are "
                     "automatically determined from calling `.fit()` or `.predict()`. To manually set the shapes, "
                     "call `model.build(input_shape)`.");
  }
  std::vector<SignatureInput> inputs;
  auto names = model.input_names();
  if (names.empty() && arguments->inputs.is_dict()) {  // in the order of the leaves
    for (const auto& [name, input] : arguments->inputs.dict()) names.push_back(name);
  }
  for (const auto& leaf : arguments->inputs.flatten()) {
    const auto i = inputs.size();
    inputs.push_back({i < names.size() ? names[i] : "input_" + std::to_string(i + 1), leaf.dtype(), leaf.shape()});
  }
  return {std::move(inputs), [&model, arguments](const std::vector<Tensor>& tensors) {
            const auto outputs = model(arguments->inputs.pack_like(tensors), {.training = false});
            auto output_names = model.output_names();
            if (output_names.empty()) add_path_names(outputs, "", output_names);
            const auto leaves = outputs.flatten();
            Values::Dict named;
            for (std::size_t i = 0; i < leaves.size(); ++i) named.emplace(output_names.at(i), leaves[i]);
            return Values(std::move(named));
          }};
}

}  // namespace hornbeam
