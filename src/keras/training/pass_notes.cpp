#include "keras/training/pass_notes.h"

#include <algorithm>
#include <atomic>

#include "keras/training/generators.h"

namespace hornbeam::training {
namespace {

thread_local PassNotes* current = nullptr;

}  // namespace

PassNotes::Scope::Scope(PassNotes& notes, std::int64_t taken) : outer_(current) {
  notes.taken_ = taken;
  current = &notes;
}
PassNotes::Scope::~Scope() { current = outer_; }

std::int64_t PassNotes::repeater() {
  static std::atomic<std::int64_t> count{0};
  return ++count;
}

void PassNotes::begins(std::int64_t repeater) {
  if (current) current->note(repeater);
}

void PassNotes::note(std::int64_t repeater) {
  if (const auto at = std::ranges::find(kept_, taken_, &Note::taken); at != kept_.end()) {
    random::set_generators(std::move(at->generators));
    kept_.erase(at);
  }
  // With its last pass those within that one are over too.
  notes_.erase(std::ranges::find(notes_, repeater, &Note::repeater), notes_.end());
  notes_.push_back({repeater, taken_, random::generators()});
}

void PassNotes::go_on_from(const Config& kept) {
  std::vector<Note> notes;
  for (const auto& one : kept.as_list()) {
    notes.push_back({0, one.at("taken").as_int(), generators_of(one.at("generators"))});
  }
  kept_ = std::move(notes);
}

Config PassNotes::to_config() const {
  auto list = Config::list();
  for (const auto& note : notes_) {
    list.push_back(Config{{"taken", note.taken}, {"generators", words_of(note.generators)}});
  }
  return list;
}

}  // namespace hornbeam::training
