#include "keras/migration/step_comparison.h"

#include <fmt/core.h>

#include <algorithm>

#include "hornbeam/training.hpp"
#include "keras/migration/known_differences.h"
#include "keras/migration/pairing.h"
#include "keras/migration/training_step.h"

namespace hornbeam {
namespace {

using Arrays = std::vector<Tensor>;

class StepComparer {
 public:
  StepComparer(const ModelRef& a, const ModelRef& b, Judge& judge)
      : a_(a), b_(b), judge_(judge), result_(judge.result()) {}

  void run(const Values& x, const Values& y) {
    StepInTheOtherKeras there(b_, a_, x, y);
    const auto pairs = paired(*a_, a_->trainable_weights(), *b_, b_->trainable_weights());
    StepResults logs_a, logs_b;
    const auto problem_a = problem_of([&] { logs_a = training_step(a_, x, y); });
    const auto problem_b = problem_of([&] { logs_b = training_step(b_, x, y); });
    if (!judge_.both("a step of training", problem_a, problem_b)) return;

    const auto& names_b = logs_b.names;
    leave_added(*a_, logs_a, [&](const auto& name) { return std::ranges::find(names_b, name) != names_b.end(); });
    const auto names_a = logs_a.names;
    leave_added(*b_, logs_b, [&](const auto& name) { return std::ranges::find(names_a, name) != names_a.end(); });
    tell_other_names(logs_a.names, logs_b.names);
    const auto logs = [&](const StepResults& b) { return arranged(b.values, partners(logs_a.names, b.names)); };
    auto part = compare_arrays("loss and metrics", logs_a.values, logs(logs_b), logs_a.names, kComputed);
    const auto logs_there = [&]() -> std::optional<Arrays> {
      const auto& results = there.results();
      return results ? std::optional(logs(*results)) : std::nullopt;
    };
    if (judge_.equal(part) || !judge_.explain_half(part, logs_a.values, logs_there)) {
      result_.arrays.push_back(std::move(part));
    }
    compare_trained(pairs, there);
    compare_moved(there);
  }

 private:
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

  // Values are paired by name where they can be; a name that is lost is a difference all the same.
  void tell_other_names(const std::vector<std::string>& of_a, const std::vector<std::string>& of_b) {
    if (of_a.size() != of_b.size()) return;  // which the count of values tells
    for (std::size_t i = 0; i < of_a.size(); ++i) {
      if (std::ranges::find(of_b, of_a[i]) == of_b.end())
        result_.config.push_back("results of training: " + of_a[i] + " and " + of_b[i]);
    }
  }

  void compare_trained(const PairedVariables& pairs, StepInTheOtherKeras& there) {
    const auto of_a = values_of(pairs.a), of_b = values_of(pairs.b);
    auto all = compare_arrays("trained weights", of_a, of_b, pairs.names, kComputed);
    if (judge_.equal(all)) return result_.arrays.push_back(std::move(all));
    if (judge_.explain_half(all, of_a, [&] { return there.values(pairs.b); })) return;
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
    if (tables_a.empty() || of_a.size() != of_b.size() || !by_other_optimizers || !judge_.equal(others) ||
        !judge_.equal_there(of_a, [&] { return there.values(pairs.b); })) {
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
    const auto pairs = paired(*a_, without_lookups(*a_, a_->non_trainable_weights()), *b_,
                              without_lookups(*b_, b_->non_trainable_weights()));
    std::vector<Variable> plain_a, plain_b, variances_a, variances_b;
    std::vector<std::string> plain_names, variance_names;
    const bool paired_off = pairs.a.size() == pairs.b.size();
    const auto variances = moving_variances(*a_, *b_);
    for (std::size_t i = 0; i < std::max(pairs.a.size(), pairs.b.size()); ++i) {
      const bool variance = paired_off && std::ranges::find(variances, pairs.a[i]) != variances.end();
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
    if (judge_.equal(moved) || !judge_.equal_there(values_of(variances_a), [&] { return there.values(variances_b); })) {
      return result_.arrays.push_back(std::move(moved));
    }
    result_.explained.push_back(
        fmt::format("moved variances: one of the Kerases updates them by the batch's own, the other by the sample's: "
                    "{:.3g} apart after a "
                    "step [{}]; in the first's Keras the second's are equal",
                    moved.max_difference, moved.where));
  }

  const ModelRef &a_, &b_;
  Judge& judge_;
  ModelComparison& result_;
};

}  // namespace

void compare_steps(const ModelRef& a, const ModelRef& b, const Values& x, const Values& y, Judge& judge) {
  StepComparer(a, b, judge).run(x, y);
}

}  // namespace hornbeam
