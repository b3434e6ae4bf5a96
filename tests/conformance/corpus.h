// The corpus of files made by real Keras: its folders, and one case's arrays.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/values.hpp"

namespace conformance {

namespace fs = std::filesystem;

struct Case {
  fs::path folder;
  std::string producer, name;
  hornbeam::Config description;  // case.json

  bool has_file(const std::string& relative) const { return fs::exists(folder / relative); }
  std::string text(const std::string& relative) const;
  // Its whole model's file (or folder) as "h5", "keras_v3" or "saved_model", whether there is one or not.
  std::string model_file(const std::string& format) const;
  double rtol() const;
  double atol() const;
  bool has_arrays() const;          // inputs and outputs of one model
  hornbeam::Values inputs() const;  // in the case's structure
  std::vector<std::pair<std::string, hornbeam::Tensor>> outputs() const;
  const std::string& output_dtype(std::size_t i) const;  // bfloat16 outputs are stored widened to float32
};

// Is it of the fixed tenth, chosen by the hash of the name, that fast runs take?
bool in_tenth(const Case& c);

// Producers and their cases in order of name.
std::vector<Case> read_corpus(const fs::path& root);

}  // namespace conformance
