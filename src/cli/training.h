// What the verbs that train and evaluate share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hornbeam/csv.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam::cli {

struct TrainingData {
  std::vector<std::string> x, y, sample_weight;  // files; with csv, columns
  std::string csv, separator = ",";
  bool stream = false;
  std::int64_t batch_size = 32;
  std::string files() const;  // for errors
};
void add_data_options(CLI::App& verb, TrainingData& data);
// The --y of `verb`. Throws ValueError when it is forgotten: when the model has a compiled loss.
Values read_targets(const Model& model, const std::vector<std::string>& y, const std::string& verb);
// What the options name, in memory. Throws as read_targets and load_csv.
Batch read_data(const Model& model, const TrainingData& data, const std::string& verb);
// The lines of --csv, batch by batch. Throws as read_targets and csv_dataset.
Dataset stream_data(const Model& model, const TrainingData& data, const std::string& verb);
// Throws RequiredError when there is neither --x nor --csv.
void check_data_options(const TrainingData& data);
Config to_config(const Logs& logs);
// "0.25", or of an array "[0.25, 0.5]": six digits of each number.
std::string short_text(const Result& result);

}  // namespace hornbeam::cli
