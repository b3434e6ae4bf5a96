#include "keras/serialization/load_notes.h"

#include <utility>

namespace hornbeam {
namespace {
thread_local LoadNotes* collector = nullptr;
}

LoadNotes::LoadNotes() : outer_(collector) { collector = this; }
LoadNotes::~LoadNotes() { collector = outer_; }

void add_load_note(LoadNote note) {
  if (collector) collector->notes_.push_back(std::move(note));
}

}  // namespace hornbeam
