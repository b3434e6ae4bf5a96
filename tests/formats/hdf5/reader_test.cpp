// Each storage feature, written by libhdf5 in each of its format generations, reads as libhdf5 reads it.
#include <gtest/gtest.h>

#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/oracle.h"
#include "formats/hdf5/test_files.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5::testing {
namespace {

class EveryGeneration : public ::testing::TestWithParam<H5F_libver_t> {
 protected:
  WriterOptions options() const {
    WriterOptions o;
    o.low = GetParam();
    return o;
  }
  static void check(Writer& w, int groups, int datasets, int attributes) {
    w.close();
    const Compared count = compare_with_libhdf5(w.path());
    EXPECT_EQ(count.groups, groups);
    EXPECT_EQ(count.datasets, datasets);
    EXPECT_EQ(count.attributes, attributes);
  }
};

TEST_P(EveryGeneration, EmptyFile) {
  Writer w(options());
  check(w, 1, 0, 0);
}

TEST_P(EveryGeneration, NumberTypes) {
  Writer w(options());
  const std::vector<hid_t> types = {
      H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE,   H5T_STD_I64LE,  H5T_STD_U8LE,   H5T_STD_U16LE,  H5T_STD_U32LE,
      H5T_STD_U64LE, H5T_STD_I8BE,  H5T_STD_I16BE,   H5T_STD_I32BE,  H5T_STD_I64BE,  H5T_STD_U16BE,  H5T_STD_U32BE,
      H5T_STD_U64BE, half_type(),   half_type(true), H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
  for (std::size_t i = 0; i < types.size(); ++i) {
    const hid_t d = dataset(w.file, "d" + std::to_string(i), {3, 5}, types[i]);
    const std::vector<float> values = {1, 2, 3, 4};
    const hid_t space = space_of({4});
    const hid_t a = H5Acreate2(d, "a", types[i], space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, H5T_NATIVE_FLOAT, values.data());
  }
  check(w, 1, static_cast<int>(types.size()), static_cast<int>(types.size()));
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.dataset("d1").dtype(), DType::int16);
  EXPECT_EQ(root.dataset("d7").dtype(), DType::uint64);
  EXPECT_EQ(root.dataset("d15").dtype(), DType::float16);
  EXPECT_EQ(root.dataset("d16").dtype(), DType::float16);
  EXPECT_EQ(root.dataset("d19").dtype(), DType::float64);
  EXPECT_EQ(root.dataset("d17").mapped().size(), 60U);
  EXPECT_TRUE(root.dataset("d18").mapped().empty());
}

TEST_P(EveryGeneration, Layouts) {
  Writer w(options());
  dataset(w.file, "scalar", {});
  dataset(w.file, "contiguous", {7, 9});
  dataset(w.file, "compact", {4, 5}, H5T_IEEE_F32LE, [](hid_t p) { H5Pset_layout(p, H5D_COMPACT); });
  dataset(w.file, "empty", {0, 3});
  const auto chunked = [](Dims chunk) {
    return [chunk](hid_t p) { H5Pset_chunk(p, static_cast<int>(chunk.size()), chunk.data()); };
  };
  const auto deflated = [](Dims chunk) {
    return [chunk](hid_t p) {
      H5Pset_chunk(p, static_cast<int>(chunk.size()), chunk.data());
      H5Pset_shuffle(p);
      H5Pset_deflate(p, 6);
      H5Pset_fletcher32(p);
    };
  };
  dataset(w.file, "one_chunk", {4, 5}, H5T_IEEE_F32LE, chunked({4, 5}));
  dataset(w.file, "one_chunk_deflated", {4, 5}, H5T_IEEE_F32LE, deflated({4, 5}));
  dataset(w.file, "fixed", {10, 11}, H5T_IEEE_F32LE, chunked({3, 4}));
  dataset(w.file, "fixed_deflated", {10, 11}, H5T_IEEE_F64BE, deflated({3, 4}));
  dataset(w.file, "fixed_room", {10, 11}, H5T_IEEE_F32LE, chunked({3, 4}), {20, 33});
  dataset(w.file, "fixed_paged", {70, 40}, H5T_IEEE_F32LE, chunked({1, 1}));
  dataset(w.file, "fixed_paged_deflated", {70, 40}, H5T_STD_I16LE, deflated({1, 1}), {70, 80});
  dataset(w.file, "extensible", {10, 11}, H5T_IEEE_F32LE, chunked({3, 4}), {H5S_UNLIMITED, 11});
  dataset(w.file, "extensible_second", {10, 11, 5}, H5T_IEEE_F32LE, chunked({3, 4, 2}), {30, H5S_UNLIMITED, 9});
  dataset(w.file, "extensible_deflated", {300}, H5T_IEEE_F32LE, deflated({1}), {H5S_UNLIMITED});
  dataset(w.file, "extensible_many", {4000}, H5T_STD_I32LE, chunked({1}), {H5S_UNLIMITED});
  dataset(w.file, "btree", {10, 11}, H5T_IEEE_F32LE, chunked({3, 4}), {H5S_UNLIMITED, H5S_UNLIMITED});
  dataset(w.file, "btree_deep", {70, 70}, H5T_IEEE_F32LE, chunked({1, 1}), {H5S_UNLIMITED, H5S_UNLIMITED});
  dataset(w.file, "btree_deflated", {50, 51}, H5T_IEEE_F32LE, deflated({3, 2}), {H5S_UNLIMITED, H5S_UNLIMITED});
  dataset(w.file, "implicit", {10, 11}, H5T_IEEE_F32LE, [&](hid_t p) {
    chunked({3, 4})(p);
    H5Pset_alloc_time(p, H5D_ALLOC_TIME_EARLY);
  });
  dataset(w.file, "raw_edges", {10, 11}, H5T_IEEE_F32LE, [&](hid_t p) {
    deflated({3, 4})(p);
    H5Pset_chunk_opts(p, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
  });
  dataset(w.file, "checksum_first", {10, 11}, H5T_IEEE_F32LE, [&](hid_t p) {
    chunked({3, 4})(p);
    H5Pset_fletcher32(p);
    H5Pset_deflate(p, 1);
  });
  dataset(w.file, "shuffled_int8", {100}, H5T_STD_U8LE, deflated({30}));
  check(w, 1, 22, 0);
}

TEST_P(EveryGeneration, ValuesNeverWritten) {
  Writer w(options());
  const auto make = [&](const char* name, hid_t type, const void* fill, bool chunked, const Dims& most) {
    const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {4};
    if (chunked) H5Pset_chunk(p, 1, chunk);
    if (fill != nullptr) H5Pset_fill_value(p, type, fill);
    const hid_t d = H5Dcreate2(w.file, name, type, space_of({30}, most), H5P_DEFAULT, p, H5P_DEFAULT);
    EXPECT_GE(d, 0);
    return d;
  };
  const float half = 0.5F;
  make("zeros", H5T_IEEE_F32LE, nullptr, false, {});
  make("halves", H5T_IEEE_F32LE, &half, false, {});
  for (const Dims& most : {Dims{}, Dims{H5S_UNLIMITED}}) {
    const std::string suffix = most.empty() ? "" : "_growing";
    make(("chunks" + suffix).c_str(), H5T_IEEE_F32LE, nullptr, true, most);
    const hid_t d = make(("chunks_of_halves" + suffix).c_str(), H5T_IEEE_F32LE, &half, true, most);
    const hsize_t start[] = {9};
    const hsize_t count[] = {2};
    const hid_t file_space = H5Dget_space(d);
    H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, nullptr, count, nullptr);
    const float values[] = {3, 4};
    H5Dwrite(d, H5T_NATIVE_FLOAT, space_of({2}), file_space, H5P_DEFAULT, values);
  }
  check(w, 1, 6, 0);
}

TEST_P(EveryGeneration, Strings) {
  Writer w(options());
  for (const H5T_str_t padding : {H5T_STR_NULLPAD, H5T_STR_NULLTERM, H5T_STR_SPACEPAD}) {
    fixed_strings(w.file, "fixed" + std::to_string(padding), {"dense", "a", "", "dense_1"}, padding);
  }
  vlen_strings(w.file, "vlen", {"dense", "", "a longer name"});
  vlen_strings(w.file, "utf8", {"dichte_\xc3\xa9", "x"}, H5T_CSET_UTF8);
  const std::string config(300000, 'c');
  const char* text = config.c_str();
  attribute(w.file, "model_config", string_type(H5T_VARIABLE, H5T_STR_NULLTERM), {}, &text);
  const hid_t d = H5Dcreate2(w.file, "words", string_type(H5T_VARIABLE, H5T_STR_NULLTERM), space_of({2}), H5P_DEFAULT,
                             H5P_DEFAULT, H5P_DEFAULT);
  const char* words[] = {"one", "two"};
  H5Dwrite(d, string_type(H5T_VARIABLE, H5T_STR_NULLTERM), H5S_ALL, H5S_ALL, H5P_DEFAULT, words);
  H5Dcreate2(w.file, "unwritten", string_type(H5T_VARIABLE, H5T_STR_NULLTERM), space_of({2}), H5P_DEFAULT, H5P_DEFAULT,
             H5P_DEFAULT);
  check(w, 1, 2, 6);
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.attribute("fixed0").as_strings(), (std::vector<std::string>{"dense", "a", "", "dense_1"}));
  EXPECT_EQ(root.attribute("model_config").as_string(), config);
  EXPECT_EQ(root.dataset("words").read_strings(), (std::vector<std::string>{"one", "two"}));
}

TEST_P(EveryGeneration, ManyLinksAndAttributes) {
  Writer w(options());
  for (int i = 0; i < 3000; ++i) group(w.file, "layer_with_a_rather_long_name_" + std::to_string(i));
  const hid_t g = group(w.file, "attributes");
  for (int i = 0; i < 700; ++i) attribute(g, "attribute_" + std::to_string(i), H5T_NATIVE_INT, {}, &i);
  check(w, 3002, 0, 700);
}

TEST_P(EveryGeneration, SpacesAndBool) {
  Writer w(options());
  attribute(w.file, "empty", H5T_IEEE_F64LE, {0}, nullptr);
  const hid_t null_space = H5Screate(H5S_NULL);
  H5Acreate2(w.file, "null", H5T_IEEE_F32LE, null_space, H5P_DEFAULT, H5P_DEFAULT);
  H5Dcreate2(w.file, "null_data", H5T_IEEE_F32LE, null_space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const signed char bools[] = {1, 0, 1};
  attribute(w.file, "bools", bool_type(), {3}, bools);
  const hid_t d = H5Dcreate2(w.file, "flags", bool_type(), space_of({3}), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(d, bool_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bools);
  check(w, 1, 2, 3);
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.attribute("empty").dtype(), DType::float64);
  EXPECT_TRUE(root.attribute("empty").as_strings().empty());
  EXPECT_EQ(root.dataset("flags").dtype(), DType::boolean);
  EXPECT_TRUE(root.dataset("flags").mapped().empty());
}

TEST_P(EveryGeneration, CommittedTypes) {
  Writer w(options());
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tcommit2(w.file, "type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  dataset(w.file, "d", {3}, type);
  const float value = 2.5F;
  attribute(w.file, "a", type, {}, &value);
  check(w, 1, 1, 1);
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.kind("type"), Kind::datatype);
  EXPECT_EQ(root.attribute("a").as_double(), 2.5);
}

TEST_P(EveryGeneration, CreationOrderAndCycles) {
  Writer w(options());
  const hid_t p = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_link_creation_order(p, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(p, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  for (const int count : {3, 30}) {
    const hid_t g = H5Gcreate2(w.file, ("g" + std::to_string(count)).c_str(), H5P_DEFAULT, p, H5P_DEFAULT);
    for (int i = 0; i < count; ++i) {
      group(g, "child" + std::to_string(99 - i));
      attribute(g, "attribute" + std::to_string(99 - i), H5T_NATIVE_INT, {}, &i);
    }
    H5Lcreate_hard(w.file, "/", g, "up", H5P_DEFAULT, H5P_DEFAULT);
  }
  check(w, 36, 0, 33);
  const auto root = File::open(w.path())->root();
  EXPECT_TRUE(root.has("g3/up/g30/up/g3/child99"));
}

TEST_P(EveryGeneration, UserBlockAndSmallSizes) {
  for (const std::size_t size : {std::size_t{4}, std::size_t{8}}) {
    WriterOptions o = options();
    o.user_block = 2048;
    o.size_of_offset = size;
    o.size_of_length = size;
    Writer w(o);
    vlen_strings(w.file, "names", {"a", "b"});
    for (int i = 0; i < 20; ++i)
      dataset(w.file, "d" + std::to_string(i), {20, 3}, H5T_IEEE_F32LE, [&](hid_t p) {
        const hsize_t chunk[] = {4, 2};
        if (i % 2 == 0) H5Pset_chunk(p, 2, chunk);
      });
    check(w, 1, 20, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Libver, EveryGeneration,
                         ::testing::Values(H5F_LIBVER_EARLIEST, H5F_LIBVER_V18, H5F_LIBVER_V110));

// A few values far out: indexes with holes in their super blocks, blocks and pages.
TEST(Hdf5Reader, SparseIndexes) {
  Writer w({.low = H5F_LIBVER_V110});
  constexpr hsize_t kSize = 150000;
  for (const bool filtered : {false, true}) {
    for (const Dims& most : {Dims{kSize}, Dims{H5S_UNLIMITED}}) {
      const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
      const hsize_t chunk[] = {1};
      H5Pset_chunk(p, 1, chunk);
      if (filtered) H5Pset_fletcher32(p);
      const std::string name = std::to_string(filtered) + (most[0] == kSize ? "fixed" : "growing");
      const hid_t d =
          H5Dcreate2(w.file, name.c_str(), H5T_STD_I32LE, space_of({kSize}, most), H5P_DEFAULT, p, H5P_DEFAULT);
      for (const hsize_t at : {0ULL, 3ULL, 4ULL, 20ULL, 300ULL, 5000ULL, 140000ULL, 142000ULL, 149999ULL}) {
        const hsize_t start[] = {at};
        const hsize_t count[] = {1};
        const hid_t file_space = H5Dget_space(d);
        H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, nullptr, count, nullptr);
        const int value = static_cast<int>(at) + 1;
        H5Dwrite(d, H5T_NATIVE_INT, space_of({1}), file_space, H5P_DEFAULT, &value);
      }
    }
  }
  w.close();
  EXPECT_EQ(compare_with_libhdf5(w.path()).datasets, 4);
}

// Attributes past 64 KB are huge objects of the fractal heap.
TEST(Hdf5Reader, HugeDenseAttributes) {
  Writer w({.low = H5F_LIBVER_V110});
  std::vector<double> values(20000);
  std::iota(values.begin(), values.end(), 0.0);
  for (int i = 0; i < 12; ++i) {
    attribute(w.file, "huge" + std::to_string(i), H5T_NATIVE_DOUBLE, {values.size()}, values.data());
  }
  w.close();
  EXPECT_EQ(compare_with_libhdf5(w.path()).attributes, 12);
}

TEST(Hdf5Reader, SoftLinks) {
  Writer w;
  const hid_t g = group(w.file, "g");
  dataset(g, "d", {2});
  H5Lcreate_soft("/g/d", w.file, "absolute", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("./d", g, "relative", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("g", w.file, "to_group", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("nowhere", w.file, "broken", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("loop_b", w.file, "loop_a", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("loop_a", w.file, "loop_b", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("other.h5", "/x", w.file, "outside", H5P_DEFAULT, H5P_DEFAULT);
  w.close();
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.keys().size(), 7U);
  EXPECT_EQ(root.hard_keys(), (std::vector<std::string>{"g"}));
  EXPECT_EQ(root.dataset("absolute").id(), root.dataset("g/d").id());
  EXPECT_EQ(root.dataset("to_group/relative").id(), root.id_of("/g/d"));
  EXPECT_EQ(root.group("g").dataset("/absolute").path(), "/absolute");
  EXPECT_FALSE(root.has("broken"));
  EXPECT_THROW(root.has("loop_a"), FormatError);
  EXPECT_THROW(root.dataset("outside"), FormatError);
  EXPECT_THROW(root.dataset("missing"), KeyError);
  EXPECT_THROW(root.dataset("g"), KeyError);
  EXPECT_THROW(root.group("g/d"), KeyError);
}

TEST(Hdf5Reader, SplitAttributeLists) {
  Writer w;
  fixed_strings(w.file, "plain", {"a", "b"});
  fixed_strings(w.file, "layer_names0", {"a", "b"});
  vlen_strings(w.file, "layer_names1", {"c"});
  fixed_strings(w.file, "layer_names3", {"never"});
  attribute(w.file, "weight_names", H5T_IEEE_F64LE, {0}, nullptr);
  vlen_strings(w.file, "not_text", {"\xff"});
  w.close();
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(load_attribute_strings(root, "plain"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(load_attribute_strings(root, "layer_names"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(load_attribute_strings(root, "weight_names").empty());
  EXPECT_TRUE(has_attribute_strings(root, "layer_names"));
  EXPECT_THROW(load_attribute_strings(root, "absent"), KeyError);
  EXPECT_THROW(load_attribute_strings(root, "not_text"), FormatError);
}

TEST(Hdf5Reader, ScalarsOfAttributes) {
  Writer w;
  const std::int64_t whole = -7;
  const float real = 0.25F;
  const signed char yes = 1;
  attribute(w.file, "int", H5T_STD_I64BE, {}, nullptr);
  attribute(w.file, "whole", H5T_NATIVE_INT64, {}, &whole);
  attribute(w.file, "real", H5T_NATIVE_FLOAT, {1}, &real);
  attribute(w.file, "yes", bool_type(), {}, &yes);
  vlen_strings(w.file, "text", {"a"});
  w.close();
  const auto root = File::open(w.path())->root();
  EXPECT_EQ(root.attribute("whole").as_int(), -7);
  EXPECT_EQ(root.attribute("whole").as_double(), -7.0);
  EXPECT_EQ(root.attribute("real").as_double(), 0.25);
  EXPECT_EQ(root.attribute("yes").as_int(), 1);
  EXPECT_THROW(root.attribute("real").as_int(), FormatError);
  EXPECT_THROW(root.attribute("text").as_double(), FormatError);
  EXPECT_THROW(root.attribute("whole").as_strings(), FormatError);
  std::byte room[1];
  EXPECT_THROW(root.attribute("text").read(room), TypeError);
}

TEST(Hdf5Reader, SizesMustBeAgreed) {
  Writer w;
  dataset(w.file, "d", {4});
  w.close();
  const auto d = File::open(w.path())->root().dataset("d");
  std::vector<std::byte> room(15);
  EXPECT_THROW(d.read(room), ValueError);
  EXPECT_THROW(d.read_bytes(15), ValueError);
  EXPECT_EQ(d.read_bytes(16).size(), 16U);
  EXPECT_THROW(d.read_strings(), TypeError);
}

}  // namespace
}  // namespace hornbeam::formats::hdf5::testing
