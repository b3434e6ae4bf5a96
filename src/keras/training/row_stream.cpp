#include "keras/training/row_stream.h"

#include <algorithm>
#include <numeric>

#include "hornbeam/ops_array.hpp"
#include "keras/training/data.h"

namespace hornbeam::training {

RowStream::RowStream(std::int64_t rows, std::int64_t batch_size, bool shuffle, std::int64_t passes, Target target)
    : rows_(rows),
      batch_size_(batch_size),
      shuffle_(shuffle),
      passes_(passes),
      keras3_(target == Target::keras3),
      order_(static_cast<std::size_t>(rows)),
      next_(rows) {
  std::iota(order_.begin(), order_.end(), 0);
}

void RowStream::begin_pass() {
  if (shuffle_) order_ = shuffled(rows_);
  next_ = 0;
  --passes_;
}

void RowStream::begin_epoch() {
  if (keras3_ && at_end()) begin_pass();
}

std::span<const std::int64_t> RowStream::next() {
  if (at_end() && !keras3_ && passes_ > 0) begin_pass();
  const auto from = next_;
  next_ = std::min(rows_, next_ + batch_size_);
  return std::span(order_).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(next_ - from));
}

}  // namespace hornbeam::training
