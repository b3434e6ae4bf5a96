// The loops over epochs and batches.
#include <algorithm>
#include <cmath>

#include "base/progress_bar.h"
#include "graph/executor.h"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
#include "keras/training/row_stream.h"
#include "keras/training/step.h"
#include "keras/training/trainer.h"

namespace hornbeam::training {
namespace {

void check_options(const FitOptions& o) {
  if (o.batch_size <= 0) {
    throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(o.batch_size));
  }
  if (o.validation_split < 0 || o.validation_split >= 1) {
    throw ValueError("`validation_split` must be at least 0 and below 1. Received: " +
                     std::to_string(o.validation_split));
  }
  if (o.validation_freq < 1) {
    throw ValueError("`validation_freq` must be a positive integer. Received: " + std::to_string(o.validation_freq));
  }
}

// As Keras splits: floor(n * (1 - split)) rows are trained on.
std::int64_t split_row(std::int64_t rows, double split) {
  const auto at = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - split)));
  if (at == 0 || at == rows) {
    throw ValueError("Training data contains " + std::to_string(rows) +
                     " samples, which is not sufficient to split it into a validation and training set as specified by "
                     "`validation_split=" +
                     std::to_string(split) +
                     "`. Either provide more data, or a different value for the `validation_split` argument.");
  }
  return at;
}

std::string ran_out(std::int64_t batches, Target target) {
  const bool keras3 = target == Target::keras3;
  return "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at "
         "least `steps_per_epoch * epochs` batches" +
         (keras3 ? "" : " (in this case, " + std::to_string(batches) + " batches)") + ". You may need to use the " +
         (keras3 ? "`.repeat()`" : "repeat()") + " function when building your dataset.";
}

void append(History& history, std::int64_t epoch, const std::vector<std::string>& names,
            const std::vector<double>& values, const std::string& prefix) {
  if (prefix.empty()) history.epoch.push_back(epoch);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = prefix + names[i];
    auto at =
        std::find_if(history.history.begin(), history.history.end(), [&](const auto& e) { return e.first == name; });
    if (at == history.history.end()) at = history.history.insert(at, {name, {}});
    at->second.push_back(values[i]);
  }
}

}  // namespace

History Trainer::fit(const Values& x, const Values& y, const FitOptions& options) {
  check_options(options);
  check_targets(y, Kind::train);
  auto data = prepare(x, y, options.sample_weight);
  std::optional<Data> validation;
  if (options.validation_data) {
    const auto& v = *options.validation_data;
    check_targets(v.y, Kind::test);
    validation = prepare(v.x, v.y, v.sample_weight);
  } else if (options.validation_split > 0) {
    const auto at = split_row(data.rows(), options.validation_split);
    validation = data.slice(at, data.rows());
    data = data.slice(0, at);
  }
  const auto target = target_named(model_.target());
  apply_class_weight(data, options.class_weight, target);
  const auto rows = data.rows();
  if (rows == 0) throw ValueError("Expect x to be a non-empty array or dataset.");
  const auto epochs = options.epochs - options.initial_epoch;
  RowStream stream(rows, options.batch_size, options.shuffle, epochs, target);
  const auto steps = options.steps_per_epoch.value_or(stream.batches_per_pass());

  const auto& compiled = step(Kind::train, data);
  // Without labels there may be no loss to compute: refused before the training, not after its first epoch.
  if (validation && validation->y.empty()) step(Kind::test, *validation);
  Batches batches(data.arrays(), options.batch_size);
  std::vector<double> results;
  History history;
  bool enough = true;
  for (auto epoch = options.initial_epoch; epoch < options.epochs && (enough || target == Target::keras3); ++epoch) {
    base::ProgressBar bar(steps, options.verbose, epoch + 1, options.epochs);
    reset_metrics();
    results.clear();
    stream.begin_epoch();
    for (std::int64_t s = 0; s < steps; ++s) {
      const auto batch = stream.next();
      if (batch.empty()) {
        if (enough) warn(ran_out(steps * epochs, target));
        enough = false;
        break;
      }
      run(compiled, batches.gather(batch), results);
      bar.update(s + 1, compiled.names, results);
    }
    if (results.empty()) break;  // there was no data at all
    append(history, epoch, compiled.names, results, "");
    auto names = compiled.names;
    auto values = results;
    if (validation && (epoch + 1) % options.validation_freq == 0) {
      const auto logs = evaluate_data(*validation, options.validation_batch_size.value_or(options.batch_size),
                                      options.validation_steps, 0);
      append(history, epoch, logs.names(), logs.values(), "val_");
      for (std::size_t i = 0; i < logs.names().size(); ++i) {
        names.push_back("val_" + logs.names()[i]);
        values.push_back(logs.values()[i]);
      }
    }
    bar.finish(names, values);
  }
  history.warnings = take_warnings();
  return history;
}

Logs Trainer::evaluate(const Values& x, const Values& y, const EvaluateOptions& options) {
  if (options.batch_size <= 0) {
    throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(options.batch_size));
  }
  check_targets(y, Kind::test);
  auto logs = evaluate_data(prepare(x, y, options.sample_weight), options.batch_size, options.steps, options.verbose);
  logs.set_warnings(take_warnings());
  return logs;
}

Logs Trainer::evaluate_data(const Data& data, std::int64_t batch_size, std::optional<std::int64_t> limit, int verbose) {
  const auto rows = data.rows();
  if (rows == 0) throw ValueError("Expect x to be a non-empty array or dataset.");
  const auto batches = (rows + batch_size - 1) / batch_size;
  if (limit && *limit > batches) warn(ran_out(*limit, target_named(model_.target())));
  const auto steps = std::min(batches, limit.value_or(batches));
  const auto& compiled = step(Kind::test, data);
  reset_metrics();
  base::ProgressBar bar(steps, verbose);
  std::vector<double> results;
  for (std::int64_t s = 0; s < steps; ++s) {
    const auto from = s * batch_size;
    run(compiled, data.slice(from, std::min(rows, from + batch_size)).arrays(), results);
    bar.update(s + 1, compiled.names, results);
  }
  bar.finish(compiled.names, results);
  return {compiled.names, results};
}

}  // namespace hornbeam::training
