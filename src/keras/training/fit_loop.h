// The epochs of one fit.
#pragma once

#include <functional>

#include "keras/callbacks/callback_list.h"
#include "keras/training/batch_source.h"
#include "keras/training/step.h"
#include "keras/training/trainer.h"

namespace hornbeam::training {

class Trainer::Loop {
 public:
  struct Parts {
    BatchSource& source;
    // Of the validation data; empty when there are none.
    std::function<Logs(const callbacks::CallbackList&)> validate;
    // Asked once, when the training step is made, before it is run; may be empty.
    std::function<void()> check_validation;
    const callbacks::CallbackList& callbacks;
    const FitOptions& options;
    std::optional<std::int64_t> steps;  // of an epoch; none: until the data run out
    bool whole_passes = true;           // an epoch begins the data anew
  };
  Loop(Trainer& trainer, Parts parts);
  History run();

 private:
  void epoch(std::int64_t number);
  void batches();
  // What Keras tells of an epoch for which no batch was left. Throws ValueError in its words where there never was one,
  // in Keras 2.
  void tell_of_no_batches(const Logs& before);
  bool stops() const;
  // An epoch without a batch, of steps whose results nobody knows then.
  bool has_nothing_to_tell() const { return trained_ && results_.empty(); }
  bool interrupted() const;
  // Where the training stands, for a backup, and back there.
  SourceState state(std::int64_t next_epoch, std::int64_t next_step) const;
  void restore(const SourceState& state);
  void restore_callbacks(const SourceState& state);
  void back_up(std::int64_t next_epoch, std::int64_t next_step, bool epoch_ended);

  Trainer& trainer_;
  Model& model_;
  Parts parts_;
  const FitOptions& o_;
  Target target_;
  History history_;
  Logs logs_, none_;                                    // of the epoch so far; what hooks without results get
  std::int64_t epoch_ = 0, step_ = 0, first_step_ = 0;  // those under way; where a resumed epoch goes on
  std::shared_ptr<Step> compiled_;
  const Data* form_ = nullptr;
  std::vector<Result> results_;
  bool enough_ = true, resumed_ = false, trained_ = false;
};

}  // namespace hornbeam::training
