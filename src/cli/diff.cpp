// hornbeam diff A B: what two models, or two files of weights, differ in.
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verbs.h"
#include "cli/weights_in.h"
#include "hornbeam/comparison.hpp"
#include "keras/migration/array_comparison.h"

namespace hornbeam::cli {
namespace {

struct Options {
  std::string a, b, weights_a, weights_b;
  std::vector<std::string> inputs;
  CompareOptions compare;
  bool no_config = false, no_optimizer = false, json = false;
};

// Is it an optimizer's, in H5 files of either Keras or in a checkpoint of any root?
bool is_of_optimizer(const std::string& name) {
  for (const auto* start : {"optimizer/", "_optimizer/", "/optimizer/", "/_optimizer/", "/optimizer_weights/"}) {
    if (name.starts_with(start)) return true;
  }
  if (name.find("/.ATTRIBUTES/") == std::string::npos) return false;
  for (const auto* within : {"/optimizer/", "/_optimizer/", "/.OPTIMIZER_SLOT/"}) {
    if (name.find(within) != std::string::npos) return true;
  }
  return false;
}

// What both files of weights hold, by name.
ModelComparison compare_weights(const Options& o, const std::map<std::string, Tensor>& a,
                                const std::map<std::string, Tensor>& b) {
  ModelComparison result;
  result.tolerance = o.compare.tolerance;
  const auto compare = [&](const char* part, bool of_optimizer) {
    std::vector<Tensor> of_a, of_b;
    std::vector<std::string> names;
    for (const auto& [name, array] : a) {
      if (is_of_optimizer(name) != of_optimizer) continue;
      const auto other = b.find(name);
      if (other == b.end()) {
        result.config.push_back(name + ": only in " + o.a);
      } else {
        of_a.push_back(array);
        of_b.push_back(other->second);
        names.push_back(name);
      }
    }
    for (const auto& [name, array] : b) {
      if (is_of_optimizer(name) == of_optimizer && !a.contains(name))
        result.config.push_back(name + ": only in " + o.b);
    }
    if (!names.empty()) result.arrays.push_back(compare_arrays(part, of_a, of_b, names, kStored));
  };
  compare("weights", false);
  if (!o.no_optimizer) compare("optimizer", true);
  return result;
}

ModelComparison compare_models(Options& o) {
  LoadReport unused;
  const auto a = open_model(o.a, o.weights_a, unused), b = open_model(o.b, o.weights_b, unused);
  o.compare.config = !o.no_config;
  o.compare.optimizer = !o.no_optimizer;
  o.compare.weights = !has_fresh_weights(*a, o.a, o.weights_a) && !has_fresh_weights(*b, o.b, o.weights_b);
  if (!o.compare.weights && o.compare.run) {
    throw ValueError("--run goes with models that have weights: give a JSON config's");
  }
  if (!o.compare.weights) o.compare.optimizer = false;
  o.compare.x = read_inputs("--input", o.inputs);
  auto found = models::compare(a, b, o.compare);
  if (!o.compare.weights) {
    const bool first = has_fresh_weights(*a, o.a, o.weights_a);
    found.left_out.push_back("weights and optimizer: " + (first ? o.a : o.b) + " is a config without weights");
  }
  return found;
}

void diff(Options& o) {
  const auto weights_a = weights_in(o.a), weights_b = weights_in(o.b);
  if (weights_a && weights_b && (o.compare.run || o.no_config || !o.weights_a.empty() || !o.weights_b.empty())) {
    throw ValueError("--run, --no-config, --weights-a and --weights-b go with models: " + o.a + " and " + o.b +
                     " hold weights alone");
  }
  if (weights_a.has_value() != weights_b.has_value()) {
    const auto& weights = weights_a ? o.a : o.b;
    throw ValueError(weights + " holds weights alone and " + (weights_a ? o.b : o.a) +
                     " a model: give the config of the model that these are of, and " +
                     (weights_a ? "--weights-a " : "--weights-b ") + weights);
  }
  const auto found = weights_a ? compare_weights(o, *weights_a, *weights_b) : compare_models(o);
  std::cout << (o.json ? found.to_config().dump() + "\n" : found.to_string());
  if (found.equal()) return;
  const std::string both = o.a + ", " + o.b;
  if (!found.differs()) throw ValueError("not all could be compared: " + both);
  throw Differ((weights_a ? "the weights differ: " : "the models differ: ") + both);
}

}  // namespace

void add_diff(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "diff",
      "What two models differ in: config, weights, optimizer, and what they make of the same data; or two files of "
      "weights, by name. Exit code 1 when they differ, 2 on errors");
  constexpr const char* kHelp =
      "an H5 file, .keras archive or SavedModel folder of a whole model, or a JSON config; or weights alone: H5, a "
      "checkpoint or .npz";
  verb->add_option("A", o->a, kHelp)->required();
  verb->add_option("B", o->b, kHelp)->required();
  verb->add_option("--weights-a", o->weights_a,
                   "weights for an A that is a JSON config: H5, a .keras archive or a checkpoint");
  verb->add_option("--weights-b", o->weights_b, "weights for such a B");
  verb->add_option("--tolerance", o->compare.tolerance, "how far apart, in units of an array's largest element")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--run", o->compare.run, "also predictions and gradients");
  add_arrays(*verb, "--input", o->inputs, "[NAME=]x.npy to run on; default: made-up numbers")->needs("--run");
  verb->add_flag("--no-config", o->no_config, "configs may differ");
  verb->add_flag("--no-optimizer", o->no_optimizer, "optimizers may differ");
  add_json(*verb, o->json);
  verb->callback([o] { diff(*o); });
}

}  // namespace hornbeam::cli
