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
#include "keras/training/trainer.h"

namespace hornbeam::training {
namespace {

const std::string kEmpty = "Expected input data to be non-empty.";

// Keras takes 0 as if nothing was said.
std::int64_t batch_size_of(std::int64_t given) {
  if (given < 0) throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(given));
  return given == 0 ? 32 : given;
}

void check_options(const FitOptions& o) {
  (void)batch_size_of(o.batch_size);
  if (o.validation_split < 0) {
    throw ValueError(kEmpty + (" `validation_split` must be at least 0 and below 1. Received: " +
                               Config(o.validation_split).dump()));
  }
  if (o.validation_freq < 1) {
    throw ValueError("`validation_freq` must be a positive integer. Received: " + std::to_string(o.validation_freq));
  }
}

// 0 is as good as nothing, as in Keras.
std::int64_t validation_batch_size_of(const FitOptions& o) {
  return batch_size_of(o.validation_batch_size.value_or(0) == 0 ? o.batch_size : *o.validation_batch_size);
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
  return o.epochs / o.validation_freq * o.validation_freq > std::max<std::int64_t>(o.initial_epoch, 0);
}

[[noreturn]] void refuse_empty() { throw ValueError(kEmpty); }

void require_rows(const Data& data) {
  if (data.rows() == 0) refuse_empty();
}

}  // namespace

History Trainer::fit(const Values& x, const Values& y, const FitOptions& options) {
  check_options(options);
  check_targets(y, Kind::train);
  auto data = prepare(x, y, options.sample_weight);
  std::optional<Data> validation;
  if (options.validation_data && validates(options)) {
    const auto& v = *options.validation_data;
    check_targets(v.y, Kind::test);
    validation = prepare(v.x, v.y, v.sample_weight);
    require_rows(*validation);
  } else if (options.validation_split > 0 && !options.validation_data) {
    const auto at = split_row(data.rows(), options.validation_split);
    validation = data.slice(at, data.rows());
    data = data.slice(0, at);
  }
  const auto target = target_named(model_.target());
  apply_class_weight(data, options.class_weight, target);
  require_rows(data);
  ArraySource source(std::move(data), batch_size_of(options.batch_size), options.shuffle,
                     options.epochs - options.initial_epoch, target);
  const auto steps = options.steps_per_epoch.value_or(*source.batches_per_pass());
  (void)step(Kind::train, *source.form());
  // What does not fit the model is refused before the training, with what Keras says after its first epoch.
  if (validation) (void)step(Kind::test, *validation);

  std::unique_ptr<BatchSource> tested;
  if (validation) {
    tested = std::make_unique<SliceSource>(*validation, validation_batch_size_of(options));
  }
  return fit_source(source, tested.get(), options, steps);
}

History Trainer::fit_source(BatchSource& source, BatchSource* validation, const FitOptions& options,
                            std::optional<std::int64_t> steps) {
  const callbacks::CallbackList callbacks(options.callbacks, model_, {options.verbose, options.epochs, steps});
  std::optional<DatasetSource> of_dataset;
  if (options.validation_dataset) {
    of_dataset.emplace(*options.validation_dataset, target_named(model_.target()),
                       [this](const Batch& b) { return arrange(b, Kind::test, {}); });
    validation = &*of_dataset;
  }
  std::function<Logs(const callbacks::CallbackList&)> validate;
  if (validation) {
    validate = [&](const callbacks::CallbackList& list) {
      return evaluate_source(*validation, options.validation_steps, list);
    };
  }
  return Loop(*this, {source, validate, callbacks, options, steps}).run();
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
  DatasetSource source(data, target_named(model_.target()),
                       [&](const Batch& b) { return arrange(b, Kind::train, options.class_weight); });
  std::optional<Data> validation;
  std::unique_ptr<BatchSource> tested;
  if (options.validation_data && validates(options)) {
    const auto& v = *options.validation_data;
    validation = arrange({v.x, v.y, v.sample_weight}, Kind::test, {});
    tested = std::make_unique<SliceSource>(*validation, validation_batch_size_of(options));
  }
  return fit_source(source, tested.get(), options, options.steps_per_epoch ? options.steps_per_epoch : data.batches());
}

Logs Trainer::evaluate(const Dataset& data, const EvaluateOptions& options) {
  if (!options.sample_weight.is_none()) {
    throw ValueError("`sample_weight` argument is not supported when using dataset as input.");
  }
  DatasetSource source(data, target_named(model_.target()),
                       [this](const Batch& b) { return arrange(b, Kind::test, {}); });
  const callbacks::CallbackList callbacks(options.callbacks, model_,
                                          {options.verbose, 1, options.steps ? options.steps : data.batches()});
  auto logs = evaluate_source(source, options.steps, callbacks);
  logs.set_warnings(take_warnings());
  return logs;
}

Logs Trainer::evaluate(const Values& x, const Values& y, const EvaluateOptions& options) {
  const auto batch_size = batch_size_of(options.batch_size);
  check_targets(y, Kind::test);
  const auto data = prepare(x, y, options.sample_weight);
  SliceSource source(data, batch_size);
  const auto all = *source.batches_per_pass();
  const callbacks::CallbackList callbacks(options.callbacks, model_,
                                          {options.verbose, 1, std::min(all, options.steps.value_or(all))});
  auto logs = evaluate_source(source, options.steps, callbacks);
  logs.set_warnings(take_warnings());
  return logs;
}

Logs Trainer::evaluate_source(BatchSource& source, std::optional<std::int64_t> limit,
                              const callbacks::CallbackList& callbacks) {
  const auto target = target_named(model_.target());
  if (source.batches_per_pass() == 0) refuse_empty();
  std::shared_ptr<const Step> compiled;
  if (const auto* form = source.form()) compiled = step(Kind::test, *form);
  reset_metrics();
  Logs none, logs;
  std::vector<double> results;
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
  if (!compiled) refuse_empty();
  auto last = target == Target::tf22 ? Logs() : logs;
  callbacks.each([&](Callback& c) { c.on_test_end(last); });
  return logs;
}

}  // namespace hornbeam::training
