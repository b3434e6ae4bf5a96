// Trainer: a compiled model: its optimizer, losses and metrics, and the step functions made of them.
//
// One step is one compiled function: forward, losses, gradients, update, metrics. It is traced once per form of the
// arrays (dtypes, ranks), kind of step, and set of trainable variables. Thread-safety: none; one thread trains a model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keras/engine/call_scope.h"
#include "keras/training/batch_source.h"
#include "keras/training/data.h"
#include "keras/training/outputs.h"
#include "keras/training/step_count.h"

namespace hornbeam {
class Model;
namespace callbacks {
class CallbackList;
}
namespace graph {
class Executable;
}
}  // namespace hornbeam

namespace hornbeam::training {

class Trainer {
 public:
  // `model` owns the trainer. Throws ValueError in Keras's words.
  Trainer(Model& model, CompileOptions options);
  ~Trainer();

  const CompileOptions& options() const { return options_; }
  const Optimizer& optimizer() const { return options_.optimizer; }

  History fit(const Values& x, const Values& y, const FitOptions& options);
  History fit(const Dataset& data, const FitOptions& options);
  Logs evaluate(const Values& x, const Values& y, const EvaluateOptions& options);
  Logs evaluate(const Dataset& data, const EvaluateOptions& options);
  Logs train_on_batch(const Values& x, const Values& y, const BatchOptions& options);
  Logs test_on_batch(const Values& x, const Values& y, const BatchOptions& options);
  std::vector<std::string> metrics_names() const;
  void reset_metrics();
  // The metric that results know by this name; null when there is none.
  const MetricObject* metric_named(const std::string& name) const;
  // All variables of the metrics that there are yet.
  std::vector<Variable> metric_variables() const;
  // For the results of the call under way, once each.
  void warn(std::string text);

  // What compile() asks of one batch: of values, or of a trace's arguments. Results by name.
  using StepResults = std::vector<std::pair<std::string, Tensor>>;
  StepResults train_step(const Batch& batch) { return default_step(Kind::train, batch); }
  StepResults test_step(const Batch& batch) { return default_step(Kind::test, batch); }

  // Gradients of the total loss of one batch, in training, by the trainable weights in their order; zeros where the
  // loss does not depend on one. As a tape around the model takes them: arrays do not go through floatx() as in fit.
  std::vector<Tensor> gradients(const Values& x, const Values& y, const Values& sample_weight = {});

 private:
  enum class Kind { train, test, gradients };
  struct Step;
  struct Traced;
  class Loop;

  // Which calls of which Keras want y when there is a compiled loss. Throws ValueError.
  void check_targets(const Values& y, Kind kind) const;
  CountRules count_rules(const char* brackets) const;
  std::vector<Tensor> weights_by_output(const Values& weights) const;
  // Arranged, and floats brought to floatx(). `brackets`: as by_output.
  Data prepare(const Values& x, const Values& y, const Values& sample_weight, const char* brackets = "()") const;
  Data prepare_as_is(const Values& x, const Values& y, const Values& sample_weight) const;
  Data prepare_batch(const Values& x, const Values& y, const Values& sample_weight) const;
  // Traces and compiles the step on first use; those used last are kept.
  std::shared_ptr<Step> step(Kind kind, const Data& data);
  static Batch batch_of(const Data& form, std::span<const Tensor> arrays);
  std::vector<Tensor> body(Kind kind, const Data& form, std::span<const Tensor> arguments,
                           std::vector<std::string>& names);
  StepResults default_step(Kind kind, const Batch& batch);
  // Forward, losses, update; gradients of the loss by the trainable weights when only these are wanted.
  std::vector<Tensor> forward_and_update(Kind kind, const Batch& batch, Traced& traced);
  // The loss of the traced batch; `total` with regularisation and what layers added.
  Tensor total_loss(Traced& traced);
  void make_tasks(std::size_t outputs, const Values& predictions);
  void make_metrics(const Traced& traced);
  void update_metrics(const Traced& traced);
  void update_added_metrics(std::span<const CallScope::AddedMetric> added);
  void warn_of_missing(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }
  // Writes the step's own memory. `results`: of the step's names; memory that is kept between steps.
  void run(Step& step, std::span<const Tensor> arrays, std::vector<Result>& results);
  void run_eagerly(Step& step, std::span<const Tensor> arrays);
  Logs run_one(Kind kind, const Data& data, bool resets_metrics);
  // Throws what a step says that is traced for arrays of these very shapes.
  void check_shapes(Kind kind, const Data& data);
  // What fit validates on, arranged once: a dataset, arrays, or those that were split off; null when there is nothing.
  std::unique_ptr<BatchSource> validation_source(const FitOptions& options, std::optional<Data> split_off);
  // Throws when it does not fit the model, or holds nothing.
  void check_validation(BatchSource& source);
  // `validation` may be null. `batches`: of a pass; none: nobody knows.
  History fit_source(BatchSource& source, BatchSource* validation, const FitOptions& options, const Steps& steps,
                     std::optional<std::int64_t> batches);
  // A batch of a dataset's, checked.
  Data arrange(const Batch& batch, Kind kind, const std::map<std::int64_t, double>& class_weight) const;
  // So many batches of the source; no results where there are none. `callbacks`: those of the fit or evaluate that it
  // is part of. Throws ValueError of a source that is known to have none, in Keras 2.
  Logs evaluate_source(BatchSource& source, const Steps& steps, const callbacks::CallbackList& callbacks);
  Logs evaluate_all(BatchSource& source, const EvaluateOptions& options);

  Model& model_;
  CompileOptions options_;
  std::vector<std::string> output_names_;
  std::vector<OutputTask> tasks_;  // once the outputs are known
  // In Keras's order: the loss, each output's when there are several, then the metrics of each output. Results name a
  // metric of several outputs by its output and itself.
  Metric loss_;
  std::vector<Metric> output_losses_;  // empty without a loss, none at all with one output
  struct NamedMetric {
    std::string name;
    Metric metric;
  };
  struct OutputMetrics {
    std::vector<NamedMetric> metrics, weighted;
  };
  std::vector<OutputMetrics> metrics_;  // once shapes are known
  struct AddedMetric {
    const Layer* layer;
    Metric metric;
  };
  std::vector<AddedMetric> added_metrics_;  // by layers, once a step was traced
  struct Reported {
    std::string_view name;
    MetricObject* metric;
  };
  std::vector<Reported> all_metrics() const;
  bool have_metrics_ = false;
  std::vector<std::string> warnings_;  // that no result has told yet
  // By their form. `settings`: of the optimizer, as they were when it was made; none where it takes no part.
  struct KeptStep {
    std::shared_ptr<Step> step;
    std::optional<std::uint64_t> settings = {};
    std::int64_t used = 0;
  };
  void forget_steps();
  std::map<std::string, KeptStep> steps_;
  std::int64_t steps_used_ = 0;
};

// The optimizer in a LossScaleOptimizer, as compile() wraps that of a model whose policy is mixed_float16.
Optimizer scaled_by_itself(const Optimizer& optimizer);
// What Keras warns of when there were fewer than `batches` batches.
std::string ran_out(std::int64_t batches, Target target);
// Scalars that regularizers of the model's weights add to the loss, in Keras's order.
std::vector<Tensor> regularization_losses(const Model& model);
// What the functions return that layers and models were given by add_loss; in a trace.
std::vector<Tensor> added_losses(const Model& model);
// variable = constraint(variable) for each trainable weight that has one; in a trace.
void apply_constraints(const Model& model);

}  // namespace hornbeam::training
