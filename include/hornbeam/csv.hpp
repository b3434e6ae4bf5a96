// CSV files of numbers: as arrays, or batch by batch as fit, evaluate and predict want them.
//
//   model->fit(csv_dataset("train.csv", {.y = {"price"}, .batch_size = 64}), {.epochs = 3});
//   const Batch all = load_csv("test.csv", {.y = {"price"}});
//   model->evaluate(all.x, all.y);
//
// What tf.data.experimental.make_csv_dataset, pandas.read_csv and np.loadtxt are beside Keras. Lines, quotes and
// numbers: src/formats/csv/SPEC.md. Free functions without shared state; a dataset opens the file anew for each pass.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/dataset.hpp"

namespace hornbeam {

// Columns by their names in the header, or by their places, "0", "1", ..., where there is none. Each array has a row
// for each line, and a column for each of its columns; sample weights have the shape (lines,). They are of floatx(); at
// most float64.
struct CSVOptions {
  std::vector<std::string> x = {};  // none: all that nothing else is made of
  std::vector<std::string> y = {};
  std::string sample_weight = {};
  // In place of x and y: arrays by the names of the model's inputs and outputs.
  std::map<std::string, std::vector<std::string>> inputs = {}, outputs = {};
  std::int64_t batch_size = 32;  // of csv_dataset
  char separator = ',';
  // Does the first line name the columns? None: it does if one of its fields is no number.
  std::optional<bool> header = {};
};

// In the order of the file, so many lines at a time: none are kept. Throws OSError when the file cannot be opened;
// FormatError, with file and line, for a field of a chosen column that is no number (an empty one, a word but nan and
// inf) or too great for the dtype, lines with more or fewer fields than the first, a file without lines; ValueError for
// a column that is not there, or twice, and a batch_size below 1. What is wrong in a later line is thrown by the pass
// that comes to it.
Dataset csv_dataset(const std::string& path, const CSVOptions& options = {});
// All lines at once. Throws as csv_dataset.
Batch load_csv(const std::string& path, const CSVOptions& options = {});

}  // namespace hornbeam
