#include "keras/training/fit_loop.h"

#include "graph/executor.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/callbacks/backup.h"
#include "ops/random_state.h"

namespace hornbeam::training {

Trainer::Loop::Loop(Trainer& trainer, Parts parts)
    : trainer_(trainer),
      model_(trainer.model_),
      parts_(std::move(parts)),
      o_(parts_.options),
      target_(target_named(model_.target())),
      epoch_(o_.initial_epoch) {}

// A training that was stopped before its first epoch still does one, as in Keras.
History Trainer::Loop::run() {
  const auto& callbacks = parts_.callbacks;
  model_.set_stop_training(false);
  callbacks.each([&](Callback& c) { c.on_train_begin(none_); });
  if (auto* backup = callbacks.backup()) {
    if (const auto kept = backup->load()) {
      const auto generators = random::generators();
      try {
        // The optimizer's and the metrics' variables are there once a step is: of a dataset it takes a batch.
        SourceBatch first;
        if (!parts_.source.form()) {
          parts_.source.begin_epoch(true);
          if (parts_.source.next(first)) compiled_ = trainer_.step(Kind::train, *first.form);
        }
        restore(*kept);
      } catch (...) {
        random::set_generators(generators);
        throw;
      }
    }
  }
  const bool ended = resumed_ && first_step_ == 0 && model_.stop_training();
  while (!ended && epoch_ < o_.epochs && (enough_ || target_ == Target::keras3)) {
    epoch(epoch_);
    if (has_nothing_to_tell() || interrupted()) break;
    ++epoch_;
    if (model_.stop_training()) break;
  }
  // With use_ema what was trained becomes its averages; a training that goes on later needs it as it is.
  if (o_.epochs > 0 && !interrupted()) trainer_.optimizer()->finalize_variable_values();
  Logs last = target_ == Target::tf22 ? Logs() : logs_;
  callbacks.each([&](Callback& c) { c.on_train_end(last); });
  history_.warnings = trainer_.take_warnings();
  return std::move(history_);
}

bool Trainer::Loop::interrupted() const {
  const auto* backup = parts_.callbacks.backup();
  return backup && backup->preempted();
}

// Keras 2.2 goes on to the end of the epoch.
bool Trainer::Loop::stops() const { return target_ != Target::tf22 && model_.stop_training(); }

void Trainer::Loop::epoch(std::int64_t number) {
  const auto& callbacks = parts_.callbacks;
  const bool goes_on = std::exchange(resumed_, false) && first_step_ > 0;
  const auto before = logs_;
  if (!goes_on) {
    first_step_ = 0;
    trainer_.reset_metrics();
    results_.clear();
    logs_ = Logs();
    callbacks.each([&](Callback& c) { c.on_epoch_begin(number, none_); });
    parts_.source.begin_epoch(parts_.whole_passes);
  } else {
    callbacks.show_epoch(number);
  }
  if (const auto* form = parts_.source.form()) {
    compiled_ = trainer_.step(Kind::train, *form);
    form_ = form;
  }
  batches();
  if (results_.empty()) tell_of_no_batches(before);
  if (has_nothing_to_tell() || interrupted()) return;
  if (parts_.validate && o_.validation_freq.takes(number + 1)) {
    const auto tested = parts_.validate(callbacks);
    for (std::size_t i = 0; i < tested.names().size(); ++i) logs_.set("val_" + tested.names()[i], tested.values()[i]);
  }
  auto logs = logs_;
  callbacks.each([&](Callback& c) { c.on_epoch_end(number, logs); });
  history_.add(number, logs);
  back_up(number + 1, 0, true);
}

void Trainer::Loop::batches() {
  const auto& callbacks = parts_.callbacks;
  for (step_ = std::exchange(first_step_, 0); !parts_.steps || step_ < *parts_.steps; ++step_) {
    if (step_ > 0 && stops()) break;
    SourceBatch batch;
    if (!parts_.source.next(batch)) {
      if (parts_.steps) {
        if (enough_) trainer_.warn(ran_out(*parts_.steps * (o_.epochs - o_.initial_epoch), target_));
        enough_ = false;
      } else {
        parts_.steps = step_;  // now they are known
      }
      break;
    }
    callbacks.each([&](Callback& c) { c.on_train_batch_begin(step_, none_); });
    if (batch.form != form_ || !parts_.source.form()) {
      compiled_ = trainer_.step(Kind::train, *batch.form);
      form_ = batch.form;
    }
    if (parts_.check_validation) std::exchange(parts_.check_validation, nullptr)();
    trainer_.run(*compiled_, batch.arrays, results_);
    trained_ = true;
    logs_.assign(compiled_->names, results_);
    callbacks.each([&](Callback& c) { c.on_train_batch_end(step_, logs_); });
    back_up(epoch_, step_ + 1, false);
    if (interrupted()) break;
  }
}

// Its metrics as they begin; tf.keras 2.2 has the results of the epoch before again.
void Trainer::Loop::tell_of_no_batches(const Logs& before) {
  if (!trained_) {
    if (target_ == Target::keras3) return;
    throw ValueError(
        "Unexpected result of `train_function` (Empty logs). This could be due to issues in input pipeline that "
        "resulted in an empty dataset.");
  }
  if (!parts_.steps || !compiled_) return;
  for (const auto& name : compiled_->names) {
    const auto* metric = trainer_.metric_named(name);
    if (!metric) return results_.clear();
    if (target_ == Target::tf22) {
      results_.push_back(before.at(name));
      continue;
    }
    const auto result = metric->result();
    results_.emplace_back(result.dtype() == DType::float64 ? result : ops::cast(result, DType::float32));
  }
  logs_.assign(compiled_->names, results_);
}

void Trainer::Loop::back_up(std::int64_t next_epoch, std::int64_t next_step, bool epoch_ended) {
  auto* backup = parts_.callbacks.backup();
  if (backup && (epoch_ended ? backup->due_after_epoch() : backup->due_after_batch())) {
    backup->save(state(next_epoch, next_step));
  }
}

}  // namespace hornbeam::training
