// Vocabulary files of SavedModels.
#include "graph/replay/table_files.h"

#include <gtest/gtest.h>

#include "hornbeam/errors.hpp"

using namespace hornbeam;

namespace {

Attrs columns(std::int64_t key, std::int64_t value, std::int64_t size = -1, std::int64_t offset = 0) {
  return {{"key_index", key}, {"value_index", value}, {"vocab_size", size}, {"offset", offset}};
}

TEST(TableFiles, WordsByTheirLines) {
  const auto [keys, values] =
      graph::table_of_lines("a\nb c\r\n\nd", columns(-2, -1, -1, 5), DType::string, DType::int64, "f");
  ASSERT_EQ(keys.num_elements(), 4);
  EXPECT_EQ(keys.data<std::string>()[1], "b c");
  EXPECT_EQ(keys.data<std::string>()[2], "");
  EXPECT_EQ(values.data<std::int64_t>()[3], 8);
}

TEST(TableFiles, Columns) {
  const auto [keys, values] = graph::table_of_lines("7\tx\n8\ty\n", columns(0, 1), DType::int64, DType::string, "f");
  EXPECT_EQ(keys.data<std::int64_t>()[1], 8);
  EXPECT_EQ(values.data<std::string>()[0], "x");
}

TEST(TableFiles, WhatDoesNotFitIsRefused) {
  const auto read = [](const char* text, const Attrs& attrs, DType keys) {
    graph::table_of_lines(text, attrs, keys, DType::int64, "f");
  };
  EXPECT_THROW(read("a\n", columns(-2, -1, 2), DType::string), InvalidArgumentError);  // fewer lines than it says
  EXPECT_THROW(read("a\n", columns(-2, 1), DType::string), InvalidArgumentError);      // no such column
  EXPECT_THROW(read("a\n", columns(-2, -1), DType::int64), InvalidArgumentError);      // no number
  EXPECT_THROW(read("a\n", columns(-1, -1), DType::string), InvalidArgumentError);     // a number for text
  EXPECT_THROW(read("a\n", columns(-3, -1), DType::string), InvalidArgumentError);     // no such index
  EXPECT_THROW(read("a\n", columns(-2, -1, 0), DType::string), InvalidArgumentError);  // of no size
}

}  // namespace
