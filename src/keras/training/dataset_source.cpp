#include "keras/training/dataset_source.h"

#include "hornbeam/errors.hpp"

namespace hornbeam::training {

void DatasetSource::begin_epoch(bool whole_passes) {
  if (pass_ && !whole_passes) return;
  pass_ = nullptr;  // the one before ends first
  pass_ = dataset_.begin();
  taken_ = 0;
}

bool DatasetSource::next(SourceBatch& batch) {
  const auto given = pass_();
  if (!given) return false;
  ++taken_;
  data_ = arrange_(*given);
  arrays_ = data_.arrays();
  batch = {&data_, arrays_};
  return true;
}

SourceState DatasetSource::state() const { return {Config{{"taken", taken_}, {"under_way", bool(pass_)}}, {}}; }

void DatasetSource::restore(const SourceState& state) {
  const auto* taken = state.values.find("taken");
  if (!taken || !taken->is_int()) throw FormatError("backup", "", "the place in a dataset", "that in arrays");
  if (!state.values.at("under_way").as_bool()) return;
  begin_epoch(true);
  for (; taken_ < taken->as_int(); ++taken_) {
    if (!pass_()) {
      throw FormatError("backup", "", "a dataset of at least " + taken->dump() + " batches", std::to_string(taken_));
    }
  }
}

}  // namespace hornbeam::training
