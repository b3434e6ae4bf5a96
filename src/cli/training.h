// What the verbs that train and evaluate share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam::cli {

struct TrainingData {
  std::vector<std::string> x, y, sample_weight;
  std::int64_t batch_size = 32;
  std::string files() const;  // for errors
};
void add_data_options(CLI::App& verb, TrainingData& data);
// The --y of `verb`. Throws ValueError when it is forgotten: when the model has a compiled loss.
Values read_targets(const Model& model, const std::vector<std::string>& y, const std::string& verb);
Config to_config(const Logs& logs);

}  // namespace hornbeam::cli
