// hornbeam inspect PATH: who wrote it, what tensors it holds, how it was trained. Builds no model.
#include "cli/inspect.h"

#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verbs.h"

namespace hornbeam::cli {
namespace {

void print(const Config& found) {
  for (const auto* key : {"format", "class_name", "keras_version", "backend"}) {
    const auto& value = found.at(key);
    std::cout << key << ": " << (value.is_string() ? value.as_string() : value.dump()) << "\n";
  }
  std::cout << "tensors: " << found.at("tensors").size() << " (" << found.at("tensor_bytes").dump() << " bytes)\n";
  for (const auto& t : found.at("tensors").as_list()) {
    // An .npy file's array has no name.
    const auto& path = t.at("path").as_string();
    std::cout << "  " << path << (path.empty() ? "" : "  ") << t.at("dtype").as_string() << " " << t.at("shape").dump()
              << "\n";
  }
  std::cout << "training_config: " << found.at("training_config").dump() << "\n";
  if (found.has("signatures")) print_signatures(std::cout << "\n", found);
}

}  // namespace

void add_inspect(CLI::App& app) {
  struct Options {
    std::string path;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("inspect", "Says who wrote a file, what tensors it holds and how it was trained");
  verb->add_option("PATH", o->path,
                   "H5, a SavedModel folder, .keras, a JSON config, .npy or .npz, a checkpoint's prefix or folder")
      ->required();
  add_json(*verb, o->json);
  verb->callback([o] {
    const auto found = inspect_file(o->path);
    if (o->json) {
      std::cout << found.dump(1) << "\n";
    } else {
      print(found);
    }
  });
}

}  // namespace hornbeam::cli
