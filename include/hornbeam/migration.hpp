// Moving a model from one Keras to another, from one kind of file to another, with proof that nothing changed.
//
//   const auto report = hb::models::migrate("old.h5", "new_folder", {.target = "tf2.15", .save_format = "tf"});
//   if (!report.written) std::cerr << report.to_string();
//
// Thread-safety: as models::load_model; the proof calls utils::set_random_seed.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/comparison.hpp"
#include "hornbeam/saving.hpp"

namespace hornbeam {

struct MigrateOptions {
  std::string target = "";  // "tf2.2", "tf2.15", "keras3"; default: the model's own
  // As SaveOptions::save_format; "checkpoint": OUT.json, the config, and a checkpoint of the prefix OUT.
  std::string save_format = "";
  std::string weights = "";  // of an input that is a JSON config: H5 weights or a checkpoint
  bool include_optimizer = true;
  bool date = true;       // as SaveOptions::date
  bool overwrite = true;  // as SaveOptions::overwrite; of a checkpoint OUT.index and OUT.json
  CustomObjects custom_objects = {};
  // The proof: both files are loaded and compared.
  bool prove = true;
  // Also write what could not be proved for a reason that lies in the source: predictions that neither it nor what is
  // written can make.
  bool unproved = false;
  CompareOptions proof = {.config = false, .run = true, .train = true};
};

struct MigrationReport {
  LoadReport loaded;
  SaveReport saved;                      // what was converted, and what the target cannot hold and is left out
  std::optional<ModelComparison> proof;  // empty without MigrateOptions::prove
  bool written = false;
  Config to_config() const;
  std::string to_string() const;
};

namespace models {

// Throws as load_model and save_model: what the target cannot hold (a layer that Keras has not) is an error before
// anything is written. A proof that fails is no error: report.proof tells, report.written is false, and what was there
// under `out` stays. Until it is proved it lies in a folder beside `out`. A file or folder gets there whole or not at
// all; of a checkpoint each of its files, the config last.
MigrationReport migrate(const std::string& in, const std::string& out, const MigrateOptions& options = {});

}  // namespace models
}  // namespace hornbeam
