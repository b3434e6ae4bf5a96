// The rows that fit takes, batch by batch: pass after pass over the data, each in an order of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hornbeam/target.hpp"
#include "keras/training/batch_source.h"

namespace hornbeam::training {

// Without steps_per_epoch an epoch is a pass. With it, epochs go on where the one before ended. Keras 2 makes one
// stream of as many passes as there are epochs, and training ends with it; in Keras 3 an epoch ends with its pass.
class RowStream {
 public:
  // `passes`: how many there are in Keras 2.
  RowStream(std::int64_t rows, std::int64_t batch_size, bool shuffle, std::int64_t passes, Target target);

  std::int64_t batches_per_pass() const { return (rows_ + batch_size_ - 1) / batch_size_; }
  void begin_epoch();
  // The rows of the next batch; empty when the data ran out. Valid until the next call.
  std::span<const std::int64_t> next();
  // The order of the pass under way, and how far it is.
  SourceState state() const;
  // `more`: how many passes more there are now than when the state was kept. Throws FormatError when the state is not
  // of as many rows in batches of the same size.
  void restore(const SourceState& state, std::int64_t more);

 private:
  bool at_end() const { return next_ >= rows_; }
  void begin_pass();

  std::int64_t rows_, batch_size_;
  bool shuffle_;
  std::int64_t passes_;
  bool keras3_;
  std::vector<std::int64_t> order_;
  std::int64_t next_;
};

}  // namespace hornbeam::training
