// hornbeam migrate IN OUT --target T
#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "base/writable.h"
#include "cli/naming.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "cli/weights_in.h"
#include "hornbeam/migration.hpp"

namespace hornbeam::cli {
namespace {

struct Options {
  std::string in, out;
  std::vector<std::string> check, labels;
  MigrateOptions migrate;
  bool no_optimizer = false, no_date = false, no_proof = false, json = false;
};

// Why what was read is not what would be written, or cannot be shown to be.
std::string refusal(const MigrationReport& report) {
  const auto& proof = *report.proof;
  if (!proof.differs()) return "the data that is given does not fit the model, and proves nothing";
  const auto apart = [&](const auto& part) { return !part.within(proof.tolerance); };
  if (proof.config.empty() && std::ranges::none_of(proof.arrays, apart)) {
    return "what would be written cannot do all that was read could";
  }
  std::string text = "what would be written is not what was read, beyond the tolerance (--tolerance moves it)";
  const auto of_optimizer = [](const auto& line) { return line.starts_with("optimizer"); };
  if (std::ranges::any_of(report.saved.dropped, of_optimizer)) {
    text += "; not all of the optimizer is carried (--no-optimizer leaves it out)";
  }
  return text;
}

void migrate(const Options& o) {
  check_archive(o.migrate.save_format, o.migrate.target);
  auto options = o.migrate;
  options.include_optimizer = !o.no_optimizer;
  options.date = !o.no_date;
  options.prove = !o.no_proof;
  options.proof.x = read_inputs("--check", o.check);
  options.proof.y = read_inputs("--check-y", o.labels);
  if (const auto prefix = checkpoint_at(o.migrate.weights); !prefix.empty()) options.weights = prefix;
  const auto report = models::migrate(o.in, o.out, options);
  if (o.json) {
    std::cout << report.to_config().dump() << "\n";
  } else {
    fmt::print("{} ({}) -> {} ({}, for {})\n{}", o.in, report.loaded.format, o.out, report.saved.format,
               report.saved.target, report.to_string());
  }
  if (report.written) return;
  if (report.proof->equal_but_unproved()) {
    throw ValueError(
        "for a reason that lies in the model read it could not be proved that it is what would be written, "
        "so nothing is written: " +
        o.out + ". --check and --check-y give data that it may be proved with, --unproved writes it all the same");
  }
  throw ValueError(refusal(report) + ", so nothing is written: " + o.out + ". --no-proof writes it as it is");
}

}  // namespace

void add_migrate(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb =
      app.add_subcommand("migrate",
                         "Brings a model to another Keras and kind of file, and proves that it is the same: both "
                         "are loaded, run, differentiated and trained a step. Where they differ nothing is written, "
                         "and the exit code is 1");
  verb->add_option("IN", o->in, "a model: H5 file, .keras archive, SavedModel folder, or JSON config with --weights")
      ->required();
  verb->add_option("OUT", o->out, "the file or folder to write; its name tells the kind")->required();
  add_target(*verb, o->migrate.target);
  verb->add_option(
          "--format", o->migrate.save_format,
          "h5, tf (a SavedModel), keras, or checkpoint (OUT.json and a checkpoint OUT); default: by OUT's name")
      ->check(CLI::IsMember({"h5", "tf", "keras", "checkpoint"}));
  verb->add_option("--weights", o->migrate.weights,
                   "weights for an IN that is a JSON config: H5, a .keras archive or a checkpoint");
  add_arrays(*verb, "--check", o->check, "[NAME=]x.npy to prove it with; default: made-up numbers");
  add_arrays(*verb, "--check-y", o->labels, "[NAME=]y.npy, labels for the step of training");
  verb->add_option("--tolerance", o->migrate.proof.tolerance, "how far apart, in units of an array's largest element")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--unproved", o->migrate.unproved,
                 "also write what cannot be proved since the model read cannot predict either, say");
  verb->add_flag("--no-proof", o->no_proof, "only write");
  add_no_optimizer(*verb, o->no_optimizer);
  add_no_date(*verb, o->no_date);
  add_json(*verb, o->json);
  verb->callback([o] { migrate(*o); });
}

}  // namespace hornbeam::cli
