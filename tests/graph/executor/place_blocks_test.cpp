#include <gtest/gtest.h>

#include <random>

#include "graph/executor/memory.h"

namespace hornbeam::graph {
namespace {

void expect_no_overlap(const std::vector<Block>& blocks, std::size_t total) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].offset % 64, 0U);
    EXPECT_LE(blocks[i].offset + blocks[i].bytes, total);
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = blocks[i], &b = blocks[j];
      if (a.last < b.first || b.last < a.first || !a.bytes || !b.bytes) continue;
      EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset) << i << " and " << j;
    }
  }
}

TEST(PlaceBlocks, AChainNeedsTwoPlaces) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < 10; ++i) blocks.push_back({1000, i, i + 1, 0});
  EXPECT_EQ(place_blocks(blocks), 2048U);
  expect_no_overlap(blocks, 2048);
}

TEST(PlaceBlocks, RandomLivesNeverOverlap) {
  std::mt19937 draw(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Block> blocks;
    for (int i = 0; i < 60; ++i) {
      const std::size_t first = draw() % 100;
      blocks.push_back({draw() % 5000, first, first + draw() % 30, 0});
    }
    const auto total = place_blocks(blocks);
    expect_no_overlap(blocks, total);
  }
}

}  // namespace
}  // namespace hornbeam::graph
