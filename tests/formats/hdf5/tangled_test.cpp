// Files that would take the square of their size to read, were each thing read as often as it is asked for.
#include <gmock/gmock.h>

#include <ctime>

#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/test_files.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5::testing {
namespace {

TEST(Hdf5Tangled, ListsSplitIntoThousands) {
  constexpr int kParts = 20000;
  Writer w({.low = H5F_LIBVER_V110});
  for (int i = 0; i < kParts; ++i) fixed_strings(w.file, "layer_names" + std::to_string(i), {"layer"});
  w.close();
  const auto start = std::clock();
  EXPECT_EQ(load_attribute_strings(File::open(w.path())->root(), "layer_names").size(), std::size_t{kParts});
  EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
}

// Each group's symbol table is made to be the first one's.
TEST(Hdf5Tangled, GroupsOfTheSameLinks) {
  Writer w;
  const hid_t first = group(w.file, "first");
  for (int i = 0; i < 500; ++i) H5Lcreate_soft("x", first, std::to_string(i).c_str(), H5P_DEFAULT, H5P_DEFAULT);
  for (int i = 0; i < 200; ++i) group(w.file, "group" + std::to_string(i));
  std::string bytes = w.bytes();
  const auto header_of = [&](const std::string& name) {
    return File::from_bytes(std::as_bytes(std::span(bytes)), "tangled")->root().id_of(name);
  };
  // Behind a header's 16 bytes: the message (type, size, flags), then two addresses.
  const auto table = header_of("first") + 16 + 8;
  ASSERT_EQ(bytes.substr(table - 8, 4), std::string("\x11\0\x10\0", 4));
  for (int i = 0; i < 200; ++i) {
    bytes.replace(header_of("group" + std::to_string(i)) + 16 + 8, 16, bytes.substr(table, 16));
  }
  try {
    visit_objects(File::from_bytes(std::as_bytes(std::span(bytes)), "tangled")->root(), {[](const Group&) {}, {}});
    ADD_FAILURE() << "was read";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("objects that lie on the same bytes"));
  }
}

}  // namespace
}  // namespace hornbeam::formats::hdf5::testing
