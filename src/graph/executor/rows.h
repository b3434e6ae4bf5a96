// Can a batch be run some rows at a time? A big batch run op by op falls out of the caches at every op; its rows run
// one after the other through the whole program stay in them, and threads need not wait for each other.
#pragma once

#include <cstdint>
#include <span>

#include "graph/executor/propagate.h"

namespace hornbeam::graph {

// How many rows to run at a time; 0: all at once, because rows depend on each other, or because the batch is small
// enough. `threads`: how many will share the rows.
std::int64_t rows_at_a_time(const Program& program, std::span<const Shape> input_shapes, const Facts& facts,
                            int threads);

}  // namespace hornbeam::graph
