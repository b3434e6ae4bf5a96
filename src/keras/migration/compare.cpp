// compare: configs, weights and optimizers of two models; and what a comparison tells.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "hornbeam/comparison.hpp"
#include "hornbeam/training.hpp"
#include "keras/engine/names.h"
#include "keras/migration/array_comparison.h"
#include "keras/migration/compile_difference.h"
#include "keras/migration/config_difference.h"
#include "keras/migration/pairing.h"
#include "keras/migration/run_comparison.h"
#include "keras/saving/training_state.h"

namespace hornbeam {
namespace {

class Comparer {
 public:
  Comparer(const ModelRef& a, const ModelRef& b, const CompareOptions& options) : a_(a), b_(b), o_(options) {
    result_.tolerance = o_.tolerance;
  }

  ModelComparison run() {
    if (o_.config) attempt("config", [&] { compare_configs(); });
    if (o_.weights) attempt("weights", [&] { compare_weights(); });
    if (o_.config && a_->is_compiled() && b_->is_compiled()) {
      attempt("losses and metrics", [&] { compile_differences(*a_, *b_, result_.config); });
    }
    if (o_.optimizer) attempt("optimizer", [&] { compare_optimizers(); });
    if (o_.run || o_.train) attempt("predictions and training", [&] { compare_runs(a_, b_, o_, result_); });
    return std::move(result_);
  }

 private:
  template <class Work>
  void attempt(const std::string& part, Work work) {
    try {
      work();
    } catch (const Error& error) {
      result_.not_compared.push_back(part + ": " + error.what());
    }
  }

  void compare_weights() {
    const auto lookups_a = lookup_state(*a_), lookups_b = lookup_state(*b_);
    const auto pairs = paired(*a_, without_lookups(*a_, a_->weights()), *b_, without_lookups(*b_, b_->weights()));
    result_.arrays.push_back(compare_arrays("weights", values_of(pairs.a), values_of(pairs.b), pairs.names, kStored));
    if (lookups_a.arrays.empty() && lookups_b.arrays.empty()) return;
    const auto places = partners(lookups_a.names, lookups_b.names);
    result_.arrays.push_back(
        compare_arrays("lookups", lookups_a.arrays, arranged(lookups_b.arrays, places), lookups_a.names, kStored));
  }

  static bool has_compile_config(const Config& config) {
    const auto* compiled = config.find("compile_config");
    return compiled && compiled->is_dict() && compiled->size() > 0;
  }

  // In the first dialect that can say both.
  void compare_configs() {
    std::string problem;
    const std::vector<std::string> targets{a_->target(), b_->target(), "tf2.15", "keras3"};
    for (const auto& target : targets) {
      try {
        auto a = Config::parse(a_->to_json(target)), b = Config::parse(b_->to_json(target));
        // Of archives alone it stands in the config: compile_differences.
        if (!has_compile_config(a) || !has_compile_config(b) || (a_->is_compiled() && b_->is_compiled())) {
          for (auto* config : {&a, &b}) config->erase("compile_config");
        }
        config_differences(a, b, "", result_.config);
        return;
      } catch (const Error& error) {
        if (problem.empty()) problem = error.what();
      }
    }
    throw ValueError(problem);
  }

  // "adam", "adam_2"?
  static bool has_made_up_name(const Config& optimizer) {
    const auto* config = optimizer.find("config");
    if (!config || !config->is_dict()) return false;
    auto name = config->get_string("name", "");
    while (!name.empty() && (name.back() == '_' || (name.back() >= '0' && name.back() <= '9'))) name.pop_back();
    return name == to_snake_case(optimizer.get_string("class_name", "")) ||
           name == optimizer.get_string("class_name", "");
  }

  // Legacy optimizers keep it in float32: 2.2 tells it so, 2.15 as it was given.
  static void round_decay(Config& settings) {
    auto* decay = settings.find("decay");
    if (decay && decay->is_float()) *decay = static_cast<double>(static_cast<float>(decay->as_double()));
  }

  void compare_optimizers() {
    if (a_->is_compiled() != b_->is_compiled()) {
      result_.config.push_back(
          fmt::format("{} model is compiled", a_->is_compiled() ? "only the first" : "only the second"));
      return;
    }
    if (!a_->is_compiled()) return;
    const auto &first = a_->optimizer(), &second = b_->optimizer();
    const auto generation = second->generation();
    const auto as_second = first->generation() == generation ? first : converted_optimizer(*a_, generation);
    auto config_a = as_second->to_config(), config_b = second->to_config();
    if (has_made_up_name(config_a) && has_made_up_name(config_b)) {  // which counts what the process made before
      for (auto* config : {&config_a, &config_b}) config->find("config")->erase("name");
    }
    if (generation == OptimizerGeneration::legacy) {
      for (auto* config : {&config_a, &config_b}) round_decay(*config->find("config"));
    }
    config_differences(config_a, config_b, "optimizer", result_.config);
    const auto variables = as_second->variables();
    std::vector<std::string> names;
    for (const auto& variable : variables) names.push_back(variable->name());
    result_.arrays.push_back(
        compare_arrays("optimizer", values_of(variables), values_of(second->variables()), names, kStored));
  }

  const ModelRef &a_, &b_;
  const CompareOptions& o_;
  ModelComparison result_;
};

// JSON has no Infinity: null.
Config finite(double x) { return std::isfinite(x) ? Config(x) : Config(); }

}  // namespace

bool ModelComparison::differs() const {
  return !config.empty() || !not_compared.empty() ||
         !std::ranges::all_of(arrays, [&](const auto& part) { return part.within(tolerance); });
}

bool ModelComparison::equal_but_unproved() const { return unfit.empty() && !differs(); }

bool ModelComparison::equal() const { return unproved.empty() && equal_but_unproved(); }

Config ModelComparison::to_config() const {
  auto parts = Config::list();
  for (const auto& part : arrays) {
    parts.push_back(Config{{"part", part.part},
                           {"arrays", part.arrays},
                           {"max_difference", finite(part.max_difference)},
                           {"largest", part.largest},
                           {"relative", finite(part.relative)},
                           {"where", part.where},
                           {"within", part.within(tolerance)}});
  }
  return Config{{"equal", equal()},
                {"tolerance", tolerance},
                {"config", Config(config)},
                {"arrays", parts},
                {"not_compared", Config(not_compared)},
                {"unfit", Config(unfit)},
                {"left_out", Config(left_out)},
                {"unproved", Config(unproved)},
                {"explained", Config(explained)}};
}

std::string ModelComparison::to_string() const {
  std::string text;
  for (const auto& line : config) text += "differs: " + line + "\n";
  for (const auto& part : arrays) {
    text += fmt::format("{}: {} array{}, ", part.part, part.arrays, part.arrays == 1 ? "" : "s");
    if (part.max_difference == 0) {
      text += "equal\n";
    } else if (std::isinf(part.max_difference)) {
      text += fmt::format("TOO FAR [{}]\n", part.where);
    } else {
      text += fmt::format("at most {:.3g} apart where the largest element is {:.3g}{} [{}]\n", part.max_difference,
                          part.largest, part.within(tolerance) ? "" : ": TOO FAR", part.where);
    }
  }
  for (const auto& line : explained) text += "explained: " + line + "\n";
  for (const auto& line : not_compared) text += "NOT COMPARED: " + line + "\n";
  for (const auto& line : unfit) text += "NOT COMPARED: " + line + "\n";
  for (const auto& line : left_out) text += "not compared: " + line + "\n";
  for (const auto& line : unproved) text += "unproved: " + line + "\n";
  return text;
}

ModelComparison models::compare(const ModelRef& a, const ModelRef& b, const CompareOptions& options) {
  return Comparer(a, b, options).run();
}

}  // namespace hornbeam
