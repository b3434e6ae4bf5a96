#include <gmock/gmock.h>

#include "hornbeam/npy.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;

Tensor of(const std::string& json) { return json_to_tensor(Config::parse(json)); }

std::string error_of(const std::string& json) {
  try {
    of(json);
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(JsonTensor, TakesDtypeAndShapeFromTheValues) {
  const std::tuple<const char*, DType, Shape, const char*> kCases[] = {
      {"[[1, 2], [3, 4]]", DType::int64, {2, 2}, "[[1, 2], [3, 4]]"},
      {"[1, 2.5]", DType::float64, {2}, "[1.0, 2.5]"},
      {"[true, false]", DType::boolean, {2}, "[true, false]"},
      {"[[\"a\"], [\"b\"]]", DType::string, {2, 1}, "[[\"a\"], [\"b\"]]"},
      {"3", DType::int64, {}, "3"},
      {"[]", DType::float64, {0}, "[]"},
      {"[[], []]", DType::float64, {2, 0}, "[[], []]"},
  };
  for (const auto& [json, dtype, shape, back] : kCases) {
    SCOPED_TRACE(json);
    const auto t = of(json);
    EXPECT_EQ(t.dtype(), dtype);
    EXPECT_EQ(t.shape(), shape);
    EXPECT_EQ(tensor_to_json(t).dump(), back);
  }
}

TEST(JsonTensor, RefusesRaggedAndMixedLists) {
  EXPECT_EQ(error_of("[[1, 2], [3]]"),
            "JSON (item [1]): expected a list of 2, as its neighbours are, found a list of 1: "
            "nested lists must be rectangular, not ragged");
  EXPECT_THAT(error_of("[[1], 2]"), HasSubstr("ragged"));
  EXPECT_THAT(error_of("[1, [2]]"), HasSubstr("ragged"));
  EXPECT_THAT(error_of("[[], [1]]"), HasSubstr("ragged"));
  EXPECT_THAT(error_of("[1, \"a\"]"), HasSubstr("item [1]): expected a number, as its neighbours are, found a str"));
  EXPECT_THAT(error_of("[1, true]"), HasSubstr("found a bool"));
  EXPECT_THAT(error_of("[null]"), HasSubstr("found null"));
  EXPECT_THAT(error_of("{\"a\": 1}"), HasSubstr("found dict"));
  EXPECT_EQ(error_of(std::string(32, '[') + "1" + std::string(32, ']')), "accepted");
  EXPECT_THAT(error_of(std::string(33, '[') + "1" + std::string(33, ']')), HasSubstr("at most 32"));
}

TEST(JsonTensor, WidensFloatsAsTolistDoes) {
  EXPECT_EQ(tensor_to_json(Tensor::from<float>({2}, {0.1f, 1.0f})).dump(), "[0.10000000149011612, 1.0]");
  EXPECT_EQ(tensor_to_json(Tensor::scalar(Float16(0.1f))).dump(), "0.0999755859375");
  EXPECT_EQ(tensor_to_json(Tensor::scalar<std::uint64_t>(7)).dump(), "7");
  EXPECT_THROW(tensor_to_json(Tensor::scalar(~std::uint64_t{0})), ValueError);
  EXPECT_THROW(tensor_to_json(Tensor::zeros(DType::complex64, {1})), TypeError);
}

TEST(JsonTensor, LoadsFiles) {
  const testing_support::TempDir dir;
  testing_support::write_file(dir.file("x.json"), "[[1.5, 2]]\n");
  EXPECT_EQ(tensor_to_json(load_json_tensor(dir.file("x.json"))).dump(), "[[1.5, 2.0]]");
  EXPECT_THROW(load_json_tensor(dir.file("missing.json")), OSError);
}

}  // namespace
}  // namespace hornbeam
