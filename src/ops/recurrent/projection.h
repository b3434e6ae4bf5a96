// x W + b for the steps of a float32 recurrent op, in two ways: products, made for some steps at once; or, when x are
// indices (attr `lookup`), rows of a table that holds the product already.
#pragma once

#include "ops/recurrent/fast.h"

namespace hornbeam::fast {

class InputSource;

class Projection {
 public:
  // [count, columns] of a step, at `start`; `z`, which may be the same, is for what is made of them.
  struct Rows {
    const float* start;
    float* z;
  };
  // Steps must be asked for in order.
  Rows of_step(std::int64_t step);

 private:
  friend class InputSource;
  Projection(const InputSource& source, const Share& share, const KernelRun& io, float* buffer);
  void multiply(std::int64_t first_step, std::int64_t steps);
  Rows look_up(std::int64_t step);
  const float* table_row(std::int64_t b, std::int64_t step) const;

  const InputSource& source_;
  Share share_;
  const std::byte* x_;
  const float *bias_, *table_;
  const PackedB* weights_;
  float* buffer_;
};

// What a kernel knows of it before it runs.
class InputSource {
 public:
  InputSource(const KernelSpec& spec, const Sequence& q, const RecurrentInputs& in, std::int64_t columns);
  // Floats of scratch per sequence.
  std::int64_t scratch() const { return at_once_ * columns_; }
  // Throws InvalidArgumentError on an index that the table has not, as GatherV2 does.
  Projection begin(const KernelRun& io, const Share& share, float* buffer) const { return {*this, share, io, buffer}; }

 private:
  friend class Projection;
  Sequence q_;
  RecurrentInputs in_;
  std::int64_t columns_, at_once_;
  std::optional<Weights> weights_;  // none: a table
  TensorSpec indices_;
  std::int64_t table_rows_;
};

}  // namespace hornbeam::fast
