// hornbeam ckpt list|get|diff: into TensorFlow checkpoints, without a model.
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/writable.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "keras/migration/array_comparison.h"

namespace hornbeam::cli {
namespace {

constexpr const char* kPathHelp =
    "the checkpoint's prefix (what .index follows), a folder whose latest is meant, or a SavedModel";

// A SavedModel's variables are a checkpoint.
train::CheckpointReader open(const std::string& path) {
  const auto variables = path + "/variables/variables";
  const bool saved_model = std::filesystem::exists(variables + ".index");
  return train::load_checkpoint(saved_model ? variables : path);
}

void list(const std::string& path, bool json) {
  const auto reader = open(path);
  const auto types = reader.get_variable_to_dtype_map();
  auto all = Config::list();
  for (const auto& [key, shape] : reader.get_variable_to_shape_map()) {
    if (json) {
      all.push_back(Config{{"key", key}, {"dtype", types.at(key)}, {"shape", Config(shape.dims())}});
    } else {
      std::cout << key << "  " << types.at(key) << " " << Config(shape.dims()).dump() << "\n";
    }
  }
  if (json) std::cout << all.dump(1) << "\n";
}

void get(const std::string& path, const std::string& key, const std::string& output, bool json) {
  const auto value = open(path).get_tensor(key);
  if (!output.empty()) {
    base::make_folder_of(output);
    save_npy(output, value);
  }
  if (json) {
    std::cout << Config{{"key", key},
                        {"dtype", name_of(value.dtype())},
                        {"shape", Config(value.shape().dims())},
                        {"values", output.empty() ? array_to_json(value) : Config()}}
                     .dump()
              << "\n";
  } else if (output.empty()) {
    std::cout << value.to_string() << "\n";
  }
}

// Empty when equal, bit for bit.
std::string difference(const Tensor& a, const Tensor& b) {
  if (auto kind = difference_in_kind(a, b); !kind.empty() || a.dtype() == DType::string) return kind;
  if (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0) return "";
  if (!is_floating(a.dtype())) return "other values";
  const auto apart = ops::abs(ops::cast(a, DType::float64) - ops::cast(b, DType::float64));
  return "at most " + Config(ops::reduce_max(apart).item<double>()).dump() + " apart";
}

void diff(const std::string& first, const std::string& second, bool json) {
  const auto a = open(first), b = open(second);
  auto found = Config::list();
  const auto tell = [&](const std::string& key, const std::string& text) {
    found.push_back(Config{{"key", key}, {"difference", text}});
    if (!json) std::cout << key << ": " << text << "\n";
  };
  const auto keys = a.get_variable_to_shape_map();
  for (const auto& [key, shape] : keys) {
    if (!b.has_tensor(key)) {
      tell(key, "only in " + first);
    } else if (const auto text = difference(a.get_tensor(key), b.get_tensor(key)); !text.empty()) {
      tell(key, text);
    }
  }
  for (const auto& [key, shape] : b.get_variable_to_shape_map()) {
    if (!keys.contains(key)) tell(key, "only in " + second);
  }
  if (json) std::cout << found.dump(1) << "\n";
  if (found.size() != 0)
    throw Differ("the checkpoints differ in " + std::to_string(found.size()) + (found.size() == 1 ? " key" : " keys"));
}

}  // namespace

void add_ckpt(CLI::App& app) {
  struct Options {
    std::string path, other, key, output;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("ckpt", "Looks into TensorFlow checkpoints");
  verb->require_subcommand(1);
  auto* listing = verb->add_subcommand("list", "Keys, dtypes and shapes");
  listing->add_option("PATH", o->path, kPathHelp)->required();
  add_json(*listing, o->json);
  listing->callback([o] { list(o->path, o->json); });

  auto* getting = verb->add_subcommand("get", "One value");
  getting->add_option("PATH", o->path, kPathHelp)->required();
  getting->add_option("KEY", o->key, "as `ckpt list` prints it")->required();
  getting->add_option("-o,--output", o->output, "write it as .npy instead of printing it");
  add_json(*getting, o->json);
  getting->callback([o] {
    require_suffix("--output", o->output, {".npy"}, "an array");
    get(o->path, o->key, o->output, o->json);
  });

  auto* comparing = verb->add_subcommand(
      "diff", "What differs between two, bit for bit; exit code 1 when something does, 2 on errors");
  comparing->add_option("A", o->path, kPathHelp)->required();
  comparing->add_option("B", o->other, kPathHelp)->required();
  add_json(*comparing, o->json);
  comparing->callback([o] { diff(o->path, o->other, o->json); });
}

}  // namespace hornbeam::cli
