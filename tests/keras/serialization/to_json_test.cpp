// to_json against what the real producers wrote: reading a config and writing it again changes nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "hornbeam/errors.hpp"
#include "hornbeam/layers.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"

namespace hornbeam {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The place of the first difference that Config::equivalent sees.
std::string first_difference(const Config& a, const Config& b, const std::string& at = "") {
  if (a.equivalent(b)) return "";
  if (a.is_dict() && b.is_dict()) {
    for (const auto& [key, value] : b.as_dict()) {
      const auto* ours = a.find(key);
      if (!ours) return at + "." + key + ": missing (" + value.dump().substr(0, 80) + ")";
      if (auto inner = first_difference(*ours, value, at + "." + key); !inner.empty()) return inner;
    }
    for (const auto& [key, value] : a.as_dict()) {
      if (!b.has(key)) return at + "." + key + ": not in the original (" + value.dump().substr(0, 80) + ")";
    }
  }
  if (a.is_list() && b.is_list() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      auto inner = first_difference(a.at(i), b.at(i), at + "[" + std::to_string(i) + "]");
      if (!inner.empty()) return inner;
    }
  }
  return at + ": " + a.dump().substr(0, 120) + " instead of " + b.dump().substr(0, 120);
}

// Every class the config names; those of layers this build does not have.
void missing_layers(const Config& config, std::map<std::string, int>& out) {
  if (config.is_list()) {
    for (const auto& item : config.as_list()) missing_layers(item, out);
  }
  if (!config.is_dict()) return;
  const auto* name = config.find("class_name");
  const auto* inner = config.find("config");
  const auto* module = config.find("module");
  if (name && name->is_string() && inner && inner->is_dict() &&
      (inner->has("trainable") || inner->has("sparse") ||
       (module && module->is_string() && module->as_string().starts_with("keras.src.ops")))) {
    const bool op = module && module->is_string() && module->as_string().starts_with("keras.src.ops");
    const auto full = (op ? "ops>" : "") + name->as_string();
    if (!find_layer_class(full)) ++out[full];
  }
  for (const auto& [key, value] : config.as_dict()) missing_layers(value, out);
}

TEST(ToJson, CorpusRoundTrip) {
  const char* corpus = std::getenv("HORNBEAM_CORPUS");
  if (!corpus) GTEST_SKIP() << "HORNBEAM_CORPUS is not set";
  const char* only = std::getenv("HORNBEAM_CASE");
  int read = 0, unreadable = 0;
  for (const auto* producer : {"tf-2.2.3", "tf-2.15.1", "tf_keras-2.21.0", "keras-3.15.1"}) {
    for (const auto& folder : fs::directory_iterator(fs::path(corpus) / producer)) {
      const auto path = folder.path() / "config.json";
      if (!fs::exists(path) || (only && folder.path().filename() != only)) continue;
      const auto text = text_of(path);
      const auto original = Config::parse(text, path.string());
      std::map<std::string, int> missing;
      missing_layers(original, missing);
      if (!missing.empty()) continue;
      ModelRef model;
      try {
        backend::clear_session();
        model = models::model_from_json(text);
      } catch (const Error& error) {
        std::cerr << "unreadable " << producer << "/" << folder.path().filename().string() << ": " << error.what()
                  << "\n";
        ++unreadable;
        continue;
      }
      ++read;
      try {
        const auto written = Config::parse(model->to_json(), "to_json");
        EXPECT_EQ(first_difference(written, original), "") << producer << "/" << folder.path().filename();
      } catch (const Error& error) {
        ADD_FAILURE() << producer << "/" << folder.path().filename() << ": " << error.what();
      }
    }
  }
  std::cerr << read << " configs read and written, " << unreadable << " unreadable\n";
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace hornbeam
