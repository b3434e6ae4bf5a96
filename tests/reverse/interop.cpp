// interop write|read FOLDER: Hornbeam's side of the interop matrix; interop.py is that of the real Kerases, and says
// what is written and read.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "reverse/interop_models.h"

namespace {

using namespace hornbeam;
using namespace reverse;
namespace fs = std::filesystem;

Config on_error(const Error& error) { return Config{{"error", error.report()}}; }

void add(NamedTensors& arrays, char kind, const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) arrays.emplace_back(fmt::format("{}{:03}", kind, i), tensors[i]);
}

// The results of the step on batch 1.
Tensor step(Model& model, const std::string& name) {
  const auto logs = model.train_on_batch(interop_x(name, 1), interop_y(name, 1));
  std::vector<float> values;
  for (const auto& result : logs.values()) values.push_back(static_cast<float>(result.number()));
  return Tensor::from(Shape{static_cast<std::int64_t>(values.size())}, values);
}

void write(const fs::path& folder, const std::string& name, const std::string& target) {
  fs::create_directories(folder);
  const auto model = interop_model(name, target);
  model->train_on_batch(interop_x(name, 0), interop_y(name, 0));
  Config written = Config::dict();
  const auto attempt = [&](const char* format, const auto& save) {
    try {
      save();
      written.set(format, Config::dict());
    } catch (const Error& error) {
      written.set(format, on_error(error));
    }
  };
  attempt("saved_model",
          [&] { model->save((folder / "saved_model").string(), {.save_format = "tf", .target = target}); });
  attempt("checkpoint", [&] { model->save_weights((folder / "ckpt/w").string(), {.target = target}); });
  attempt("h5", [&] { model->save((folder / "model.h5").string(), {.target = target}); });
  base::replace_file((folder / "written.json").string(), written.dump());
  NamedTensors state;
  add(state, 'p', model->predict(interop_x(name, 2)).flatten());
  add(state, 'w', model->get_weights());
  const auto logs = step(*model, name);
  add(state, 'n', model->get_weights());
  state.emplace_back("logs", logs);
  save_npz((folder / "state.npz").string(), state);
}

class Expected {
 public:
  explicit Expected(const fs::path& file) : arrays_(load_npz(file.string())) {}
  std::vector<Tensor> of(char kind) const {
    std::vector<Tensor> result;
    for (const auto& [name, tensor] : arrays_) {
      if (name[0] == kind) result.push_back(tensor);
    }
    return result;
  }

 private:
  NamedTensors arrays_;
};

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Tensor& x, const Tensor& y) {
           return x.shape() == y.shape() && x.bytes() == y.bytes() && std::memcmp(x.raw(), y.raw(), x.bytes()) == 0;
         });
}

double difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) throw ValueError(fmt::format("{} arrays instead of {}", a.size(), b.size()));
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].shape() != b[i].shape()) throw ValueError("shape " + a[i].shape().to_string());
    const auto x = a[i].data<float>(), y = b[i].data<float>();
    for (std::size_t k = 0; k < x.size(); ++k) most = std::max(most, std::abs(double{x[k]} - double{y[k]}));
  }
  return most;
}

Config read(const std::string& format, const fs::path& folder, const std::string& name) {
  const Expected expected(folder / "state.npz");
  try {
    ModelRef model;
    train::CheckpointStatus status;
    if (format == "checkpoint") {
      model = interop_model(name, "");
      status = model->load_weights((folder / "ckpt/w").string());
    } else {
      const auto file = folder / (format == "h5" ? "model.h5" : "saved_model");
      model = models::load_model(file.string(), {.custom_objects = interop_functions()});
    }
    auto result = Config::dict();
    result.set("weights", same_bits(model->get_weights(), expected.of('w')));
    result.set("predictions", difference(model->predict(interop_x(name, 2)).flatten(), expected.of('p')));
    if (!model->is_compiled()) throw RuntimeError(model->not_compiled_because());
    const auto logs = difference({step(*model, name)}, expected.of('l'));
    result.set("next", std::max(logs, difference(model->get_weights(), expected.of('n'))));
    if (format == "checkpoint") status.assert_consumed();
    return result;
  } catch (const Error& error) {
    return on_error(error);
  }
}

int run(const std::string& what, const fs::path& root) {
  if (what == "write") {
    for (const std::string target : {"tf2.2", "tf2.15"}) {
      for (const auto& name : interop_models()) write(root / ("hornbeam-" + target) / name, name, target);
    }
    return 0;
  }
  auto results = Config::dict();
  for (const auto& writer : fs::directory_iterator(root)) {
    if (!writer.is_directory()) continue;
    auto of_writer = Config::dict();
    for (const std::string format : {"saved_model", "checkpoint", "h5"}) {
      auto of_format = Config::dict();
      for (const auto& name : interop_models()) {
        const auto folder = writer.path() / name;
        const auto written = Config::parse(base::read_file((folder / "written.json").string()), "written.json");
        if (!written.at(format).find("error")) of_format.set(name, read(format, folder, name));
      }
      of_writer.set(format, of_format);
    }
    results.set(writer.path().filename().string(), of_writer);
  }
  base::replace_file((root / "hornbeam.json").string(), results.dump(1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what != "write" && what != "read") {
    std::cerr << "usage: interop write|read FOLDER\n";
    return 2;
  }
  return run(what, fs::absolute(argv[2]));
}
