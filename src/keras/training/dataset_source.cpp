#include "keras/training/dataset_source.h"

#include "hornbeam/errors.hpp"
#include "keras/training/generators.h"
#include "keras/training/read_backup.h"

namespace hornbeam::training {

void DatasetSource::begin_epoch(bool whole_passes) {
  if (pass_ && !whole_passes && !(keras3_ && at_end())) return;
  pass_ = nullptr;  // the one before ends first
  begun_with_ = random::generators();
  notes_ = {};
  pass_ = dataset_.begin();
  taken_ = 0;
  ended_ = false;
}

std::optional<Batch> DatasetSource::take() {
  const PassNotes::Scope scope(notes_, taken_);
  return pass_();
}

bool DatasetSource::next(SourceBatch& batch) {
  const auto given = take();
  ended_ = !given;
  if (!given) return false;
  ++taken_;
  data_ = arrange_(*given);
  arrays_ = data_.arrays();
  batch = {&data_, arrays_};
  return true;
}

SourceState DatasetSource::state() const {
  return {Config{{"taken", taken_},
                 {"under_way", bool(pass_)},
                 {"ended", ended_},
                 {"begun_with", pass_ ? words_of(begun_with_) : Config()},
                 {"passes", notes_.to_config()}},
          {}};
}

void DatasetSource::restore(const SourceState& state, std::int64_t) {
  const auto* taken = state.values.find("taken");
  if (!taken || !taken->is_int() || taken->as_int() < 0) {
    throw FormatError("backup", "", "the place in a dataset", taken ? taken->dump() : "that in arrays");
  }
  bool ended = false;
  std::optional<random::Generators> begun_with;
  PassNotes passes;
  read_backup([&] {
    ended = state.values.at("ended").as_bool();
    if (state.values.at("under_way").as_bool()) begun_with = generators_of(state.values.at("begun_with"));
    passes.go_on_from(state.values.at("passes"));
  });
  if (!begun_with) return;
  random::set_generators(std::move(*begun_with));
  begin_epoch(true);
  notes_ = std::move(passes);
  for (; taken_ < taken->as_int(); ++taken_) {
    if (!take()) {
      throw FormatError("backup", "", "a dataset of at least " + taken->dump() + " batches", std::to_string(taken_));
    }
  }
  ended_ = ended;
}

}  // namespace hornbeam::training
