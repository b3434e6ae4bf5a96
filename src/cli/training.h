// What the verbs that train and evaluate share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hornbeam/training.hpp"

namespace hornbeam::cli {

struct TrainingData {
  std::vector<std::string> x, y, sample_weight;
  std::int64_t batch_size = 32;
};
void add_data_options(CLI::App& verb, TrainingData& data);
Config to_config(const Logs& logs);
// On standard error.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace hornbeam::cli
