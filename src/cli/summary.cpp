// hornbeam summary MODEL
#include <iostream>
#include <memory>

#include "cli/verbs.h"

namespace hornbeam::cli {

void add_summary(CLI::App& app) {
  struct Options {
    std::string model;
    bool json = false, expand_nested = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("summary", "Prints a model's layers as Keras does");
  verb->add_option("MODEL", o->model, "an H5 file or a JSON config")->required();
  verb->add_flag("--expand-nested", o->expand_nested);
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    LoadReport report;
    const auto model = open_model(o->model, "", report);
    if (!o->json) {
      std::cout << model->summary({.expand_nested = o->expand_nested});
      return;
    }
    auto layers = Config::list();
    for (const auto& layer : model->layers()) {
      layers.push_back(Config{{"name", layer->name()},
                              {"class_name", layer->class_name()},
                              {"params", layer->built() ? Config(layer->count_params()) : Config()},
                              {"trainable", layer->trainable()}});
    }
    std::cout << Config{{"name", model->name()},
                        {"class_name", model->class_name()},
                        {"params", model->built() ? Config(model->count_params()) : Config()},
                        {"layers", layers}}
                     .dump(1)
              << "\n";
  });
}

}  // namespace hornbeam::cli
