// hornbeam predict MODEL --input x.npy (--output y.npy | --output-dir DIR)
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "cli/verbs.h"
#include "hornbeam/npy.hpp"

namespace hornbeam::cli {
namespace {

void write_tensor(const std::string& path, const Tensor& t) {
  if (path.ends_with(".json")) {
    base::replace_file(path, tensor_to_json(t).dump() + "\n");
  } else {
    save_npy(path, t);
  }
}

// 0.npy, 1.npy ... and outputs.json, which names them.
void write_folder(const std::string& folder, const std::vector<Tensor>& outputs,
                  const std::vector<std::string>& names) {
  std::filesystem::create_directories(folder);
  auto index = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto file = std::to_string(i) + ".npy";
    write_tensor(folder + "/" + file, outputs[i]);
    index.push_back(Config{{"file", file},
                           {"name", i < names.size() ? Config(names[i]) : Config()},
                           {"dtype", name_of(outputs[i].dtype())},
                           {"shape", Config(outputs[i].shape().dims())}});
  }
  base::replace_file(folder + "/outputs.json", index.dump(1) + "\n");
}

}  // namespace

void add_predict(CLI::App& app) {
  struct Options {
    std::string model, weights, output, output_dir;
    std::vector<std::string> inputs;
    std::int64_t batch_size = 32;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("predict", "Runs a model on arrays");
  verb->add_option("MODEL", o->model, "an H5 file or a JSON config")->required();
  verb->add_option("--input", o->inputs, "[NAME=]x.npy or x.json, once per input")->required();
  auto* output = verb->add_option("--output", o->output, "y.npy or y.json");
  verb->add_option("--output-dir", o->output_dir, "writes 0.npy, 1.npy ... and outputs.json")->excludes(output);
  verb->add_option("--batch-size", o->batch_size)->check(CLI::PositiveNumber);
  verb->add_option("--weights", o->weights, "weights for a JSON config");
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    LoadReport report;
    const auto model = open_model(o->model, o->weights, report);
    const auto y = model->predict(read_inputs(o->inputs), {.batch_size = o->batch_size, .verbose = o->json ? 0 : 1});
    const auto outputs = y.flatten();
    const auto names = model->output_names();
    if (!o->output.empty()) {
      if (outputs.size() != 1) {
        throw ValueError("the model has " + std::to_string(outputs.size()) + " outputs: use --output-dir");
      }
      write_tensor(o->output, outputs[0]);
    } else if (!o->output_dir.empty()) {
      write_folder(o->output_dir, outputs, names);
    }
    if (o->json) {
      auto list = Config::list();
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        list.push_back(
            Config{{"name", i < names.size() ? Config(names[i]) : Config()},
                   {"dtype", name_of(outputs[i].dtype())},
                   {"shape", Config(outputs[i].shape().dims())},
                   {"values", o->output.empty() && o->output_dir.empty() ? tensor_to_json(outputs[i]) : Config()}});
      }
      std::cout << Config{{"outputs", list}, {"report", report.to_config()}}.dump() << "\n";
    } else if (o->output.empty() && o->output_dir.empty()) {
      for (const auto& t : outputs) std::cout << tensor_to_json(t).dump() << "\n";
    }
  });
}

}  // namespace hornbeam::cli
