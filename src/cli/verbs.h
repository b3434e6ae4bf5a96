// The verbs of the command-line tool: one file each. A verb adds its options and what runs when it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam::cli {

// What the verbs that compare throw when two things differ: exit code 1, where they have 2 for all other errors.
class Differ : public ValueError {
  using ValueError::ValueError;
};

void add_summary(CLI::App& app);
void add_inspect(CLI::App& app);
void add_predict(CLI::App& app);
void add_convert(CLI::App& app);
void add_ckpt(CLI::App& app);
void add_bench(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_fit(CLI::App& app);
void add_migrate(CLI::App& app);
void add_diff(CLI::App& app);

// A whole model, or a JSON config and, unless `weights` is empty, its weights file. Errors name the file. Not
// `compile`: without its optimizer.
ModelRef open_model(const std::string& path, const std::string& weights, LoadReport& report, bool compile = true);
// JSON of to_json. Throws FormatError naming `source` when it is that of no object with a class_name.
Config parse_model_config(std::string_view json, const std::string& source);
// By its name or its bytes: JSON, a model's config alone.
bool is_config(const std::string& path);
// A whole compiled model. Throws RuntimeError in Keras's words when it is not compiled.
ModelRef open_compiled(const std::string& path, LoadReport& report);
// In tf.keras 2.2 "keras" is another word for H5, which nobody means who asks for an archive. Throws ValueError.
void check_archive(const std::string& format, const std::string& target);
// Was a model that was opened so given no weights but those of its initializers?
bool has_fresh_weights(const Model& model, const std::string& path, const std::string& weights);
// What `option` was given, "x.npy" or "name=x.npy", as the model's inputs or outputs: by position, or by name where all
// are named.
Values read_inputs(const std::string& option, const std::vector<std::string>& arguments);
// A line each, on standard error.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace hornbeam::cli
