// RaggedTensor: its parts, what is refused, rows, and nested lists.
#include "hornbeam/ragged_tensor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "hornbeam/ops.hpp"
#include "ops/ragged/ragged.h"

using namespace hornbeam;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Tensor ints(const std::vector<std::int64_t>& values) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}
std::string json(const Tensor& t) { return array_to_json(t).dump(); }

// [[1, 2], [], [3]]
const auto kOne = [] { return RaggedTensor::from_row_splits(ints({1, 2, 3}), ints({0, 2, 2, 3})); };
// [[[1, 2], []], [[3]]]
const auto kTwo = [] {
  return RaggedTensor::from_nested_row_splits(ints({1, 2, 3}), {ints({0, 2, 3}), ints({0, 2, 2, 3})});
};

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(RaggedTensor, Parts) {
  const auto one = kOne(), two = kTwo();
  EXPECT_EQ(json(one), "[[1, 2], [], [3]]");
  EXPECT_EQ(json(two), "[[[1, 2], []], [[3]]]");
  EXPECT_EQ(json(two.values()), json(one));
  EXPECT_EQ(one.shape(), (Shape{3, None}));
  EXPECT_EQ(two.shape(), (Shape{2, None, None}));
  EXPECT_EQ(two.ragged_rank(), 2U);
  EXPECT_EQ(json(one.row_lengths()), "[2, 0, 1]");
  EXPECT_EQ(json(one.nrows()), "3");
  EXPECT_EQ(json(two.bounding_shape()), "[2, 2, 2]");
  EXPECT_EQ(json(one.to_tensor()), "[[1, 2], [0, 0], [3, 0]]");
  EXPECT_EQ(json(one.to_tensor(Tensor::scalar(-1))), "[[1, 2], [-1, -1], [3, -1]]");
  EXPECT_EQ(json(two.to_tensor()), "[[[1, 2], [0, 0]], [[3, 0], [0, 0]]]");
  EXPECT_EQ(json(RaggedTensor::from_row_lengths(ints({1, 2, 3}), ints({2, 0, 1}))), json(one));
  EXPECT_EQ(json(RaggedTensor::from_tensor(one.to_tensor())), "[[1, 2], [0, 0], [3, 0]]");
  const auto none = RaggedTensor::from_row_splits(Tensor::zeros(DType::float32, {0, 2}), ints({0}));
  EXPECT_EQ(none.to_tensor().shape(), (Shape{0, 0, 2}));
  const auto words = RaggedTensor::from_row_splits(Tensor::from<std::string>({2}, {"a", "b"}), ints({0, 2, 2}));
  EXPECT_EQ(json(words.to_tensor()), R"([["a", "b"], ["", ""]])");
}

TEST(RaggedTensor, RefusesWhatIsNoRows) {
  const auto from = [](const std::vector<std::int64_t>& splits) {
    return error_of([&] { RaggedTensor::from_row_splits(ints({1, 2, 3}), ints(splits)); });
  };
  for (const auto& splits :
       std::vector<std::vector<std::int64_t>>{{}, {1, 3}, {0, 2}, {0, 4}, {0, 2, 1, 3}, {0, -1, 3}}) {
    EXPECT_THAT(from(splits), HasSubstr("Arguments to from_row_splits do not form a valid RaggedTensor"));
  }
  EXPECT_THAT(error_of([] {
                RaggedTensor::from_row_lengths(ints({1, 2}), ints({3, -1}));
              }),
              HasSubstr("Arguments to from_row_lengths do not form a valid RaggedTensor"));
  EXPECT_THAT(error_of([] {
                RaggedTensor::from_row_lengths(ints({1, 2}), ints({1}));
              }),
              HasSubstr("do not form a valid RaggedTensor"));
  EXPECT_THAT(error_of([] { RaggedTensor(ints({1})); }), HasSubstr("expected a RaggedTensor"));
  EXPECT_THAT(error_of([] { RaggedTensor::from_tensor(ints({1})); }), HasSubstr("ragged_rank"));
}

TEST(RaggedTensor, OpsGoElementByElement) {
  EXPECT_EQ(json(kOne() * Tensor::scalar(std::int64_t{2})), "[[2, 4], [], [6]]");
  EXPECT_EQ(json(kTwo() + kTwo()), "[[[2, 4], []], [[6]]]");
  EXPECT_EQ(json(ops::cast(kOne(), DType::boolean)), "[[true, true], [], [true]]");
  EXPECT_THAT(error_of([] { ops::matmul(kOne(), kOne()); }), HasSubstr("Failed to convert elements of"));
  EXPECT_THAT(error_of([] { ops::shape(kOne()); }), HasSubstr("to_tensor()"));
  const auto other = RaggedTensor::from_row_splits(ints({1, 2, 3}), ints({0, 1, 2, 3}));
  EXPECT_THAT(error_of([&] { (void)(kOne() + other); }), HasSubstr("Inputs must have identical ragged splits"));
}

TEST(RaggedTensor, Rows) {
  EXPECT_EQ(json(some_rows(kTwo(), 1, 2)), "[[[3]]]");
  EXPECT_EQ(json(some_rows(kOne(), 0, 2)), "[[1, 2], []]");
  EXPECT_EQ(json(some_rows(kOne(), 1, 1)), "[]");
  const std::vector<std::int64_t> order{2, 0, 0};
  EXPECT_EQ(json(ordered_rows(kOne(), order)), "[[3], [1, 2], [1, 2]]");
  EXPECT_EQ(json(joined_rows(std::vector<Tensor>{kOne(), kOne()})), "[[1, 2], [], [3], [1, 2], [], [3]]");
  EXPECT_EQ(json(reversed_rows(kOne())), "[[2, 1], [], [3]]");
  EXPECT_EQ(json(concat_ragged({kOne(), kOne()}, 1)), "[[1, 2, 1, 2], [], [3, 3]]");
}

TEST(RaggedJson, UnevenListsAreRagged) {
  const auto read = [](const std::string& text) { return json_to_array(Config::parse(text), "x.json"); };
  const auto rank = [&](const std::string& text) {
    const auto t = read(text);
    EXPECT_EQ(json(t), text);
    return is_ragged(t) ? RaggedTensor(t).ragged_rank() : 0;
  };
  EXPECT_EQ(rank("[[1, 2], [3, 4]]"), 0U);
  EXPECT_EQ(rank("[[1, 2], [3]]"), 1U);
  EXPECT_EQ(rank("[[], [3]]"), 1U);
  EXPECT_EQ(rank("[[[1.5, 2.0]], [], [[3.0, 4.0], [5.0, 6.0]]]"), 1U);
  EXPECT_EQ(rank("[[[1], []], [[2, 3], [4]]]"), 2U);
  EXPECT_EQ(rank(R"([["a", "b"], ["c"]])"), 1U);
  EXPECT_EQ(read("[[[1.5, 2.0]], []]").shape(), (Shape{2, None, 2}));
  for (const auto& [text, words] :
       {std::pair{"[[1, [2]], [3]]", "item [0][0]"}, std::pair{"[[1, 2], 3]", "item [1]"},
        std::pair{"[[1, 2], [\"a\"]]", "item [1][0]"}, std::pair{"[[1], [2, null]]", "item [1][1]"}}) {
    EXPECT_THAT(error_of([&, t = text] { read(t); }), HasSubstr(words)) << text;
  }
}

}  // namespace
