#include <algorithm>
#include <numeric>

#include "graph/executor/memory.h"

namespace hornbeam::graph {

std::size_t place_blocks(std::vector<Block>& blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  const auto rounded = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
  std::vector<std::size_t> placed;  // by offset
  std::size_t total = 0;
  for (const auto id : order) {
    auto& block = blocks[id];
    if (block.bytes == 0) continue;
    std::size_t offset = 0;
    for (const auto other : placed) {
      const auto& o = blocks[other];
      if (o.last < block.first || block.last < o.first) continue;
      if (offset + rounded(block.bytes) <= o.offset) break;
      offset = std::max(offset, o.offset + rounded(o.bytes));
    }
    block.offset = offset;
    total = std::max(total, offset + rounded(block.bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), offset,
                                   [&](std::size_t at, std::size_t b) { return at < blocks[b].offset; }),
                  id);
  }
  return total;
}

}  // namespace hornbeam::graph
