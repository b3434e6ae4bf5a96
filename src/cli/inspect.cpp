// hornbeam inspect PATH: who wrote it, what tensors it holds, how it was trained. Builds no model.
#include <iostream>
#include <memory>

#include "base/mapped_file.h"
#include "cli/verbs.h"
#include "formats/hdf5/hdf5.h"

namespace hornbeam::cli {
namespace {

namespace hdf5 = formats::hdf5;

Config json_attribute(const hdf5::Object& object, const char* name) {
  if (!object.has_attribute(name)) return {};
  return Config::parse(object.attribute(name).as_string(), name);
}

Config inspect_h5(const std::string& path) {
  const auto file = hdf5::File::open(path);
  const auto root = file->root();
  const auto text = [&](const char* name) {
    for (const auto& group : {root, root.has("model_weights") ? root.group("model_weights") : root}) {
      if (group.has_attribute(name)) return Config(group.attribute(name).as_string());
    }
    return Config();
  };
  auto tensors = Config::list();
  std::int64_t bytes = 0;
  hdf5::visit_objects(root, {.group = [](const hdf5::Group&) {},
                             .dataset =
                                 [&](const hdf5::Dataset& dataset) {
                                   tensors.push_back(Config{{"path", dataset.path()},
                                                            {"dtype", name_of(dataset.dtype())},
                                                            {"shape", Config(dataset.shape())}});
                                   bytes += static_cast<std::int64_t>(dataset.byte_size());
                                 }});
  const auto model = json_attribute(root, "model_config");
  return Config{{"path", path},
                {"format", model.is_null() ? "weights_h5" : "h5"},
                {"keras_version", text("keras_version")},
                {"backend", text("backend")},
                {"class_name", model.is_dict() ? Config(model.get_string("class_name", "")) : Config()},
                {"tensors", tensors},
                {"tensor_bytes", bytes},
                {"training_config", json_attribute(root, "training_config")}};
}

Config inspect_json(const std::string& path) {
  const auto config = Config::parse(base::read_file(path), path);
  return Config{{"path", path},
                {"format", "json"},
                {"keras_version", config.get_string("keras_version", "")},
                {"backend", config.get_string("backend", "")},
                {"class_name", config.get_string("class_name", "")},
                {"tensors", Config::list()},
                {"tensor_bytes", 0},
                {"training_config", config.has("compile_config") ? config.at("compile_config") : Config()}};
}

}  // namespace

void add_inspect(CLI::App& app) {
  struct Options {
    std::string path;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("inspect", "Says who wrote a file, what tensors it holds and how it was trained");
  verb->add_option("PATH", o->path)->required();
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    const auto found = o->path.ends_with(".json") ? inspect_json(o->path) : inspect_h5(o->path);
    if (o->json) {
      std::cout << found.dump(1) << "\n";
      return;
    }
    for (const auto* key : {"format", "class_name", "keras_version", "backend"}) {
      const auto& value = found.at(key);
      std::cout << key << ": " << (value.is_string() ? value.as_string() : value.dump()) << "\n";
    }
    std::cout << "tensors: " << found.at("tensors").size() << " (" << found.at("tensor_bytes").dump() << " bytes)\n";
    for (const auto& t : found.at("tensors").as_list()) {
      std::cout << "  " << t.at("path").as_string() << "  " << t.at("dtype").as_string() << " " << t.at("shape").dump()
                << "\n";
    }
    std::cout << "training_config: " << found.at("training_config").dump() << "\n";
  });
}

}  // namespace hornbeam::cli
