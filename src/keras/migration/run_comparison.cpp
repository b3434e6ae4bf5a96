#include "keras/migration/run_comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/training.hpp"
#include "keras/migration/array_comparison.h"
#include "keras/migration/known_differences.h"
#include "keras/migration/pairing.h"
#include "keras/migration/sample_data.h"
#include "keras/migration/sample_inputs.h"
#include "keras/migration/training_step.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

// Roundings of half precision that an output, gradient or step may be off by: as many as add up on its way, there and
// back. That they are the reason is proved otherwise.
constexpr double kRoundings = 64;

// Some gradients are zero but for rounding errors, those of the numbers that cancel out (the bias of attention's keys):
// these are as large as other gradients of the model.
constexpr double kCancelled = 1e-2;

double largest_of(const std::vector<Tensor>& arrays) {
  return compare_arrays("", arrays, arrays, {}, kComputed).largest;
}

class RunComparer {
 public:
  RunComparer(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result)
      : a_(a), b_(b), o_(options), result_(result), half_(half_roundoff(*a, *b)) {}

  void run() {
    Values x;
    if (!known("predictions", [&] { x = o_.x.is_none() ? sample_inputs(*a_, o_.batch) : o_.x; })) return;
    if (!compare_predictions("predictions", x, predictions(x))) return;
    compare_wide_predictions();
    if (a_->trainable_weights().empty()) return;
    const bool compiled = a_->is_compiled() && b_->is_compiled();
    Values y;
    if (compiled && !known("gradients", [&] { y = labels(x); })) return;
    compare_gradients(x, y);
    if (o_.train && compiled) compare_steps(x, y);
  }

 private:
  using Arrays = std::vector<Tensor>;

  // What no model is asked for lies in the source.
  template <class Work>
  bool known(const std::string& part, Work work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      result_.unproved.push_back(part + ": " + error.what());
      return false;
    }
  }

  template <class Work>
  static std::string problem_of(Work work) {
    try {
      work();
      return "";
    } catch (const Error& error) {
      return std::string(error.kind()) + ": " + error.what();
    }
  }

  // Did both do it? If both cannot for the same reason, that is the source's, or that of data that was given; else they
  // differ.
  bool both(const std::string& part, const std::string& problem_a, const std::string& problem_b) {
    if (problem_a.empty() && problem_b.empty()) return true;
    const bool given = !o_.x.is_none() || !o_.y.is_none();
    if (problem_a == problem_b && given) {
      result_.unfit.push_back(part + ": neither can, of the data that is given: " + problem_a);
    } else if (problem_a == problem_b) {
      result_.unproved.push_back(part + ": neither can: " + problem_a);
    } else if (problem_a.empty() || problem_b.empty()) {
      result_.not_compared.push_back(fmt::format("{}: only the {} cannot: {}", part,
                                                 problem_a.empty() ? "second" : "first", problem_a + problem_b));
    } else {
      result_.not_compared.push_back(fmt::format("{}: neither can: {}; {}", part, problem_a, problem_b));
    }
    return false;
  }

  // Is what b makes in the Keras of a, if it can be made there, equal?
  bool equal_there(const Arrays& of_a, const std::optional<Arrays>& of_b_there) const {
    return of_b_there && compare_arrays("", of_a, *of_b_there, {}, kComputed).within(o_.tolerance);
  }

  // Normalization in half precision may make a difference: what is a few roundings apart, and equal when b makes it in
  // the Keras of a (`there`), is explained by it.
  template <class There>
  bool explain_half(const ArrayComparison& part, const Arrays& of_a, There there) {
    if (half_ == 0 || part.relative > kRoundings * half_ || !equal_there(of_a, there())) return false;
    result_.explained.push_back(
        fmt::format("{}: tf.keras 2.2 normalizes batches in half precision, later Kerases in float32: {:.3g} apart "
                    "where the largest element is {:.3g}; in the first's Keras the second's are equal",
                    part.part, part.max_difference, part.largest));
    return true;
  }

  // Not all models are made for such: of what neither can, for the same reason, the first predictions are proof enough.
  void compare_wide_predictions() {
    const auto x = o_.x.is_none() ? wide_inputs(*a_, o_.batch) : std::nullopt;
    if (!x) return;
    auto found = predictions(*x);
    if (!found.problem_a.empty() && found.problem_a == found.problem_b) return;
    compare_predictions("predictions of wide inputs", *x, std::move(found));
  }

  struct Predictions {
    Arrays of_a, of_b;
    std::string problem_a, problem_b;
  };
  Predictions predictions(const Values& x) {
    Predictions found;
    found.problem_a = problem_of([&] { found.of_a = a_->predict(x).flatten(); });
    found.problem_b = problem_of([&] { found.of_b = b_->predict(x).flatten(); });
    return found;
  }

  // Could they be?
  bool compare_predictions(const std::string& name, const Values& x, Predictions found) {
    if (!both(name, found.problem_a, found.problem_b)) return false;
    auto& [of_a, of_b, problem_a, problem_b] = found;
    explain_dtypes(*a_, *b_, of_a, of_b, result_);
    auto part = compare_arrays(name, of_a, of_b, a_->output_names(), kComputed);
    if (!part.within(o_.tolerance) && half_ != 0) {
      const auto call = [&](const ModelRef& model) {
        const TargetScope scope(target_named(model->target()));
        return (*model)(x).flatten();
      };
      if (explain_half(part, call(a_), [&] { return InTheOtherKeras(b_, a_)([&] { return call(b_); }); })) return true;
    }
    result_.arrays.push_back(std::move(part));
    return true;
  }

  Values labels(const Values& x) const {
    if (!o_.y.is_none()) return o_.y;
    const auto rows = x.flatten().at(0).shape()[0];
    return a_->symbolic_outputs().is_none() ? Values() : random_labels(*a_, rows);
  }

  static Arrays gradients(const ModelRef& model, const Values& x, const Values& y) {
    utils::set_random_seed(1);
    if (model->is_compiled() && !y.is_none()) return model->trainer().gradients(x, y);
    const TargetScope scope(target_named(model->target()));
    GradientTape tape;
    const auto outputs = (*model)(x).flatten();
    return tape.gradient(outputs, model->trainable_weights(), {.unconnected_gradients = UnconnectedGradients::zero});
  }

  void compare_gradients(const Values& x, const Values& y) {
    const auto pairs = paired(*a_, a_->trainable_weights(), *b_, b_->trainable_weights());
    Arrays of_a, of_b;
    const auto work_b = [&] { return arranged(gradients(b_, x, y), pairs.places); };
    const auto problem_a = problem_of([&] { of_a = gradients(a_, x, y); });
    const auto problem_b = problem_of([&] { of_b = work_b(); });
    if (!both("gradients", problem_a, problem_b)) return;
    const auto least = std::max(kComputed, kCancelled * largest_of(of_a));
    auto part = compare_arrays("gradients", of_a, of_b, pairs.names, least);
    const auto there = [&] { return InTheOtherKeras(b_, a_)(work_b); };
    if (!part.within(o_.tolerance) && explain_half(part, of_a, there)) return;
    result_.arrays.push_back(std::move(part));
  }

  // Keras 3 has no add_metric: takes out of tf.keras's results those that layers added and the other has not. What
  // compile() asked for stays.
  template <class Has>
  void leave_added(const Model& model, StepResults& logs, Has other_has) {
    if (!across_kerases(*a_, *b_) || model.target() == "keras3") return;
    StepResults rest;
    for (std::size_t i = 0; i < logs.names.size(); ++i) {
      const auto& name = logs.names[i];
      if (other_has(name) || is_of_compile(model, name)) {
        rest.names.push_back(name);
        rest.values.push_back(logs.values[i]);
      } else {
        result_.explained.push_back("loss and metrics: " + name +
                                    " is added by a layer, which in Keras 3 adds no metrics: there is none to compare");
      }
    }
    logs = std::move(rest);
  }

  void compare_steps(const Values& x, const Values& y) {
    StepInTheOtherKeras there(b_, a_, x, y);
    const auto pairs = paired(*a_, a_->trainable_weights(), *b_, b_->trainable_weights());
    StepResults logs_a, logs_b;
    const auto problem_a = problem_of([&] { logs_a = training_step(a_, x, y); });
    const auto problem_b = problem_of([&] { logs_b = training_step(b_, x, y); });
    if (!both("a step of training", problem_a, problem_b)) return;

    const auto& names_b = logs_b.names;
    leave_added(*a_, logs_a, [&](const auto& name) { return std::ranges::find(names_b, name) != names_b.end(); });
    const auto names_a = logs_a.names;
    leave_added(*b_, logs_b, [&](const auto& name) { return std::ranges::find(names_a, name) != names_a.end(); });
    const auto logs = [&](const StepResults& b) { return arranged(b.values, partners(logs_a.names, b.names)); };
    auto part = compare_arrays("loss and metrics", logs_a.values, logs(logs_b), logs_a.names, kComputed);
    const auto logs_there = [&]() -> std::optional<Arrays> {
      const auto& results = there.results();
      return results ? std::optional(logs(*results)) : std::nullopt;
    };
    if (part.within(o_.tolerance) || !explain_half(part, logs_a.values, logs_there)) {
      result_.arrays.push_back(std::move(part));
    }
    compare_trained(pairs, there);
    compare_moved(there);
  }

  void compare_trained(const PairedVariables& pairs, StepInTheOtherKeras& there) {
    const auto of_a = values_of(pairs.a), of_b = values_of(pairs.b);
    auto all = compare_arrays("trained weights", of_a, of_b, pairs.names, kComputed);
    if (all.within(o_.tolerance)) return result_.arrays.push_back(std::move(all));
    if (explain_half(all, of_a, [&] { return there.values(pairs.b); })) return;
    // Is it but the tables of embeddings, and but the optimizers?
    const auto tables = embedding_tables(*a_);
    Arrays tables_a, tables_b, others_a, others_b;
    std::vector<std::string> names_of_tables, names_of_others;
    for (std::size_t i = 0; i < std::min(of_a.size(), of_b.size()); ++i) {
      const bool table = std::ranges::find(tables, pairs.a[i]) != tables.end();
      (table ? tables_a : others_a).push_back(of_a[i]);
      (table ? tables_b : others_b).push_back(of_b[i]);
      (table ? names_of_tables : names_of_others).push_back(pairs.names[i]);
    }
    const bool by_other_optimizers = a_->optimizer()->generation() != b_->optimizer()->generation();
    auto others = compare_arrays("trained weights", others_a, others_b, names_of_others, kComputed);
    if (tables_a.empty() || of_a.size() != of_b.size() || !by_other_optimizers || !others.within(o_.tolerance) ||
        !equal_there(of_a, there.values(pairs.b))) {
      return result_.arrays.push_back(std::move(all));
    }
    const auto apart = compare_arrays("", tables_a, tables_b, names_of_tables, kComputed);
    result_.explained.push_back(fmt::format(
        "trained weights: the Kerases' optimizers differ in rows that an embedding picks twice, or not at all: {:.3g} "
        "apart [{}]; by the optimizer of the first's Keras the second's are equal",
        apart.max_difference, apart.where));
    result_.arrays.push_back(std::move(others));
  }

  // Statistics that a step moves.
  void compare_moved(StepInTheOtherKeras& there) {
    const auto without_lookups = [](const Model& model) {
      auto variables = model.non_trainable_weights();
      const auto lookups = lookup_state(model).variables;
      std::erase_if(variables, [&](const auto& v) { return std::ranges::find(lookups, v) != lookups.end(); });
      return variables;
    };
    const auto pairs = paired(*a_, without_lookups(*a_), *b_, without_lookups(*b_));
    std::vector<Variable> plain_a, plain_b, variances_a, variances_b;
    std::vector<std::string> plain_names, variance_names;
    const bool across = across_kerases(*a_, *b_) && pairs.a.size() == pairs.b.size();
    const auto variances = moving_variances(*a_);
    for (std::size_t i = 0; i < std::max(pairs.a.size(), pairs.b.size()); ++i) {
      const bool variance = across && std::ranges::find(variances, pairs.a[i]) != variances.end();
      if (i < pairs.a.size()) {
        (variance ? variances_a : plain_a).push_back(pairs.a[i]);
        (variance ? variance_names : plain_names).push_back(pairs.names[i]);
      }
      if (i < pairs.b.size()) (variance ? variances_b : plain_b).push_back(pairs.b[i]);
    }
    if (!plain_a.empty() || !plain_b.empty()) {
      result_.arrays.push_back(
          compare_arrays("moved statistics", values_of(plain_a), values_of(plain_b), plain_names, kComputed));
    }
    if (variances_a.empty()) return;
    auto moved =
        compare_arrays("moved variances", values_of(variances_a), values_of(variances_b), variance_names, kComputed);
    if (moved.within(o_.tolerance) || !equal_there(values_of(variances_a), there.values(variances_b))) {
      return result_.arrays.push_back(std::move(moved));
    }
    result_.explained.push_back(fmt::format(
        "moved variances: Keras 3 updates them by the batch's own, tf.keras by the sample's: {:.3g} apart after a "
        "step [{}]; in the first's Keras the second's are equal",
        moved.max_difference, moved.where));
  }

  const ModelRef &a_, &b_;
  const CompareOptions& o_;
  ModelComparison& result_;
  double half_;
};

}  // namespace

void compare_runs(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result) {
  RunComparer(a, b, options, result).run();
}

}  // namespace hornbeam
