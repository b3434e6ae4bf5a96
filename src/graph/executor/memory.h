// Where the values of a plan live: which share memory, and where each block stands in the arena.
#pragma once

#include <limits>
#include <vector>

#include "graph/executor/propagate.h"

namespace hornbeam::graph {

// What an entry of a run's pointer table is made of.
struct Place {
  enum class Kind : std::uint8_t { argument, variable, fixed, arena, variant, result };
  Kind kind = Kind::fixed;
  std::size_t at = 0;  // argument, capture, variant or result number, value number (fixed), offset in the arena
};

struct MemoryPlan {
  std::vector<Place> places;         // per value
  std::vector<std::size_t> scratch;  // per step: offset in the arena
  std::size_t arena_bytes = 0;
  std::size_t variants = 0;  // how many a run owns
  // Results that are not written in place: (result, value it is copied from).
  std::vector<std::pair<std::size_t, std::size_t>> copies;
  // Arguments that a run takes over from its caller: variants it may change in place.
  std::vector<std::pair<std::size_t, Place>> taken;
};

// `steps`: node ids in order; `scratch_bytes`: of each step's kernel; `takes`: arguments, variants, that are the
// run's own.
MemoryPlan plan_memory(const Program& program, const Facts& facts, const std::vector<std::size_t>& steps,
                       const std::vector<std::size_t>& scratch_bytes, const std::vector<bool>& takes = {});

// A block of bytes used by the steps first..last.
struct Block {
  std::size_t bytes = 0;
  std::size_t first = 0, last = 0;
  std::size_t offset = 0;
};
// Sets the offsets, biggest block first, each at the lowest place free for its whole life; 64-byte aligned. Returns the
// bytes needed.
std::size_t place_blocks(std::vector<Block>& blocks);

}  // namespace hornbeam::graph
