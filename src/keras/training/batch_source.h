// Where fit, evaluate and predict take their batches from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "keras/training/data.h"

namespace hornbeam::training {

// Where a source stands.
struct SourceState {
  Config values = Config::dict();
  NamedTensors tensors = {};
};

// One batch: arrays in the order of Data::arrays, of the form of `form`. Valid until the next one.
struct SourceBatch {
  const Data* form = nullptr;
  std::span<const Tensor> arrays = {};
};

class BatchSource {
 public:
  BatchSource() = default;
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;
  virtual ~BatchSource() = default;

  // Batches of a pass over all; none when nobody knows.
  virtual std::optional<std::int64_t> batches_per_pass() const = 0;
  // Is the form of all batches this one's? Null where each may have another.
  virtual const Data* form() const = 0;
  // `whole_passes`: an epoch ends with the data; else it goes on where the one before ended.
  virtual void begin_epoch(bool whole_passes) = 0;
  // False when the data ran out.
  virtual bool next(SourceBatch& batch) = 0;
  virtual SourceState state() const = 0;
  // `more`: how many epochs more are wanted now than when the state was kept. Throws FormatError when the state is that
  // of other data.
  virtual void restore(const SourceState& state, std::int64_t more) = 0;
};

}  // namespace hornbeam::training
