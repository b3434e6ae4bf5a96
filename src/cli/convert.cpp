// hornbeam convert IN OUT --format json|npz
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "base/atomic_file.h"
#include "cli/verbs.h"
#include "hornbeam/npy.hpp"

namespace hornbeam::cli {

void add_convert(CLI::App& app) {
  struct Options {
    std::string in, out, format, target;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("convert", "Writes a model's config as JSON or its weights as npz");
  verb->add_option("IN", o->in)->required();
  verb->add_option("OUT", o->out)->required();
  verb->add_option("--format", o->format, "json or npz")->required();
  verb->add_option("--target", o->target, "tf2.2, tf2.15 or keras3: whose JSON; default: the model's own");
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    if (o->format != "json" && o->format != "npz") {
      throw NotImplementedError("writing format '" + o->format + "' is not yet supported; there are json and npz");
    }
    LoadReport report;
    const auto model = open_model(o->in, "", report);
    if (o->format == "json") {
      base::replace_file(o->out, model->to_json(o->target));
    } else {
      // 000, 001 ... in the order of get_weights.
      NamedTensors arrays;
      for (const auto& value : model->get_weights()) arrays.emplace_back(fmt::format("{:03}", arrays.size()), value);
      save_npz(o->out, arrays);
    }
    if (o->json) std::cout << Config{{"written", o->out}, {"report", report.to_config()}}.dump() << "\n";
  });
}

}  // namespace hornbeam::cli
