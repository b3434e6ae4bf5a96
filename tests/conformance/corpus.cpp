#include "conformance/corpus.h"

#include <algorithm>
#include <cstdint>

#include "base/mapped_file.h"
#include "hornbeam/npy.hpp"
#include "support/fnv1a.h"

namespace conformance {

using hornbeam::Config;
using hornbeam::Tensor;
using hornbeam::Values;

hornbeam::Target Case::target() const {
  if (producer.starts_with("keras-3")) return hornbeam::Target::keras3;
  return producer.starts_with("tf-2.2") ? hornbeam::Target::tf22 : hornbeam::Target::tf215;
}

std::string Case::path(const std::string& relative) const {
  opened->insert(relative);
  return (folder / relative).string();
}

std::string Case::text(const std::string& relative) const { return hornbeam::base::read_file(path(relative)); }

std::string Case::model_file(const std::string& format) const {
  const char* path = format == "h5" ? "h5/model.h5" : format == "keras_v3" ? "keras_v3/model.keras" : "saved_model";
  return this->path(path);
}

Tensor Case::array(const std::string& relative) const {
  const auto file = path(relative);
  return file.ends_with(".json") ? hornbeam::load_json_tensor(file) : hornbeam::load_npy(file);
}

double Case::rtol() const { return description.at("tolerances").at("rtol").as_double(); }
double Case::atol() const { return description.at("tolerances").at("atol").as_double(); }

bool Case::has_arrays() const {
  const auto* in = description.find("inputs");
  const auto* out = description.find("outputs");
  return in && out && in->is_list() && out->is_list() && in->size() > 0 && out->size() > 0;
}

Values Case::inputs() const {
  Values::List list;
  Values::Dict dict;
  for (const auto& item : description.at("inputs").as_list()) {
    const auto tensor = array(item.at("file").as_string());
    list.emplace_back(tensor);
    dict.emplace(item.at("name").as_string(), tensor);
  }
  const auto structure = description.get_string("input_structure", "single");
  if (structure == "dict") return Values(std::move(dict));
  return structure == "single" ? list.at(0) : Values(std::move(list));
}

std::vector<std::pair<std::string, Tensor>> Case::outputs() const {
  std::vector<std::pair<std::string, Tensor>> result;
  for (const auto& item : description.at("outputs").as_list()) {
    result.emplace_back(item.at("name").as_string(), array(item.at("file").as_string()));
  }
  return result;
}

const std::string& Case::output_dtype(std::size_t i) const {
  return description.at("outputs").at(i).at("dtype").as_string();
}

std::vector<std::string> unopened(const Case& c) {
  // Names, shapes and counts of ops that TensorFlow's graphs have; a fingerprint is TensorFlow's of the graph.
  static const std::set<std::string> describe{"weights_order.json", "ops.json", "ops_export.json"};
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(c.folder)) {
    const auto file = fs::relative(entry.path(), c.folder).string();
    if (entry.is_directory() || describe.contains(file)) continue;
    // "ckpt/weights" is the prefix of "ckpt/weights.index", a folder is opened with all in it.
    const auto covers = [&file](const std::string& what) {
      return file.starts_with(what) &&
             (file.size() == what.size() || file[what.size()] == '/' || file[what.size()] == '.');
    };
    if (std::ranges::none_of(*c.opened, covers)) left.push_back(file);
  }
  std::sort(left.begin(), left.end());
  return left;
}

bool in_tenth(const Case& c) { return hornbeam::testing_support::fnv1a(c.name) % 10 == 0; }

std::vector<Case> read_corpus(const fs::path& root) {
  std::vector<Case> cases;
  for (const auto& producer : fs::directory_iterator(root)) {
    if (!producer.is_directory()) continue;
    for (const auto& entry : fs::directory_iterator(producer)) {
      if (!fs::exists(entry.path() / "case.json")) continue;
      Case c{entry.path(), producer.path().filename(), entry.path().filename(), {}};
      c.description = Config::parse(c.text("case.json"), (entry.path() / "case.json").string());
      cases.push_back(std::move(c));
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return std::pair(a.producer, a.name) < std::pair(b.producer, b.name); });
  return cases;
}

}  // namespace conformance
