#include "hornbeam/npy.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "base/memory_limit.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::read_file;
using testing_support::TempDir;

const std::string kData = test_data("tensor") + "/npy/";

std::string error_of(const std::string& bytes) {
  try {
    parse_npy(std::as_bytes(std::span(bytes)), "a.npy");
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

std::string npy_of(const std::string& dict, std::size_t data) {
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(dict.size()) + '\0' + dict + std::string(data, 'x');
}
std::string npy_of(const std::string& descr, const std::string& shape, std::size_t data) {
  return npy_of("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}", data);
}

// The recorder writes complex numbers as pairs of reals.
Config json_of(const Tensor& t) {
  Shape pairs = t.shape();
  pairs.push_back(2);
  if (t.dtype() == DType::complex64) return tensor_to_json(Tensor::borrow(DType::float32, pairs, t.raw()));
  if (t.dtype() == DType::complex128) return tensor_to_json(Tensor::borrow(DType::float64, pairs, t.raw()));
  return tensor_to_json(t);
}

TEST(Npy, LoadsWhatNumpyWrote) {
  const auto expected = Config::parse(read_file(kData + "expected.json"));
  ASSERT_GT(expected.size(), 35u);
  for (const auto& [name, want] : expected.as_dict()) {
    SCOPED_TRACE(name);
    const auto tensor = load_npy(kData + name + ".npy");
    EXPECT_EQ(name_of(tensor.dtype()), want.at("dtype").as_string());
    EXPECT_EQ(tensor.shape(), Shape(want.at("shape").as_ints()));
    EXPECT_EQ(json_of(tensor), want.at("values"));
  }
}

TEST(Npy, SavesAsNumpyDoes) {
  const TempDir dir;
  for (const auto& entry : std::filesystem::directory_iterator(kData + "plain")) {
    SCOPED_TRACE(entry.path().string());
    save_npy(dir.file("a.npy"), load_npy(entry.path().string()));
    EXPECT_EQ(read_file(dir.file("a.npy")), read_file(entry.path().string()));
  }
  EXPECT_EQ(dir.count(), 1u);
}

TEST(Npy, RefusesOtherDtypes) {
  for (const auto& entry : std::filesystem::directory_iterator(kData + "refused")) {
    const auto path = entry.path().string();
    EXPECT_THROW(path.ends_with(".npz") ? (void)load_npz(path) : (void)load_npy(path), FormatError) << path;
  }
  EXPECT_THAT(error_of(read_file(kData + "refused/object.npy")), HasSubstr("allow_pickle=False"));
  EXPECT_THROW(load_npy(kData + "missing.npy"), OSError);
}

TEST(Npy, SaysWhatIsWrong) {
  EXPECT_EQ(error_of(npy_of("<f4", "(2, 3)", 24)), "accepted");
  EXPECT_EQ(error_of(npy_of("<f4", "(2L, 3L)", 24)), "accepted");
  EXPECT_EQ(error_of(npy_of("{\"shape\":(1,),\"descr\":\"=i4\",\"fortran_order\":True,}", 4)), "accepted");
  EXPECT_THAT(error_of(npy_of("<f4", "(2, 3)", 23)), HasSubstr("expected 24 bytes of data for shape (2, 3), found 23"));
  EXPECT_THAT(error_of(npy_of("<f4", "(2, 3)", 25)), HasSubstr("found 25"));
  EXPECT_THAT(error_of(npy_of("<f4", "(4611686018427387904, 4)", 0)), HasSubstr("more than 2^63"));
  EXPECT_THAT(error_of(npy_of("<f4", "(4611686018427387904, 3, 0)", 0)), HasSubstr("more than 2^63"));
  EXPECT_THAT(error_of(npy_of("<f4", "(99999999999999999999,)", 0)), HasSubstr("a dim of the shape"));
  EXPECT_THAT(error_of(npy_of("<f4", "(-1,)", 0)), HasSubstr("a dim of the shape"));
  EXPECT_THAT(error_of(npy_of("|S0", "(1000000000,)", 0)), HasSubstr("elements that have a width"));
  EXPECT_THAT(error_of(npy_of("<f3", "(1,)", 3)), HasSubstr("found '<f3'"));
  EXPECT_THAT(error_of(npy_of("{'descr': '<f4', 'shape': (1,)}", 4)), HasSubstr("found fewer"));
  EXPECT_THAT(error_of(npy_of("{'descr': '<f4', 'descr': '<f4'}", 4)), HasSubstr("once each"));
  EXPECT_THAT(error_of(npy_of("{'descr': '<f4'", 4)), HasSubstr("the end of the header"));
  EXPECT_THAT(error_of(npy_of("{'descr': '<f4}", 4)), HasSubstr("a plain string"));
  EXPECT_THAT(error_of(npy_of("<U1", "(1,)", 4)), HasSubstr("a Unicode character"));
  std::string dims;
  for (int i = 0; i < 65; ++i) dims += "1,";
  EXPECT_THAT(error_of(npy_of("<f4", "(" + dims + ")", 4)), HasSubstr("at most 64 dims"));
  const auto good = read_file(kData + "plain/f4.npy");
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(error_of(good.substr(0, n)), "accepted") << n;
  auto version = good;
  version[6] = 4;
  EXPECT_THAT(error_of(version), HasSubstr("found 4.0"));
}

TEST(Npy, MakesBoolsOfAnyByte) {
  const auto bytes = npy_of("|b1", "(2,)", 2);
  const auto t = parse_npy(std::as_bytes(std::span(bytes)), "a.npy");
  EXPECT_EQ(tensor_to_json(t).dump(), "[true, true]");
}

TEST(Npy, SavesNoStringItCannotKeep) {
  const TempDir dir;
  EXPECT_THROW(save_npy(dir.file("a.npy"), Tensor::from<std::string>({1}, {std::string("a\0", 2)})), ValueError);
  save_npy(dir.file("a.npy"), Tensor::from<std::string>({2}, {std::string("a\0b", 3), ""}));
  EXPECT_EQ(load_npy(dir.file("a.npy")).data<std::string>()[0], std::string("a\0b", 3));
  EXPECT_THROW(save_npy(dir.file("b.npy"), Tensor::empty(DType::resource, {})), TypeError);
  EXPECT_EQ(dir.count(), 1u);
}

TEST(Npz, LoadsWhatNumpyWrote) {
  for (const auto* file : {"stored.npz", "deflated.npz"}) {
    const auto arrays = load_npz(kData + file);
    ASSERT_EQ(arrays.size(), 3u);
    EXPECT_EQ(arrays[0].first, "w");
    EXPECT_EQ(tensor_to_json(arrays[0].second).dump(), "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]");
    EXPECT_EQ(arrays[1].first, "b");
    EXPECT_EQ(tensor_to_json(arrays[1].second).dump(), "[1, 2]");
    EXPECT_EQ(arrays[2].first, "name");
    EXPECT_EQ(tensor_to_json(arrays[2].second).dump(), "[\"x\", \"yz\"]");
  }
}

TEST(Npz, SavesReproducibly) {
  const TempDir dir;
  const auto arrays = load_npz(kData + "stored.npz");
  save_npz(dir.file("a.npz"), arrays);
  save_npz(dir.file("b.npz"), arrays);
  EXPECT_EQ(read_file(dir.file("a.npz")), read_file(dir.file("b.npz")));
  const auto again = load_npz(dir.file("a.npz"));
  ASSERT_EQ(again.size(), arrays.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].first, arrays[i].first);
    EXPECT_EQ(tensor_to_json(again[i].second), tensor_to_json(arrays[i].second));
  }
  EXPECT_THROW(save_npz(dir.file("c.npz"), {arrays[0], arrays[0]}), ValueError);
  save_npz(dir.file("empty.npz"), {});
  EXPECT_TRUE(load_npz(dir.file("empty.npz")).empty());
  EXPECT_EQ(dir.count(), 3u);
}

std::string refusal_of(const std::function<void()>& load) {
  try {
    load();
  } catch (const ValueError& e) {
    return e.what();
  }
  return "accepted";
}

// A byte in the file is an object of 32 bytes here.
TEST(Npy, AsksForNoMoreMemoryThanThereIs) {
  const auto bytes = npy_of("|S1", "(40000,)", 40000);
  const auto load = [&] { parse_npy(std::as_bytes(std::span(bytes)), "a.npy"); };
  {
    const base::MemoryOfTest small(1 << 20);
    EXPECT_THAT(refusal_of(load), HasSubstr("out of memory: with the array of shape (40000,), a.npy takes more"));
  }
  const base::MemoryOfTest enough(2 << 20);
  EXPECT_EQ(refusal_of(load), "accepted");
}

TEST(Npz, ArraysTogetherAskForNoMoreMemoryThanThereIs) {
  const TempDir dir;
  const auto path = dir.file("a.npz");
  const auto strings = Tensor::zeros(DType::string, {10000});
  save_npz(path, {{"a", strings}, {"b", strings}, {"c", strings}, {"d", strings}});
  const auto load = [&] { load_npz(path); };
  {
    const base::MemoryOfTest small(1 << 20);
    EXPECT_THAT(refusal_of(load), HasSubstr("with the array of shape (10000,), " + path + "/d.npy takes more"));
  }
  const base::MemoryOfTest enough(2 << 20);
  EXPECT_EQ(refusal_of(load), "accepted");
}

// 2 KB that become 2 MB.
TEST(Npz, InflatesNothingThatIsMoreThanMemory) {
  const auto load = [] { load_npz(kData + "zeros_deflated.npz"); };
  {
    const base::MemoryOfTest small(1 << 20);
    EXPECT_THAT(refusal_of(load), HasSubstr("out of memory: with the 2000128 bytes of"));
  }
  const base::MemoryOfTest enough(8 << 20);
  EXPECT_EQ(refusal_of(load), "accepted");
  const base::MemoryOfTest one_of_both(5 << 20);  // the bytes as they grow, and the array made of them
  EXPECT_THAT(refusal_of(load), HasSubstr("with the array of shape (2000000,)"));
}

}  // namespace
}  // namespace hornbeam
