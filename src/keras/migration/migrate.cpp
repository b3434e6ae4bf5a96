// models::migrate.
#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "base/writable.h"
#include "formats/file_kind.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/migration.hpp"
#include "keras/migration/staged_output.h"
#include "keras/saving/check_save.h"
#include "keras/saving/config_and_weights.h"

namespace hornbeam {
namespace {

constexpr const char* kCheckpoint = "checkpoint";

ModelRef open(const std::string& path, const std::string& weights, const MigrateOptions& options, LoadReport* report) {
  const LoadOptions loading{.custom_objects = options.custom_objects, .report = report};
  if (!formats::is_json_file(path)) {
    if (!weights.empty()) throw ValueError("weights go with a model's JSON config; " + path + " holds its own");
    return models::load_model(path, loading);
  }
  if (weights.empty())
    throw ValueError(path + " is a config without weights: there is nothing to migrate but it. Give the weights, too");
  auto model = models::model_from_config(Config::parse(base::read_file(path), path), loading);
  load_weights_of_config(*model, weights, {.report = report});
  return model;
}

SaveOptions saving(const MigrateOptions& o, SaveReport* report) {
  return {.overwrite = o.overwrite,
          .include_optimizer = o.include_optimizer,
          .save_format = o.save_format,
          .date = o.date,
          .target = o.target,
          .report = report};
}

base::IfExists if_exists(const MigrateOptions& o) {
  return o.overwrite ? base::IfExists::replace : base::IfExists::refuse;
}

void check_has_checkpoints(const std::string& target) {
  if (target_named(target) != Target::keras3) return;
  throw ValueError(
      "Keras 3 does not save a model's weights as a checkpoint: save_format=\"checkpoint\" goes with the targets tf2.2 "
      "and tf2.15. For keras3 save a .keras archive or H5");
}

void check_can_write_checkpoint(const std::string& out, base::IfExists if_exists) {
  base::check_can_write(out + ".json", if_exists);
  base::check_can_write(formats::tensor_bundle::index_path(out), if_exists);
}

void write(const ModelRef& model, const std::string& out, const MigrateOptions& o, SaveReport* report) {
  if (o.save_format != kCheckpoint) return models::save_model(*model, out, saving(o, report));
  check_has_checkpoints(o.target.empty() ? model->target() : o.target);
  const auto config = model->to_json(o.target);  // before anything is written
  if (report && model->is_compiled()) {
    report->dropped.push_back("training_config: a config and a checkpoint do not say how the model is compiled");
  }
  check_can_write_checkpoint(out, if_exists(o));
  models::save_weights(*model, out,
                       {.overwrite = o.overwrite, .save_format = "tf", .target = o.target, .report = report});
  base::AtomicFile file(out + ".json", if_exists(o));
  file.write(config);
  file.commit();
}

ModelComparison proof_of(const ModelRef& model, const std::string& out, const std::string& target,
                         const MigrateOptions& options) {
  const CustomObjectScope scope(options.custom_objects);  // losses and metrics by name
  const bool checkpoint = options.save_format == kCheckpoint;
  const auto again = [&] {
    try {
      return open(checkpoint ? out + ".json" : out, checkpoint ? out : "", options, nullptr);
    } catch (const Error& error) {
      throw RuntimeError("what is written for " + target + " cannot be read again, and is not kept. " + error.report());
    }
  }();
  auto comparing = options.proof;
  // A config does not say how the model was compiled, and who asked for no optimizer gets none.
  if (checkpoint || !options.include_optimizer) comparing.optimizer = false;
  return models::compare(model, again, comparing);
}

}  // namespace

MigrationReport models::migrate(const std::string& in, const std::string& out, const MigrateOptions& options) {
  MigrationReport report;
  const auto model = open(in, options.weights, options, &report.loaded);
  if (!options.prove) {
    write(model, out, options, &report.saved);
    report.written = true;
    return report;
  }
  const bool checkpoint = options.save_format == kCheckpoint;
  if (checkpoint) {
    check_has_checkpoints(options.target.empty() ? model->target() : options.target);
    check_can_write_checkpoint(out, if_exists(options));
  } else {
    check_can_save(*model, out, saving(options, nullptr));
  }
  StagedOutput staged(out, if_exists(options));
  write(model, staged.path(), options, &report.saved);
  report.saved.path = out;
  report.proof = proof_of(model, staged.path(), report.saved.target, options);
  report.written = options.unproved ? report.proof->equal_but_unproved() : report.proof->equal();
  if (report.written) checkpoint ? staged.publish_checkpoint() : staged.publish();
  return report;
}

Config MigrationReport::to_config() const {
  Config config{{"written", written}, {"report", loaded.to_config()}, {"save_report", saved.to_config()}};
  config.set("proof", proof ? proof->to_config() : Config());
  return config;
}

std::string MigrationReport::to_string() const {
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& lines) {
    for (const auto& line : lines) text += std::string(what) + ": " + line + "\n";
  };
  add("not in the file", loaded.missing);
  add("not taken from the file", loaded.unused);
  add("does not fit", loaded.mismatched);
  add("converted in loading", loaded.converted);
  add("converted", saved.converted);
  add("not carried", saved.dropped);
  add("note", loaded.notes);
  return proof ? text + proof->to_string() : text;
}

}  // namespace hornbeam
