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
#include "keras/migration/step_comparison.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

using Arrays = std::vector<Tensor>;

// Some gradients are zero but for rounding errors, those of the numbers that cancel out (the bias of attention's keys):
// these are as large as other gradients of the model.
constexpr double kCancelled = 1e-2;

constexpr const char* kPredictions = "predictions";

double largest_of(const std::vector<Tensor>& arrays) {
  return compare_arrays("", arrays, arrays, {}, kComputed).largest;
}

class RunComparer {
 public:
  RunComparer(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result)
      : a_(a), b_(b), o_(options), result_(result), judge_(a, b, options, result) {}

  void run() {
    Values x;
    if (!known(kPredictions, [&] { x = o_.x.is_none() ? sample_inputs(*a_, o_.batch) : o_.x; })) return;
    if (!compare_predictions(kPredictions, x, predictions(x))) return;
    compare_wide_predictions();
    if (a_->trainable_weights().empty()) return;
    const bool compiled = a_->is_compiled() && b_->is_compiled();
    Values y;
    if (compiled && !known("gradients", [&] { y = labels(x); })) return;
    compare_gradients(x, y);
    if (o_.train && compiled) compare_steps(a_, b_, x, y, judge_);
  }

 private:
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
    if (!judge_.both(name, found.problem_a, found.problem_b)) return false;
    auto& [of_a, of_b, problem_a, problem_b] = found;
    explain_dtypes(*a_, *b_, of_a, of_b, result_);
    if (name == kPredictions) tell_without_finite(of_a);
    auto part = compare_arrays(name, of_a, of_b, a_->output_names(), kComputed);
    if (!part.within(o_.tolerance)) {
      const auto call = [&](const ModelRef& model) {
        const TargetScope scope(target_named(model->target()));
        return (*model)(x).flatten();
      };
      if (judge_.explain_half(part, call(a_), [&] { return InTheOtherKeras(b_, a_)([&] { return call(b_); }); }))
        return true;
    }
    result_.arrays.push_back(std::move(part));
    return true;
  }

  // Of what is NaN or infinite throughout, that both are so tells nothing of how they came to it.
  void tell_without_finite(const Arrays& outputs) {
    const auto names = a_->output_names();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].num_elements() == 0 || has_finite(outputs[i])) continue;
      result_.unproved.push_back(fmt::format("{}: {} has no finite number, in neither model", kPredictions,
                                             i < names.size() ? names[i] : "output " + std::to_string(i)));
    }
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
    if (!judge_.both("gradients", problem_a, problem_b)) return;
    const auto least = std::max(kComputed, kCancelled * largest_of(of_a));
    auto part = compare_arrays("gradients", of_a, of_b, pairs.names, least);
    const auto there = [&] { return InTheOtherKeras(b_, a_)(work_b); };
    if (!part.within(o_.tolerance) && judge_.explain_half(part, of_a, there)) return;
    result_.arrays.push_back(std::move(part));
  }

  const ModelRef &a_, &b_;
  const CompareOptions& o_;
  ModelComparison& result_;
  Judge judge_;
};

}  // namespace

void compare_runs(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result) {
  RunComparer(a, b, options, result).run();
}

}  // namespace hornbeam
