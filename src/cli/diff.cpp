// hornbeam diff A B: what two models differ in.
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verbs.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/comparison.hpp"

namespace hornbeam::cli {
namespace {

struct Options {
  std::string a, b, weights_a, weights_b;
  std::vector<std::string> inputs;
  CompareOptions compare;
  bool no_config = false, no_optimizer = false, json = false;
};

void diff(Options& o) {
  LoadReport unused;
  const auto a = open_model(o.a, o.weights_a, unused), b = open_model(o.b, o.weights_b, unused);
  o.compare.config = !o.no_config;
  o.compare.optimizer = !o.no_optimizer;
  o.compare.weights = !has_fresh_weights(*a, o.a, o.weights_a) && !has_fresh_weights(*b, o.b, o.weights_b);
  if (!o.compare.weights) {
    if (o.compare.run) throw ValueError("--run goes with models that have weights: give a JSON config's");
    o.compare.optimizer = false;
  }
  o.compare.x = read_inputs("--input", o.inputs);
  const auto found = models::compare(a, b, o.compare);
  std::cout << (o.json ? found.to_config().dump() + "\n" : found.to_string());
  if (found.equal()) return;
  if (found.equal_but_unproved()) throw ValueError("not all could be compared: " + o.a + ", " + o.b);
  throw ValueError("the models differ: " + o.a + ", " + o.b);
}

}  // namespace

void add_diff(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "diff",
      "What two models differ in: config, weights, optimizer, and what they make of the same data. Exit code 1 "
      "when they differ (`ckpt diff` is for two checkpoints)");
  constexpr const char* kHelp = "an H5 file, .keras archive or SavedModel folder of a whole model, or a JSON config";
  verb->add_option("A", o->a, kHelp)->required();
  verb->add_option("B", o->b, kHelp)->required();
  verb->add_option("--weights-a", o->weights_a,
                   "weights for an A that is a JSON config: H5, a .keras archive or a checkpoint");
  verb->add_option("--weights-b", o->weights_b, "weights for such a B");
  verb->add_option("--tolerance", o->compare.tolerance, "how far apart, in units of an array's largest element")
      ->capture_default_str();
  verb->add_flag("--run", o->compare.run, "also predictions and gradients");
  add_arrays(*verb, "--input", o->inputs, "[NAME=]x.npy to run on; default: made-up numbers")->needs("--run");
  verb->add_flag("--no-config", o->no_config, "configs may differ");
  verb->add_flag("--no-optimizer", o->no_optimizer, "optimizers may differ");
  add_json(*verb, o->json);
  verb->callback([o] { diff(*o); });
}

}  // namespace hornbeam::cli
