// What `hornbeam bench` measures.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam::cli {

struct BenchOptions {
  std::string model;
  std::vector<std::string> x, y;  // arrays to predict or train on; empty: random ones
  std::string save;
  std::int64_t batch_size = 1;
  int runs = 30;
  bool train = false, profile = false, json = false;
};

double now_ms();
// The median and the least of some times, as PREFIXmedian_ms and PREFIXmin_ms.
void add_times(Config& result, std::vector<double> times, const std::string& prefix = "");

std::int64_t rows_of(const Values& arrays);
// Throws ValueError when there are fewer; `name` says of what.
Values first_rows(const std::string& name, const Values& arrays, std::int64_t rows);

// Times steps of fit on the compiled model. What it found goes to `result`.
void bench_training(Model& model, const BenchOptions& options, Config& result);
// Times saving to `options.save`, and a plain write and fsync of the same bytes beside it.
void bench_saving(const Model& model, const BenchOptions& options, Config& result);

}  // namespace hornbeam::cli
