// Dataset: batches that are made when they are wanted. What tf.data.Dataset, a Python generator or keras.utils.Sequence
// are to Keras's fit, evaluate and predict.
//
//   const auto data = Dataset::from_generator([] {
//     return [i = 0]() mutable -> std::optional<Batch> {
//       if (i == 100) return std::nullopt;  // the end of a pass
//       return Batch{.x = image(i), .y = label(i++)};
//     };
//   });
//   model->fit(data.prefetch(), {.epochs = 3});
//
// A value: copies share the source. What a source throws reaches the caller of fit. Thread-safety: passes may run at
// the same time when the source allows it; prefetch calls the source from a thread of its own, which ends with the
// pass.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "hornbeam/values.hpp"

namespace hornbeam {

// As a tuple (x, y, sample_weight) of Keras: arrays whose first dim is the batch.
struct Batch {
  Values x, y = {}, sample_weight = {};
};

class Dataset {
 public:
  // The next batch of a pass; nothing at its end.
  using Next = std::function<std::optional<Batch>()>;

  // `begin` starts a pass: fit does so for each epoch, or once its steps_per_epoch used one up. `batches`: of a pass,
  // where it is known. Throws ValueError for an empty function.
  static Dataset from_generator(std::function<Next()> begin, std::optional<std::int64_t> batches = {});
  // Batches by their number, as keras.utils.Sequence gives them. Throws ValueError for a negative number of them.
  static Dataset from_sequence(std::int64_t batches, std::function<Batch(std::int64_t index)> get);
  // Of a C++ range of Batch, which is gone through anew for each pass.
  template <class Range>
  static Dataset from_range(Range range) {
    auto shared = std::make_shared<Range>(std::move(range));
    return from_generator([shared] {
      return Next([shared, at = shared->begin()]() mutable -> std::optional<Batch> {
        if (at == shared->end()) return std::nullopt;
        return *at++;
      });
    });
  }

  // The next `batches` are made in a thread while one is in use. Throws ValueError unless it is positive. Random ops
  // that the source calls draw from generators of the pass's own, which follow from the seed as it stands when it
  // begins.
  Dataset prefetch(std::int64_t batches = 2) const;
  // Passes one after another: so many, or without end (none, or -1). Throws ValueError for fewer, and for too many.
  Dataset repeat(std::optional<std::int64_t> times = {}) const;
  // At most the first so many batches; -1: all. Throws ValueError for fewer.
  Dataset take(std::int64_t batches) const;
  Dataset map(std::function<Batch(const Batch& batch)> function) const;

  Next begin() const { return begin_(); }
  std::optional<std::int64_t> batches() const { return batches_; }

 private:
  Dataset(std::function<Next()> begin, std::optional<std::int64_t> batches)
      : begin_(std::move(begin)), batches_(batches) {}
  std::function<Next()> begin_;
  std::optional<std::int64_t> batches_;
};

}  // namespace hornbeam
