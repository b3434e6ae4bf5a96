// Batches of a Dataset.
#pragma once

#include <functional>
#include <vector>

#include "hornbeam/dataset.hpp"
#include "keras/training/batch_source.h"
#include "keras/training/pass_notes.h"
#include "ops/random_state.h"

namespace hornbeam::training {

class DatasetSource final : public BatchSource {
 public:
  // `arrange` makes arrays of a batch that the model takes. Keras 3 begins the data anew once a pass has ended, Keras 2
  // goes through them once where epochs are of so many steps.
  DatasetSource(const Dataset& dataset, Target target, std::function<Data(const Batch&)> arrange)
      : dataset_(dataset), keras3_(target == Target::keras3), arrange_(std::move(arrange)) {}
  std::optional<std::int64_t> batches_per_pass() const override { return dataset_.batches(); }
  const Data* form() const override { return nullptr; }
  void begin_epoch(bool whole_passes) override;
  bool next(SourceBatch& batch) override;
  // How many batches of the pass were taken, and the random generators as they stood when it began: when the pass is
  // begun again with these, and the passes within it with theirs, as many batches are left out.
  SourceState state() const override;
  void restore(const SourceState& state, std::int64_t more) override;

 private:
  std::optional<Batch> take();
  bool at_end() const { return ended_ || (dataset_.batches() && taken_ >= *dataset_.batches()); }

  Dataset dataset_;
  bool keras3_;
  std::function<Data(const Batch&)> arrange_;
  Dataset::Next pass_;
  random::Generators begun_with_;
  PassNotes notes_;
  bool ended_ = false;
  std::int64_t taken_ = 0;
  Data data_;
  std::vector<Tensor> arrays_;
};

}  // namespace hornbeam::training
