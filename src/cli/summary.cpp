// hornbeam summary MODEL
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verbs.h"

namespace hornbeam::cli {
namespace {

// [null, 8], or a list or an object of such; null where nothing is known.
Config shapes_of(const Values& values) {
  if (values.is_tensor()) {
    if (!values.tensor().defined() || !values.tensor().shape().has_rank()) return {};
    auto dims = Config::list();
    for (const auto dim : values.tensor().shape().dims()) dims.push_back(dim < 0 ? Config() : Config(dim));
    return dims;
  }
  if (values.is_dict()) {
    auto named = Config::dict();
    for (const auto& [key, item] : values.dict()) named.set(key, shapes_of(item));
    return named;
  }
  auto list = Config::list();
  if (values.is_list()) {
    for (const auto& item : values.list()) list.push_back(shapes_of(item));
  }
  return list;
}

// Of every call of the layer where they agree; "multiple", as the summary says, where not; null before the first.
Config output_shape(const Layer& layer) {
  Config shape;
  const auto calls = layer.inbound_nodes().size();
  for (std::size_t i = 0; i < calls; ++i) {
    auto here = shapes_of(layer.get_output_at(i));
    if (!shape.is_null() && shape != here) return "multiple";
    shape = std::move(here);
  }
  return shape;
}

Config described(const std::vector<std::string>& names, const Values& values) {
  const auto tensors = values.flatten();
  auto list = Config::list();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    list.push_back(Config{{"name", i < names.size() ? Config(names[i]) : Config()},
                          {"dtype", name_of(tensors[i].dtype())},
                          {"shape", shapes_of(tensors[i])}});
  }
  return list;
}

Config to_config(const Model& model) {
  auto layers = Config::list();
  for (const auto& layer : model.layers()) {
    layers.push_back(Config{{"name", layer->name()},
                            {"class_name", layer->class_name()},
                            {"output_shape", output_shape(*layer)},
                            {"params", layer->built() ? Config(layer->count_params()) : Config()},
                            {"trainable", layer->trainable()}});
  }
  return Config{{"name", model.name()},
                {"class_name", model.class_name()},
                {"inputs", described(model.input_names(), model.symbolic_inputs())},
                {"outputs", described(model.output_names(), model.symbolic_outputs())},
                {"params", model.built() ? Config(model.count_params()) : Config()},
                {"layers", layers}};
}

}  // namespace

void add_summary(CLI::App& app) {
  struct Options {
    std::string model;
    bool json = false, expand_nested = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("summary", "Prints a model's layers as Keras does");
  add_model(*verb, o->model);
  verb->add_flag("--expand-nested", o->expand_nested, "also the layers of models inside the model");
  add_json(*verb, o->json);
  verb->callback([o] {
    LoadReport report;
    const auto model = open_model(o->model, "", report);
    if (o->json) {
      std::cout << to_config(*model).dump(1) << "\n";
    } else {
      std::cout << model->summary({.expand_nested = o->expand_nested});
    }
  });
}

}  // namespace hornbeam::cli
