#include "keras/training/array_source.h"

#include <algorithm>

namespace hornbeam::training {

ArraySource::ArraySource(Data data, std::int64_t batch_size, bool shuffle, std::int64_t passes, Target target)
    : data_(std::move(data)),
      rows_(data_.rows(), batch_size, shuffle, passes, target),
      batches_(data_.arrays(), batch_size) {}

void ArraySource::begin_epoch(bool) { rows_.begin_epoch(); }

bool ArraySource::next(SourceBatch& batch) {
  const auto rows = rows_.next();
  if (rows.empty()) return false;
  batch = {&data_, batches_.gather(rows)};
  return true;
}

SourceState ArraySource::state() const { return rows_.state(); }
void ArraySource::restore(const SourceState& state, std::int64_t more) { rows_.restore(state, more); }

bool SliceSource::next(SourceBatch& batch) {
  const auto rows = data_.rows();
  if (next_ >= rows) return false;
  const auto to = std::min(rows, next_ + batch_size_);
  arrays_ = data_.slice(next_, to).arrays();
  next_ = to;
  batch = {&data_, arrays_};
  return true;
}

}  // namespace hornbeam::training
