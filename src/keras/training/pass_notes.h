// Where the passes within one pass over a dataset began: those of what repeat() goes through again and again. What they
// draw (a shuffle, the generators of a thread that makes batches ahead) follows from the random generators as they
// stood just then, which a training has moved on between them.
//
// Thread-safety: notes are of the thread that made them.
#pragma once

#include <cstdint>
#include <vector>

#include "hornbeam/config.hpp"
#include "ops/random_state.h"

namespace hornbeam::training {

class PassNotes {
 public:
  // While it lives, passes that begin in this thread are noted as after so many batches.
  class Scope {
   public:
    Scope(PassNotes& notes, std::int64_t taken);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PassNotes* outer_;
  };
  // Of one that goes through a pass again and again, to be had once.
  static std::int64_t repeater();
  // It begins its pass anew: noted where a scope stands in this thread.
  static void begins(std::int64_t repeater);

  // From here on, passes that begin where one is noted in `kept` begin with the generators that it had.
  void go_on_from(const Config& kept);
  // The passes under way, each with those within it.
  Config to_config() const;

 private:
  struct Note {
    std::int64_t repeater, taken;
    random::Generators generators;
  };
  void note(std::int64_t repeater);

  std::vector<Note> notes_, kept_;  // those that shall be gone on from: no repeater
  std::int64_t taken_ = 0;
};

}  // namespace hornbeam::training
