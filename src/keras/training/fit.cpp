// The loops over epochs and batches.
#include <algorithm>
#include <cmath>

#include "base/training_bar.h"
#include "graph/executor.h"
#include "hornbeam/model.hpp"
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

void append(History& history, std::int64_t epoch, const Logs& logs, const std::string& prefix) {
  if (prefix.empty()) history.epoch.push_back(epoch);
  for (std::size_t i = 0; i < logs.names().size(); ++i) {
    const auto name = prefix + logs.names()[i];
    auto at =
        std::find_if(history.history.begin(), history.history.end(), [&](const auto& e) { return e.first == name; });
    if (at == history.history.end()) at = history.history.insert(at, {name, {}});
    at->second.push_back(logs.values()[i]);
  }
}

}  // namespace

History Trainer::fit(const Values& x, const Values& y, const FitOptions& options) {
  check_options(options);
  auto data = prepare(x, y, options.sample_weight);
  std::optional<Data> validation;
  if (options.validation_data) {
    const auto& v = *options.validation_data;
    validation = prepare(v.x, v.y, v.sample_weight);
  } else if (options.validation_split > 0) {
    const auto at = split_row(data.rows(), options.validation_split);
    validation = data.slice(at, data.rows());
    data = data.slice(0, at);
  }
  apply_class_weight(data, options.class_weight);
  const auto rows = data.rows();
  if (rows == 0) throw ValueError("Expect x to be a non-empty array or dataset.");
  auto steps = (rows + options.batch_size - 1) / options.batch_size;
  if (options.steps_per_epoch) steps = std::min(steps, *options.steps_per_epoch);

  const auto& compiled = step(Kind::train, data);
  Batches batches(data.arrays(), options.batch_size);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i) order[static_cast<std::size_t>(i)] = i;
  History history;
  for (auto epoch = options.initial_epoch; epoch < options.epochs; ++epoch) {
    base::TrainingBar bar(steps, options.verbose, epoch + 1, options.epochs);
    if (options.shuffle) order = shuffled(rows);
    reset_metrics();
    Logs logs;
    for (std::int64_t s = 0; s < steps; ++s) {
      const auto from = s * options.batch_size, to = std::min(rows, from + options.batch_size);
      logs = run(compiled, batches.gather(std::span(order).subspan(static_cast<std::size_t>(from),
                                                                   static_cast<std::size_t>(to - from))));
      bar.update(s + 1, logs.names(), logs.values());
    }
    append(history, epoch, logs, "");
    auto names = logs.names();
    auto values = logs.values();
    if (validation && (epoch + 1) % options.validation_freq == 0) {
      const auto results =
          evaluate_data(*validation, options.validation_batch_size.value_or(options.batch_size), {}, 0);
      append(history, epoch, results, "val_");
      for (std::size_t i = 0; i < results.names().size(); ++i) {
        names.push_back("val_" + results.names()[i]);
        values.push_back(results.values()[i]);
      }
    }
    bar.finish(names, values);
  }
  return history;
}

Logs Trainer::evaluate(const Values& x, const Values& y, const EvaluateOptions& options) {
  if (options.batch_size <= 0) {
    throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(options.batch_size));
  }
  return evaluate_data(prepare(x, y, options.sample_weight), options.batch_size, options.steps, options.verbose);
}

Logs Trainer::evaluate_data(const Data& data, std::int64_t batch_size, std::optional<std::int64_t> limit, int verbose) {
  const auto rows = data.rows();
  if (rows == 0) throw ValueError("Expect x to be a non-empty array or dataset.");
  auto steps = (rows + batch_size - 1) / batch_size;
  if (limit) steps = std::min(steps, *limit);
  const auto& compiled = step(Kind::test, data);
  reset_metrics();
  base::TrainingBar bar(steps, verbose);
  Logs logs;
  for (std::int64_t s = 0; s < steps; ++s) {
    const auto from = s * batch_size;
    logs = run(compiled, data.slice(from, std::min(rows, from + batch_size)).arrays());
    bar.update(s + 1, logs.names(), logs.values());
  }
  bar.finish(logs.names(), logs.values());
  return logs;
}

}  // namespace hornbeam::training
