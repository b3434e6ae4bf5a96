// fit and evaluate: what they are given, and the loop over the batches of one pass.
#include <algorithm>
#include <cmath>

#include "graph/executor.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
#include "keras/callbacks/callback_list.h"
#include "keras/training/array_source.h"
#include "keras/training/dataset_source.h"
#include "keras/training/fit_loop.h"
#include "keras/training/step.h"
#include "keras/training/step_count.h"
#include "keras/training/trainer.h"
#include "ops/random_state.h"

namespace hornbeam::training {
namespace {

const std::string kEmpty = "Expected input data to be non-empty.";

void check_options(const FitOptions& o) {
  (void)batch_size_of(o.batch_size, 0, {});
  if (o.validation_split < 0) {
    throw ValueError(kEmpty + (" `validation_split` must be at least 0 and below 1. Received: " +
                               Config(o.validation_split).dump()));
  }
  if (!o.validation_freq.valid()) {
    throw ValueError("`validation_freq` must be a positive integer or a list. Received: " +
                     std::to_string(o.validation_freq.every()));
  }
}

// 0 is as good as nothing, as in Keras.
std::int64_t validation_batch_size_of(const FitOptions& o, const Data& data) {
  const auto given = o.validation_batch_size.value_or(0) == 0 ? o.batch_size : *o.validation_batch_size;
  return batch_size_of(given, data.rows(), o.validation_steps);
}

// As Keras splits: floor(n * (1 - split)) rows are trained on.
std::int64_t split_row(std::int64_t rows, double split) {
  const auto at = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - split)));
  if (at <= 0 || at == rows) {
    throw ValueError("Training data contains " + std::to_string(rows) +
                     " samples, which is not sufficient to split it into a validation and training set as specified by "
                     "`validation_split=" +
                     Config(split).dump() +
                     "`. Either provide more data, or a different value for the `validation_split` argument.");
  }
  return at;
}

// Is there an epoch after which the model is validated? Keras looks at no validation data before that.
bool validates(const FitOptions& o) {
  return o.validation_freq.within(std::max<std::int64_t>(o.initial_epoch, 0) + 1, o.epochs);
}

[[noreturn]] void refuse_empty() { throw ValueError(kEmpty); }

void require_rows(const Data& data) {
  if (data.rows() == 0) refuse_empty();
}

}  // namespace

std::unique_ptr<BatchSource> Trainer::validation_source(const FitOptions& o, std::optional<Data> split_off) {
  if (o.validation_dataset) {
    return std::make_unique<DatasetSource>(*o.validation_dataset, target_named(model_.target()),
                                           [this](const Batch& b) { return arrange(b, Kind::test, {}); });
  }
  if (o.validation_data && validates(o)) {
    split_off = arrange({o.validation_data->x, o.validation_data->y, o.validation_data->sample_weight}, Kind::test, {});
  }
  if (!split_off) return nullptr;
  const auto batch_size = validation_batch_size_of(o, *split_off);
  return std::make_unique<SliceSource>(std::move(*split_off), batch_size);
}

// Of a dataset a batch is looked at; what it draws for that it draws again when its turn comes.
void Trainer::check_validation(BatchSource& source) {
  if (const auto* form = source.form()) return (void)step(Kind::test, *form);
  const auto generators = random::generators();
  SourceBatch first;
  bool found = false;
  try {
    source.begin_epoch(true);
    found = source.next(first);
  } catch (...) {
    random::set_generators(generators);
    throw;
  }
  random::set_generators(generators);
  if (!found) refuse_empty();
  (void)step(Kind::test, *first.form);
}

History Trainer::fit(const Values& x, const Values& y, const FitOptions& options) {
  check_options(options);
  check_targets(y, Kind::train);
  auto data = prepare(x, y, options.sample_weight);
  std::optional<Data> split_off;
  if (options.validation_split > 0 && !options.validation_data && !options.validation_dataset) {
    const auto at = split_row(data.rows(), options.validation_split);
    split_off = data.slice(at, data.rows());
    data = data.slice(0, at);
  }
  const auto validation = validation_source(options, std::move(split_off));
  const auto target = target_named(model_.target());
  apply_class_weight(data, options.class_weight, target);
  require_rows(data);
  const auto steps = steps_of(options.steps_per_epoch, target);
  const auto batch_size = batch_size_of(options.batch_size, data.rows(), options.steps_per_epoch);
  ArraySource source(std::move(data), batch_size, options.shuffle, options.epochs - options.initial_epoch, target);
  (void)step(Kind::train, *source.form());
  return fit_source(source, validation.get(), options, steps, source.batches_per_pass());
}

History Trainer::fit_source(BatchSource& source, BatchSource* validation, const FitOptions& options, const Steps& steps,
                            std::optional<std::int64_t> batches) {
  // What does not fit the model is refused before anything is trained, with what Keras says after its first epoch:
  // here, or where the training step of a dataset is made.
  std::function<void()> check;
  if (validation && (validation->form() || validates(options))) check = [&] { check_validation(*validation); };
  if (check && source.form()) std::exchange(check, nullptr)();
  const auto of_epoch = steps.whole_passes ? batches : steps.limit;
  const callbacks::CallbackList callbacks(options.callbacks, model_, {options.verbose, options.epochs, of_epoch});
  std::function<Logs(const callbacks::CallbackList&)> validate;
  if (validation) {
    const auto of_validation = steps_of(options.validation_steps, target_named(model_.target()));
    validate = [this, validation, of_validation](const callbacks::CallbackList& list) {
      return evaluate_source(*validation, of_validation, list);
    };
  }
  return Loop(*this, {source, validate, check, callbacks, options, of_epoch, steps.whole_passes}).run();
}

Data Trainer::arrange(const Batch& batch, Kind kind, const std::map<std::int64_t, double>& class_weight) const {
  check_targets(batch.y, kind);
  auto data = prepare(batch.x, batch.y, batch.sample_weight);
  apply_class_weight(data, class_weight, target_named(model_.target()));
  require_rows(data);
  return data;
}

History Trainer::fit(const Dataset& data, const FitOptions& options) {
  check_options(options);
  if (options.validation_split != 0) {
    throw ValueError(
        "`validation_split` is only supported for Tensors or NumPy arrays, found following types in the input: "
        "Dataset");
  }
  if (!options.sample_weight.is_none()) {
    throw ValueError("`sample_weight` argument is not supported when using dataset as input.");
  }
  const auto target = target_named(model_.target());
  const auto steps = steps_of(options.steps_per_epoch, target);
  if (steps.whole_passes && data.batches() == 0 && target != Target::keras3) refuse_empty();
  DatasetSource source(data, target, [&](const Batch& b) { return arrange(b, Kind::train, options.class_weight); });
  const auto validation = validation_source(options, std::nullopt);
  return fit_source(source, validation.get(), options, steps, data.batches());
}

Logs Trainer::evaluate(const Dataset& data, const EvaluateOptions& options) {
  if (!options.sample_weight.is_none()) {
    throw ValueError("`sample_weight` argument is not supported when using dataset as input.");
  }
  DatasetSource source(data, target_named(model_.target()),
                       [this](const Batch& b) { return arrange(b, Kind::test, {}); });
  return evaluate_all(source, options);
}

Logs Trainer::evaluate(const Values& x, const Values& y, const EvaluateOptions& options) {
  check_targets(y, Kind::test);
  auto data = prepare(x, y, options.sample_weight);
  require_rows(data);
  const auto batch_size = batch_size_of(options.batch_size, data.rows(), options.steps);
  SliceSource source(std::move(data), batch_size);
  return evaluate_all(source, options);
}

Logs Trainer::evaluate_all(BatchSource& source, const EvaluateOptions& options) {
  const auto steps = steps_of(options.steps, target_named(model_.target()));
  const auto all = source.batches_per_pass();
  auto batches = steps.limit ? steps.limit : all;
  if (all && source.form()) batches = std::min(*all, *batches);
  const callbacks::CallbackList callbacks(options.callbacks, model_, {options.verbose, 1, batches});
  auto logs = evaluate_source(source, steps, callbacks);
  if (logs.names().empty()) refuse_empty();
  logs.set_warnings(take_warnings());
  return logs;
}

Logs Trainer::evaluate_source(BatchSource& source, const Steps& steps, const callbacks::CallbackList& callbacks) {
  const auto target = target_named(model_.target());
  const auto& limit = steps.limit;
  if (source.batches_per_pass() == 0 && steps.whole_passes && target != Target::keras3) refuse_empty();
  std::shared_ptr<Step> compiled;
  if (const auto* form = source.form()) compiled = step(Kind::test, *form);
  reset_metrics();
  Logs none, logs;
  std::vector<Result> results;
  callbacks.each([&](Callback& c) { c.on_test_begin(none); });
  source.begin_epoch(true);
  for (std::int64_t s = 0; !limit || s < *limit; ++s) {
    SourceBatch batch;
    if (!source.next(batch)) {
      if (limit) warn(ran_out(*limit, target));
      break;
    }
    callbacks.each([&](Callback& c) { c.on_test_batch_begin(s, none); });
    if (!source.form()) compiled = step(Kind::test, *batch.form);
    run(*compiled, batch.arrays, results);
    logs.assign(compiled->names, results);
    callbacks.each([&](Callback& c) { c.on_test_batch_end(s, logs); });
  }
  auto last = target == Target::tf22 ? Logs() : logs;
  callbacks.each([&](Callback& c) { c.on_test_end(last); });
  return logs;
}

}  // namespace hornbeam::training
