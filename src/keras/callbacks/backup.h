// BackupAndRestore: when and where a training is kept. What is kept, fit says (keras/training/fit_state.cpp), after all
// callbacks saw the batch.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/callbacks.hpp"
#include "keras/training/batch_source.h"

namespace hornbeam::callbacks {

// Of what is kept: which values there are.
constexpr std::int64_t kBackupVersion = 3;

class BackupCallback final : public Callback {
 public:
  BackupCallback(const std::string& folder, const BackupAndRestoreOptions& options);

  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;

  // What an interrupted training left; none when there is nothing. In place of a damaged or missing one the one
  // before, which double_checkpoint keeps. Throws FormatError when there is none.
  std::optional<training::SourceState> load() const;
  bool due_after_batch();
  bool due_after_epoch() const { return o_.save_freq.by_epoch(); }
  // Did the last batch end the training before its time?
  bool preempted() const { return preempted_; }
  // Replaces what was kept: at each moment there is a whole backup.
  void save(const training::SourceState& state) const;

 private:
  static training::SourceState read(const std::string& path);
  void keep_before() const;
  std::string folder_, path_, before_;
  BackupAndRestoreOptions o_;
  std::int64_t batches_ = 0;
  bool preempted_ = false;
  mutable bool damaged_ = false;  // what stands at path_
};

}  // namespace hornbeam::callbacks
