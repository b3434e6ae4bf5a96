// hornbeam convert IN OUT --format h5|keras|saved_model|weights-h5|checkpoint|json|npz
#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "base/writable.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/npy.hpp"

namespace hornbeam::cli {
namespace {

constexpr const char* kFormats[] = {"h5", "keras", "saved_model", "weights-h5", "checkpoint", "json", "npz"};

struct Options {
  std::string in, weights, out, format, target;
  bool no_optimizer = false, no_date = false, json = false;
};

bool is_whole_model(const std::string& format) {
  return format == "h5" || format == "keras" || format == "saved_model";
}

// Other programs, this one too, would take such a file for another kind.
void check_name(const Options& o) {
  if (o.format != "h5" && o.format != "weights-h5") return;
  for (const auto* suffix : {".json", ".npy", ".npz"}) {
    if (!o.out.ends_with(suffix)) continue;
    throw ValueError("--format " + o.format + " writes HDF5, whose name ends in .h5. Received: " + o.out);
  }
}

// What was written; null where there is nothing to tell.
Config write(const Model& model, const Options& o) {
  SaveReport report;
  if (is_whole_model(o.format)) {
    models::save_model(model, o.out,
                       {.include_optimizer = !o.no_optimizer,
                        .save_format = o.format == "saved_model" ? "tf" : o.format,
                        .date = !o.no_date,
                        .target = o.target,
                        .report = &report});
  } else if (o.format == "checkpoint") {
    models::save_weights(model, o.out, {.save_format = "tf", .target = o.target, .report = &report});
  } else if (o.format == "weights-h5") {
    models::save_weights(model, o.out, {.save_format = "h5", .target = o.target, .report = &report});
  } else if (o.format == "json") {
    base::replace_file(o.out, model.to_json(o.target));
    return {};
  } else {
    // 000, 001 ... in the order of get_weights.
    NamedTensors arrays;
    for (const auto& value : model.get_weights()) arrays.emplace_back(fmt::format("{:03}", arrays.size()), value);
    save_npz(o.out, arrays);
    return {};
  }
  if (!o.json) {
    for (const auto& line : report.dropped) fmt::print(stderr, "not written: {}\n", line);
    for (const auto& line : report.converted) fmt::print(stderr, "converted: {}\n", line);
  }
  return report.to_config();
}

}  // namespace

void add_convert(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("convert", "Writes a model, its weights or its config in another format");
  verb->add_option("IN", o->in, "a whole model (an H5 file, a .keras archive, a SavedModel folder), or a JSON config")
      ->required();
  verb->add_option("OUT", o->out,
                   "the file, folder (saved_model) or prefix (checkpoint) to write; missing folders are made")
      ->required();
  verb->add_option("--format", o->format,
                   "h5, keras (a .keras archive), saved_model, weights-h5, checkpoint, json or npz")
      ->required();
  add_weights(*verb, o->weights);
  add_no_optimizer(*verb, o->no_optimizer);
  add_no_date(*verb, o->no_date);
  add_target(*verb, o->target);
  add_json(*verb, o->json);
  verb->callback([o] {
    if (std::ranges::find(kFormats, o->format) == std::end(kFormats)) {
      throw NotImplementedError(
          "writing format '" + o->format +
          "' is not yet supported; there are h5, keras, saved_model, weights-h5, checkpoint, json and npz");
    }
    const bool folder = o->format == "saved_model";
    const bool weights_alone = o->format == "weights-h5" || o->format == "checkpoint";
    if (o->no_optimizer && !weights_alone && !is_whole_model(o->format)) {
      throw ValueError("--no-optimizer goes with --format h5, keras, saved_model, weights-h5 and checkpoint");
    }
    check_name(*o);
    const auto file = o->format == "checkpoint" ? formats::tensor_bundle::index_path(o->out) : o->out;
    folder ? base::check_can_fill(o->out) : base::check_can_write(file);
    LoadReport report;
    const auto model = open_model(o->in, o->weights, report, !(weights_alone && o->no_optimizer));
    check_archive(o->format, o->target.empty() ? model->target() : o->target);
    if (!o->json && o->format != "json" && has_fresh_weights(*model, o->in, o->weights)) {
      print_warnings({o->in + " holds no weights: fresh ones are written. --weights FILE gives others."});
    }
    base::make_folder_of(o->out);
    const auto saved = write(*model, *o);
    if (!o->json) return;
    Config told{{"written", o->out}, {"report", report.to_config()}};
    if (!saved.is_null()) told.set("save_report", saved);
    std::cout << told.dump() << "\n";
  });
}

}  // namespace hornbeam::cli
