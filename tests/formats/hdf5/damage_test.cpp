// Every way a file can be wrong: what the reader says, and that it says it before it allocates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/hdf5/digest.h"
#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/test_files.h"
#include "support/sanitized.h"

namespace hornbeam::formats::hdf5::testing {
namespace {

using ::testing::HasSubstr;
using testing_support::kStep;

std::string number(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes.at(at + i))} << (8 * i);
  return value;
}

struct Patch {
  std::string bytes;
  // `skip` bytes after (negative: before) the nth place that holds `mark`.
  Patch& at(const std::string& mark, std::ptrdiff_t skip, const std::string& value, int nth = 0) {
    std::size_t place = bytes.find(mark);
    for (; nth > 0 && place != std::string::npos; --nth) place = bytes.find(mark, place + 1);
    EXPECT_NE(place, std::string::npos) << mark;
    bytes.replace(place + static_cast<std::size_t>(skip), value.size(), value);
    return *this;
  }
};

// What Keras writes: old groups, names as attributes, contiguous weights.
std::string plain_file() {
  Writer w;
  const hid_t g = group(w.file, "dense");
  dataset(g, "kernel:0", {3, 4});
  dataset(g, "bias:0", {4});
  fixed_strings(g, "weight_names", {"kernel:0", "bias:0"});
  vlen_strings(w.file, "config", {"{\"class_name\": \"Sequential\"}", "another"});
  return w.bytes();
}

std::string chunked_file(const std::function<void(hid_t)>& more = {}) {
  Writer w;
  dataset(w.file, "d", {8, 8}, H5T_IEEE_F32LE, [&](hid_t p) {
    const hsize_t chunk[] = {4, 4};
    H5Pset_chunk(p, 2, chunk);
    if (more) more(p);
  });
  return w.bytes();
}

struct Case {
  const char* name;
  std::string (*bytes)();
  const char* message;
};

std::string superblock(std::size_t at, const std::string& value) {
  std::string bytes = plain_file();
  return bytes.replace(at, value.size(), value);
}

std::string type_file(hid_t type) {
  Writer w;
  H5Dcreate2(w.file, "d", type, space_of({2}), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  return w.bytes();
}

std::string compound_file() {
  const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(type, "x", 0, H5T_NATIVE_FLOAT);
  return type_file(type);
}

std::string array_file() {
  const hsize_t dims[] = {2};
  return type_file(H5Tarray_create2(H5T_NATIVE_FLOAT, 1, dims));
}

std::string odd_float_file() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_ebias(type, 100);
  return type_file(type);
}

std::string narrow_int_file() {
  const hid_t type = H5Tcopy(H5T_STD_I32LE);
  H5Tset_precision(type, 12);
  return type_file(type);
}

std::string external_storage_file() {
  Writer w;
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(p, "/etc/passwd", 0, 8);
  H5Dcreate2(w.file, "d", H5T_IEEE_F32LE, space_of({2}), H5P_DEFAULT, p, H5P_DEFAULT);
  return w.bytes();
}

std::string virtual_file() {
  Writer w;
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_virtual(p, space_of({2}), "other.h5", "/d", space_of({2}));
  H5Dcreate2(w.file, "d", H5T_IEEE_F32LE, space_of({2}), H5P_DEFAULT, p, H5P_DEFAULT);
  return w.bytes();
}

// The dataset's first chunk's key begins behind the chunk tree's head (24 bytes).
std::string chunk_tree() { return std::string("TREE\x01\0", 6); }
// Message heads in a version 1 header, up to the first byte of the body.
std::string message(unsigned type, unsigned size, unsigned flags = 0) {
  return number(type, 2) + number(size, 2) + number(flags, 1) + std::string(3, '\0');
}

std::string deflate_bomb_file() {
  // 16 MB of zeros deflate to about 16 kB; the shape then claims 64 bytes a chunk.
  Writer w;
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1 << 22};
  H5Pset_chunk(p, 1, chunk);
  H5Pset_deflate(p, 9);
  const hid_t d = H5Dcreate2(w.file, "d", H5T_IEEE_F32LE, space_of({1 << 22}), H5P_DEFAULT, p, H5P_DEFAULT);
  const std::vector<float> zeros(1 << 22);
  H5Dwrite(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
  Patch patch{w.bytes()};
  const std::string four_million = number(1 << 22, 4);
  patch.at(number(1 << 22, 8), 0, number(16, 8));           // the dataspace
  patch.at(four_million + number(4, 4), 0, number(16, 4));  // the layout
  return patch.bytes;
}

const Case kCases[] = {
    {"empty", [] { return std::string(); }, "expected an HDF5 file, found an empty file"},
    {"not_hdf5", [] { return std::string(5000, 'x'); }, "no HDF5 signature"},
    {"only_signature", [] { return plain_file().substr(0, 8); }, "more bytes"},
    {"superblock_version", [] { return superblock(8, "\x09"); }, "superblock version 0 to 3, found version 9"},
    {"offset_size", [] { return superblock(13, "\x03"); }, "addresses of 2, 4 or 8 bytes"},
    {"end_past_file", [] { return superblock(40, number(1 << 30, 8)); }, "truncated"},
    {"end_undefined", [] { return superblock(40, number(~0ULL, 8)); }, "an end of file after its start"},
    {"driver_block", [] { return superblock(48, number(96, 8)); }, "driver information block"},
    {"root_past_file", [] { return superblock(64, number(1 << 29, 8)); }, "object header at offset 536870912"},
    {"cut", [] { return plain_file().substr(0, 2000); }, "truncated"},
    {"header_version",
     [] {
       auto b = plain_file();
       b[96] = 7;
       return b;
     },
     "object header at offset 96"},
    {"message_too_long", [] { return Patch{plain_file()}.at(message(0x11, 16), 2, "\xf8\xff").bytes; }, "more bytes"},
    {"header_too_long",
     [] {
       auto b = plain_file();
       b.replace(104, 4, "\xff\xff\xff\x7f");
       return b;
     },
     "inside the file"},
    {"tree_signature", [] { return Patch{plain_file()}.at("TREE", 0, "tree").bytes; }, "signature 'TREE'"},
    {"tree_type", [] { return Patch{plain_file()}.at("TREE", 4, "\x01").bytes; }, "node type 0"},
    {"tree_level", [] { return Patch{plain_file()}.at("TREE", 5, "\x01").bytes; }, "signature 'TREE'"},
    {"tree_entries", [] { return Patch{plain_file()}.at("TREE", 6, "\xff\xff").bytes; }, "found"},
    {"node_signature", [] { return Patch{plain_file()}.at("SNOD", 0, "snod").bytes; }, "signature 'SNOD'"},
    {"node_count", [] { return Patch{plain_file()}.at("SNOD", 6, "\xff\xff").bytes; }, "symbol table node"},
    {"heap_signature", [] { return Patch{plain_file()}.at("HEAP", 0, "heap").bytes; }, "signature 'HEAP'"},
    {"heap_size", [] { return Patch{plain_file()}.at("HEAP", 8, number(1 << 30, 8)).bytes; }, "inside the file"},
    {"name_outside_heap", [] { return Patch{plain_file()}.at("SNOD", 8, number(1 << 20, 8)).bytes; }, "a name inside"},
    {"name_not_text", [] { return Patch{plain_file()}.at("kernel:0", 1, "\xff", 0).bytes; }, "UTF-8 text"},
    {"name_with_slash", [] { return Patch{plain_file()}.at("kernel:0", 1, "/", 0).bytes; }, "without '/'"},
    {"collection_signature", [] { return Patch{plain_file()}.at("GCOL", 0, "gcol").bytes; }, "signature 'GCOL'"},
    {"collection_size", [] { return Patch{plain_file()}.at("GCOL", 8, number(1 << 30, 8)).bytes; }, "global heap"},
    {"no_such_object", [] { return Patch{plain_file()}.at("GCOL", 16, "\x09").bytes; }, "no such object"},
    {"object_twice", [] { return Patch{plain_file()}.at("another", -16, "\x01").at("{\"class", -16, "\x01").bytes; },
     "each object once"},
    {"object_too_short", [] { return Patch{plain_file()}.at("GCOL", 24, number(3, 8)).bytes; }, "global heap"},
    {"compound", compound_file, "compound elements (not supported)"},
    {"array", array_file, "array elements (not supported)"},
    {"reference", [] { return type_file(H5T_STD_REF_OBJ); }, "reference elements (not supported)"},
    {"bitfield", [] { return type_file(H5T_STD_B8LE); }, "bitfield elements (not supported)"},
    {"sequence", [] { return type_file(H5Tvlen_create(H5T_NATIVE_INT)); }, "variable-length sequences"},
    {"odd_float", odd_float_file, "an IEEE float"},
    {"narrow_int", narrow_int_file, "integers that fill their bytes"},
    {"external_storage", external_storage_file, "external storage"},
    {"virtual_dataset", virtual_file, "virtual dataset"},
    {"scaleoffset", [] { return chunked_file([](hid_t p) { H5Pset_scaleoffset(p, H5Z_SO_FLOAT_DSCALE, 2); }); },
     "filter scaleoffset (not supported)"},
    {"rank", [] { return Patch{plain_file()}.at(std::string("\x01\x02\x01\0\0\0\0\0\x03", 9), 1, "\x21").bytes; },
     "rank of at most 32"},
    {"shape_overflow",
     [] {
       return Patch{plain_file()}
           .at(std::string("\x01\x02\x01\0\0\0\0\0\x03", 9), 2, std::string(6, '\0') + number(1ULL << 62, 8))
           .bytes;
     },
     "a shape of at most 2^63"},
    {"shape_too_large",
     [] {
       return Patch{plain_file()}
           .at(std::string("\x01\x02\x01\0\0\0\0\0\x03", 9), 2, std::string(6, '\0') + number(1ULL << 40, 8))
           .bytes;
     },
     "as the shape says"},
    {"storage_past_file", [] { return Patch{plain_file()}.at(message(0x08, 24), 10, number(1 << 30, 8)).bytes; },
     "inside the file"},
    {"fletcher",
     [] {
       Patch p{chunked_file([](hid_t q) { H5Pset_fletcher32(q); })};
       return p.at(number(0x40000000, 4), 0, "\x01").bytes;
     },
     "Fletcher checksum"},
    {"deflate",
     [] {
       Patch p{chunked_file([](hid_t q) { H5Pset_deflate(q, 6); })};
       return p.at("\x78\x9c", 4, "\xff\xff\xff").bytes;
     },
     "damaged data"},
    {"deflate_bomb", deflate_bomb_file, "found more"},
    {"chunk_misplaced", [] { return Patch{chunked_file()}.at(chunk_tree(), 24 + 8, "\x01").bytes; }, "a multiple of 4"},
    {"chunk_outside", [] { return Patch{chunked_file()}.at(chunk_tree(), 24 + 8, "\x10").bytes; },
     "inside the dataset"},
    {"chunk_twice", [] { return Patch{chunked_file()}.at(chunk_tree(), 24 + 8 + 8, "\x04").bytes; }, "each chunk once"},
    {"chunk_size", [] { return Patch{chunked_file()}.at(chunk_tree(), 24, "\x08").bytes; }, "64 bytes"},
    {"chunk_past_file", [] { return Patch{chunked_file()}.at(chunk_tree(), 24 + 32, number(1 << 30, 8)).bytes; },
     "inside the file"},
};

class Damage : public ::testing::TestWithParam<Case> {};

TEST_P(Damage, IsNamed) { EXPECT_THAT(error_of(GetParam().bytes()), HasSubstr(GetParam().message)); }

INSTANTIATE_TEST_SUITE_P(Hdf5, Damage, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Hdf5Damage, SoundFilesAreRead) {
  EXPECT_EQ(error_of(plain_file()), "");
  EXPECT_EQ(error_of(chunked_file()), "");
  EXPECT_EQ(error_of(plain_file() + "trailing bytes"), "");
}

TEST(Hdf5Damage, ErrorsNameFileAndPlace) {
  std::string bytes = plain_file();
  bytes = Patch{bytes}.at(message(0x08, 24), 10, number(1 << 30, 8)).bytes;
  try {
    digest(bytes);
    FAIL();
  } catch (const FormatError& e) {
    EXPECT_EQ(e.file(), "file.h5");
    EXPECT_THAT(e.place(), HasSubstr("/dense/kernel:0"));
    EXPECT_THAT(e.place(), HasSubstr("offset 1073741824"));
  }
}

// References of 16 bytes could stand for one long string each: memory must stay within the file's size.
TEST(Hdf5Damage, SharedStringsDoNotMultiply) {
  Writer w;
  std::vector<std::string> values(2000, "x");
  values[0] = std::string(100000, 'y');
  vlen_strings(w.file, "names", values);
  std::string bytes = w.bytes();
  const std::size_t first = bytes.find(number(100000, 4));
  ASSERT_NE(first, std::string::npos);
  for (std::size_t i = 1; i < values.size(); ++i) bytes.replace(first + 16 * i, 16, bytes.substr(first, 16));
  EXPECT_THAT(error_of(bytes), HasSubstr("do not overlap"));
}

TEST(Hdf5Damage, ContinuationLoopEnds) {
  Writer w;
  for (int i = 0; i < 20; ++i) attribute(w.file, "attribute" + std::to_string(i), H5T_NATIVE_INT, {}, &i);
  std::string bytes = w.bytes();
  const std::size_t message_at = bytes.find(message(0x10, 16));
  ASSERT_NE(message_at, std::string::npos);
  const std::uint64_t block = number_at(bytes, message_at + 8, 8);
  bytes.replace(block, 24, message(0x10, 16) + bytes.substr(message_at + 8, 16));
  EXPECT_THAT(error_of(bytes), HasSubstr("a block that continues itself"));
}

// Shapes no caller would agree to are told before anything is allocated.
TEST(Hdf5Damage, ShapeBombsCostNothing) {
  Writer w;
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1 << 20};
  H5Pset_chunk(p, 1, chunk);
  H5Pset_deflate(p, 9);
  H5Dcreate2(w.file, "d", H5T_IEEE_F32LE, space_of({1ULL << 40}), H5P_DEFAULT, p, H5P_DEFAULT);
  w.close();
  const Dataset d = File::open(w.path())->root().dataset("d");
  EXPECT_EQ(d.shape(), (std::vector<std::int64_t>{std::int64_t{1} << 40}));
  EXPECT_THROW(d.read_bytes(1 << 20), ValueError);
}

// Chunks that hold one wanted element each, and a million more, would take hours to inflate.
TEST(Hdf5Damage, ChunksOutOfProportionAreRefused) {
  Writer w;
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1, 1 << 20};
  H5Pset_chunk(p, 2, chunk);
  H5Pset_deflate(p, 9);
  H5Dcreate2(w.file, "d", H5T_IEEE_F32LE, space_of({1 << 20, 1}, {1 << 20, H5S_UNLIMITED}), H5P_DEFAULT, p,
             H5P_DEFAULT);
  w.close();
  const Dataset d = File::open(w.path())->root().dataset("d");
  EXPECT_THROW(d.read_bytes(1 << 23), FormatError);
}

// Found by fuzzing: an element size of 4 GB made undoing the shuffle count to it for every chunk.
TEST(Hdf5Damage, ShuffleOfHugeElementsCostsNothing) {
  std::string bytes = chunked_file([](hid_t p) { H5Pset_shuffle(p); });
  const std::size_t name = bytes.find("shuffle");
  ASSERT_NE(name, std::string::npos);
  bytes.replace(name + 8, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(error_of(bytes), "");
}

TEST(Hdf5Damage, FiltersApplyOnce) {
  const std::string bytes = chunked_file([](hid_t p) {
    H5Pset_deflate(p, 1);
    H5Pset_deflate(p, 1);
  });
  EXPECT_THAT(error_of(bytes), HasSubstr("deflate twice"));
}

// In the newer format all metadata carries checksums, and fletcher32 covers these data: no flipped bit may pass for
// another file.
TEST(Hdf5Damage, EveryFlippedBitIsNoticed) {
  Writer w({.low = H5F_LIBVER_V110});
  const hid_t g = group(w.file, "many");
  for (int i = 0; i < 10; ++i) group(g, "g" + std::to_string(i));
  for (int i = 0; i < 10; ++i) attribute(g, "a" + std::to_string(i), H5T_NATIVE_INT, {}, &i);
  const auto checked = [](Dims chunk) {
    return [chunk](hid_t p) {
      H5Pset_chunk(p, static_cast<int>(chunk.size()), chunk.data());
      H5Pset_fletcher32(p);
    };
  };
  dataset(w.file, "fixed", {6, 4}, H5T_IEEE_F32LE, checked({3, 2}));
  dataset(w.file, "extensible", {40}, H5T_STD_U8LE, checked({2}), {H5S_UNLIMITED});
  dataset(w.file, "btree", {4, 4}, H5T_STD_U8LE, checked({2, 2}), {H5S_UNLIMITED, H5S_UNLIMITED});
  std::string bytes = w.bytes();
  const std::string sound = digest(bytes);
  std::size_t missed = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kStep) {
    const char original = bytes[at];
    for (const int bit : {0, 3, 7}) {
      bytes[at] = static_cast<char>(original ^ (1 << bit));
      try {
        if (digest(bytes) != sound) {
          ++missed;
          ADD_FAILURE() << "byte " << at << " bit " << bit << " changes the file unnoticed";
        }
      } catch (const FormatError&) {
      } catch (const ValueError&) {
      }
      bytes[at] = original;
    }
    ASSERT_LT(missed, 10U);
  }
}

// Without checksums anything may come out, but only values or FormatError.
TEST(Hdf5Damage, FlippedBitsOfOldFilesAreSurvived) {
  std::string bytes = plain_file();
  for (std::size_t at = 0; at < bytes.size(); at += kStep) {
    const char original = bytes[at];
    for (const int value : {0, 0x7f, 0x80, 0xff, original ^ 1, original + 1}) {
      bytes[at] = static_cast<char>(value);
      error_of(bytes);
    }
    bytes[at] = original;
  }
}

TEST(Hdf5Damage, EveryTruncationIsNoticed) {
  const std::string bytes = plain_file();
  for (std::size_t size = 0; size < bytes.size(); size += kStep) EXPECT_NE(error_of(bytes.substr(0, size)), "") << size;
}

}  // namespace
}  // namespace hornbeam::formats::hdf5::testing
