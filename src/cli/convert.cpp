// hornbeam convert IN OUT --format h5|weights-h5|json|npz
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "cli/verbs.h"
#include "hornbeam/npy.hpp"

namespace hornbeam::cli {
namespace {

struct Options {
  std::string in, weights, out, format, target;
  bool json = false;
};

// What was written; null where there is nothing to tell.
Config write(const Model& model, const Options& o) {
  SaveReport report;
  if (o.format == "h5") {
    models::save_model(model, o.out, {.save_format = "h5", .target = o.target, .report = &report});
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
  verb->add_option("IN", o->in)->required();
  verb->add_option("OUT", o->out)->required();
  verb->add_option("--format", o->format, "h5, weights-h5, json or npz")->required();
  verb->add_option("--weights", o->weights, "of a model that is a JSON config: its weights");
  verb->add_option("--target", o->target, "tf2.2, tf2.15 or keras3: who shall open it; default: the model's own");
  verb->add_flag("--json", o->json, "say what was read and written as JSON");
  verb->callback([o] {
    if (o->format != "h5" && o->format != "weights-h5" && o->format != "json" && o->format != "npz") {
      throw NotImplementedError("writing format '" + o->format +
                                "' is not yet supported; there are h5, weights-h5, json and npz");
    }
    LoadReport report;
    const auto model = open_model(o->in, o->weights, report);
    const auto saved = write(*model, *o);
    if (!o->json) return;
    Config told{{"written", o->out}, {"report", report.to_config()}};
    if (!saved.is_null()) told.set("save_report", saved);
    std::cout << told.dump() << "\n";
  });
}

}  // namespace hornbeam::cli
