// The verbs of the command-line tool: one file each. A verb adds its options and what runs when it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam::cli {

void add_summary(CLI::App& app);
void add_inspect(CLI::App& app);
void add_predict(CLI::App& app);
void add_convert(CLI::App& app);
void add_bench(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_fit(CLI::App& app);

// A whole model, or (with `weights`) a JSON config and its weights file.
ModelRef open_model(const std::string& path, const std::string& weights, LoadReport& report);
// "x.npy" or "name=x.npy" arguments as the model's inputs: by position, or by name where all are named.
Values read_inputs(const std::vector<std::string>& arguments);

}  // namespace hornbeam::cli
