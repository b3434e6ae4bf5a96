// The callbacks of one fit, evaluate or predict.
#pragma once

#include <memory>
#include <vector>

#include "hornbeam/callbacks.hpp"

namespace hornbeam::callbacks {

class BackupCallback;

class CallbackList {
 public:
  // With a progress bar behind them, where verbose wants one and the list has none. Throws ValueError for an empty
  // pointer.
  CallbackList(const std::vector<std::shared_ptr<Callback>>& given, Model& model, const CallbackParams& params);

  const std::vector<std::shared_ptr<Callback>>& all() const { return all_; }
  template <class Hook>
  void each(const Hook& hook) const {
    for (const auto& callback : all_) hook(*callback);
  }
  // Which of them keeps the training; null when none does.
  BackupCallback* backup() const { return backup_; }

 private:
  std::vector<std::shared_ptr<Callback>> all_;
  BackupCallback* backup_ = nullptr;
};

}  // namespace hornbeam::callbacks
