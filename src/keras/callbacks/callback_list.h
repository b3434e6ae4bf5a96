// The callbacks of one fit, evaluate or predict.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "hornbeam/callbacks.hpp"

namespace hornbeam::callbacks {

class BackupCallback;

class CallbackList {
 public:
  // With a progress bar behind them, where verbose wants one and the list has none. Throws ValueError for an empty
  // pointer.
  CallbackList(const std::vector<std::shared_ptr<Callback>>& given, Model& model, const CallbackParams& params);

  // Those that the caller gave, without the bar that is added.
  std::span<const std::shared_ptr<Callback>> given() const { return std::span(all_).first(given_); }
  // An epoch that a training goes on with, which begins for none of them, has its progress bar too.
  void show_epoch(std::int64_t epoch) const;
  template <class Hook>
  void each(const Hook& hook) const {
    for (const auto& callback : all_) hook(*callback);
  }
  // Which of them keeps the training; null when none does.
  BackupCallback* backup() const { return backup_; }

 private:
  std::vector<std::shared_ptr<Callback>> all_;
  std::size_t given_;
  BackupCallback* backup_ = nullptr;
};

}  // namespace hornbeam::callbacks
