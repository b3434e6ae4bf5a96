// One attempt on a file that may be hostile: load it, predict with what was loaded, and say how it ended.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/model.hpp"

namespace hornbeam::attacks {

struct Attempt {
  // "load_model", "saved_model", "load_weights", "checkpoint", "checkpoint+read" (also what the model has no place
  // for), "latest_checkpoint", "from_json", "from_json+predict"
  std::string how;
  std::string path;   // the file, folder or prefix under attack
  std::string model;  // JSON of the model that weights are loaded into
  Config x;           // what to predict with, as nested lists; null: zeros, when the model says what it takes
  Config y;           // what Keras predicted; null: not compared
};

struct Outcome {
  std::string status;  // "ok", "error", or "none": no checkpoint was found
  std::string message;
  std::vector<std::string> warnings;
  Config y;
  double worst = 0;     // biggest difference from Attempt::y
  bool leaked = false;  // a weight or an output is the number that only the canary file holds
  Config to_config() const;
};

// A hornbeam::Error is an outcome. What else is thrown is a finding.
Outcome attempt(const Attempt& attempt);

// Zeros of the model's input shapes, one row; unknown dims are `unknown`.
Values zeros_for(const Model& model, std::int64_t unknown = 4);
// Has the model at most so many numbers in weights, inputs and each layer's output? Then it is cheap to run.
bool is_small(const Model& model, std::int64_t most);

}  // namespace hornbeam::attacks
