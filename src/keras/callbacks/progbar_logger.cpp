#include "keras/callbacks/progbar_logger.h"

namespace hornbeam::callbacks {

void Progbar::begin(std::int64_t epoch, std::int64_t epochs) {
  bar_.emplace(params().steps.value_or(0), params().verbose, epoch, epochs);
  done_ = 0;
}

// Of an array the mean.
std::span<const double> Progbar::shown(const Logs& logs) {
  means_.clear();
  for (const auto& value : logs.values()) means_.push_back(value.mean());
  return means_;
}

void Progbar::update(std::int64_t batch, const Logs& logs) {
  done_ = batch + 1;
  if (bar_) bar_->update(done_, logs.names(), shown(logs));
}

void Progbar::end(const Logs& logs) {
  if (bar_) bar_->finish(done_, logs.names(), shown(logs));
  bar_.reset();
}

void Progbar::on_train_begin(Logs&) { in_fit_ = true; }
void Progbar::on_train_end(Logs&) { in_fit_ = false; }
void Progbar::on_epoch_begin(std::int64_t epoch, Logs&) { show_epoch(epoch); }
void Progbar::on_train_batch_end(std::int64_t batch, Logs& logs) { update(batch, logs); }
void Progbar::on_epoch_end(std::int64_t, Logs& logs) { end(logs); }
void Progbar::on_test_begin(Logs&) {
  if (!in_fit_) begin(0, 0);
}
void Progbar::on_test_batch_end(std::int64_t batch, Logs& logs) {
  if (in_fit_) return;
  update(batch, logs);
  last_ = logs;
}
void Progbar::on_test_end(Logs&) {
  if (!in_fit_) end(last_);
}
void Progbar::on_predict_begin(Logs&) { begin(0, 0); }
void Progbar::on_predict_batch_end(std::int64_t batch, Logs& logs) { update(batch, logs); }
void Progbar::on_predict_end(Logs& logs) { end(logs); }

std::shared_ptr<Callback> ProgbarLogger() { return std::make_shared<Progbar>(); }

}  // namespace hornbeam::callbacks
