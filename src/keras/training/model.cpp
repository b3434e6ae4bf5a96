// Model's training API.
#include "hornbeam/model.hpp"

#include "hornbeam/training.hpp"
#include "keras/training/trainer.h"

namespace hornbeam {

Metrics Metrics::per_output(std::vector<std::vector<Metric>> lists) {
  Metrics metrics;
  metrics.lists_ = std::move(lists);
  return metrics;
}

void Model::compile(const CompileOptions& options) {
  trainer_ = std::make_shared<training::Trainer>(*this, options);
  not_compiled_because_.clear();
  training_config_ = {};  // it was another's
  note_children_changed();
}

training::Trainer& Model::trainer() const {
  if (!trainer_) {
    throw RuntimeError("You must compile your model before training/testing. Use `model.compile(optimizer, loss)`." +
                       (not_compiled_because_.empty()
                            ? ""
                            : " Its file's training configuration could not be restored: " + not_compiled_because_));
  }
  return *trainer_;
}

const Optimizer& Model::optimizer() const { return trainer().optimizer(); }

History Model::fit(const Values& x, const Values& y, const FitOptions& options) { return trainer().fit(x, y, options); }
History Model::fit(const Values& x, const Values& y) { return fit(x, y, {}); }
Logs Model::evaluate(const Values& x, const Values& y, const EvaluateOptions& options) {
  return trainer().evaluate(x, y, options);
}
Logs Model::evaluate(const Values& x, const Values& y) { return evaluate(x, y, {}); }
History Model::fit(const Dataset& data, const FitOptions& options) { return trainer().fit(data, options); }
Logs Model::evaluate(const Dataset& data, const EvaluateOptions& options) { return trainer().evaluate(data, options); }
Model::StepResults Model::train_step(const Batch& data) { return trainer().train_step(data); }
Model::StepResults Model::test_step(const Batch& data) { return trainer().test_step(data); }
Logs Model::train_on_batch(const Values& x, const Values& y, const BatchOptions& options) {
  return trainer().train_on_batch(x, y, options);
}
Logs Model::train_on_batch(const Values& x, const Values& y) { return train_on_batch(x, y, {}); }
Logs Model::test_on_batch(const Values& x, const Values& y, const BatchOptions& options) {
  return trainer().test_on_batch(x, y, options);
}
Logs Model::test_on_batch(const Values& x, const Values& y) { return test_on_batch(x, y, {}); }
std::vector<std::string> Model::metrics_names() { return trainer().metrics_names(); }
void Model::reset_metrics() { trainer().reset_metrics(); }

}  // namespace hornbeam
