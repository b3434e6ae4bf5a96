// The corpus of files made by real Keras: its folders, and one case's arrays.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/target.hpp"
#include "hornbeam/values.hpp"

namespace conformance {

namespace fs = std::filesystem;

struct Case {
  fs::path folder;
  std::string producer, name;
  hornbeam::Config description;  // case.json
  // What was asked for by path() and text(). Copies of a case share it.
  std::shared_ptr<std::set<std::string>> opened = std::make_shared<std::set<std::string>>();

  bool has_file(const std::string& relative) const { return fs::exists(folder / relative); }
  hornbeam::Target target() const;  // the Keras that made it; tf-keras is of 2.15
  // Of a file, a folder or a checkpoint's prefix that is about to be opened.
  std::string path(const std::string& relative) const;
  std::string text(const std::string& relative) const;
  // Where its whole model is stored (file or folder) as "h5", "keras_v3" or "saved_model", whether there is one or not.
  std::string model_file(const std::string& format) const;
  // The array in a file that case.json names, an .npy or nested lists in JSON.
  hornbeam::Tensor array(const std::string& relative) const;
  double rtol() const;
  double atol() const;
  bool has_arrays() const;          // inputs and outputs of one model
  hornbeam::Values inputs() const;  // in the case's structure
  std::vector<std::pair<std::string, hornbeam::Tensor>> outputs() const;
  const std::string& output_dtype(std::size_t i) const;  // bfloat16 outputs are stored widened to float32
};

// Files under the case's folder that nothing has opened, but for those that only describe the others.
std::vector<std::string> unopened(const Case& c);

// Is it of the fixed tenth, chosen by the hash of the name, that fast runs take?
bool in_tenth(const Case& c);

// Producers and their cases in order of name.
std::vector<Case> read_corpus(const fs::path& root);

}  // namespace conformance
