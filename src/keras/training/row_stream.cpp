#include "keras/training/row_stream.h"

#include <algorithm>
#include <numeric>

#include "hornbeam/errors.hpp"
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
  if (!keras3_) --passes_;
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

SourceState RowStream::state() const {
  SourceState state;
  state.values = Config{{"rows", rows_}, {"batch_size", batch_size_}, {"next", next_}, {"passes", passes_}};
  if (shuffle_) state.tensors = {{"order", Tensor::from({rows_}, std::span<const std::int64_t>(order_))}};
  return state;
}

void RowStream::restore(const SourceState& state, std::int64_t more) {
  const auto count = [&](const char* name) {
    const auto* found = state.values.find(name);
    return found && found->is_int() ? found->as_int() : -1;
  };
  const auto wrong = [&](const std::string& expected, const std::string& found) {
    return FormatError("backup", "", "the data that it was made with, " + expected, found);
  };
  std::int64_t passes = 0;
  if (count("passes") < 0 || __builtin_add_overflow(count("passes"), more, &passes)) {
    throw FormatError("backup", "passes", "how many passes over the data are left", std::to_string(count("passes")));
  }
  const auto are = std::to_string(rows_) + " samples in batches of " + std::to_string(batch_size_);
  if (count("rows") != rows_ || count("batch_size") != batch_size_ || count("next") < 0 || count("next") > rows_) {
    throw wrong(are, std::to_string(count("rows")) + " samples in batches of " + std::to_string(count("batch_size")));
  }
  std::span<const std::int64_t> order;
  if (shuffle_) {
    if (state.tensors.size() != 1 || state.tensors[0].second.dtype() != DType::int64 ||
        state.tensors[0].second.shape() != Shape{rows_}) {
      throw wrong(are + " in an order", "no such order: it was made without shuffling");
    }
    order = state.tensors[0].second.data<std::int64_t>();
    std::vector<bool> seen(static_cast<std::size_t>(rows_));
    for (const auto row : order) {
      if (row < 0 || row >= rows_ || seen[static_cast<std::size_t>(row)]) throw wrong("an order of them", "none");
      seen[static_cast<std::size_t>(row)] = true;
    }
  }
  // All of it is right: it is taken.
  if (shuffle_) order_.assign(order.begin(), order.end());
  next_ = count("next");
  passes_ = std::max<std::int64_t>(passes, 0);
}

}  // namespace hornbeam::training
