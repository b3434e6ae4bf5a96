// Batches of arrays in memory.
#pragma once

#include <utility>
#include <vector>

#include "keras/training/batch_source.h"
#include "keras/training/row_stream.h"

namespace hornbeam::training {

// In an order that is drawn anew for each pass: rows are gathered.
class ArraySource final : public BatchSource {
 public:
  // As RowStream.
  ArraySource(Data data, std::int64_t batch_size, bool shuffle, std::int64_t passes, Target target);
  std::optional<std::int64_t> batches_per_pass() const override { return rows_.batches_per_pass(); }
  const Data* form() const override { return &data_; }
  void begin_epoch(bool whole_passes) override;
  bool next(SourceBatch& batch) override;
  SourceState state() const override;
  void restore(const SourceState& state, std::int64_t more) override;

 private:
  Data data_;
  RowStream rows_;
  Batches batches_;
};

// In their order, once: views.
class SliceSource final : public BatchSource {
 public:
  SliceSource(Data data, std::int64_t batch_size) : data_(std::move(data)), batch_size_(batch_size) {}
  std::optional<std::int64_t> batches_per_pass() const override {
    return (data_.rows() + batch_size_ - 1) / batch_size_;
  }
  const Data* form() const override { return &data_; }
  void begin_epoch(bool) override { next_ = 0; }
  bool next(SourceBatch& batch) override;
  SourceState state() const override { return {}; }
  void restore(const SourceState&, std::int64_t) override {}

 private:
  Data data_;
  std::int64_t batch_size_, next_ = 0;
  std::vector<Tensor> arrays_;
};

}  // namespace hornbeam::training
