// Batches of a Dataset.
#pragma once

#include <functional>
#include <vector>

#include "hornbeam/dataset.hpp"
#include "keras/training/batch_source.h"

namespace hornbeam::training {

class DatasetSource final : public BatchSource {
 public:
  // `arrange` makes arrays of a batch that the model takes.
  DatasetSource(const Dataset& dataset, std::function<Data(const Batch&)> arrange)
      : dataset_(dataset), arrange_(std::move(arrange)) {}
  std::optional<std::int64_t> batches_per_pass() const override { return dataset_.batches(); }
  const Data* form() const override { return nullptr; }
  void begin_epoch(bool whole_passes) override;
  bool next(SourceBatch& batch) override;
  // How many batches of the pass were taken: as many are left out when the pass is begun again.
  SourceState state() const override;
  void restore(const SourceState& state) override;

 private:
  Dataset dataset_;
  std::function<Data(const Batch&)> arrange_;
  Dataset::Next pass_;
  std::int64_t taken_ = 0;
  Data data_;
  std::vector<Tensor> arrays_;
};

}  // namespace hornbeam::training
