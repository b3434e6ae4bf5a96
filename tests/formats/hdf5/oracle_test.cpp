#include "formats/hdf5/oracle.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5::testing {
namespace {

using Names = std::vector<std::string>;

herr_t add_link(hid_t, const char* name, const H5L_info_t*, void* out) {
  static_cast<Names*>(out)->push_back(name);
  return 0;
}
herr_t add_attribute(hid_t, const char* name, const H5A_info_t*, void* out) {
  static_cast<Names*>(out)->push_back(name);
  return 0;
}

std::vector<std::int64_t> shape_of(hid_t space) {
  std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  if (!dims.empty()) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

// How libhdf5 is asked for values, of an attribute or of a dataset.
using Read = std::function<herr_t(hid_t memory_type, void* out)>;

Names strings_of(hid_t type, hid_t space, const Read& read) {
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  const hid_t memory = H5Tcopy(type);
  Names result;
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> pointers(count, nullptr);
    EXPECT_GE(read(memory, pointers.data()), 0);
    for (const char* p : pointers) result.emplace_back(p == nullptr ? "" : p);
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, pointers.data());
  } else {
    H5Tset_strpad(memory, H5T_STR_NULLPAD);
    const std::size_t size = H5Tget_size(type);
    std::string flat(count * size, '\0');
    EXPECT_GE(read(memory, flat.data()), 0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string one = flat.substr(i * size, size);
      result.push_back(one.substr(0, one.find_last_not_of('\0') + 1));
    }
  }
  H5Tclose(memory);
  return result;
}

std::vector<std::byte> numbers_of(hid_t type, hid_t space, const Read& read) {
  const hid_t memory = H5Tcopy(type);
  if (H5Tget_class(type) != H5T_ENUM) H5Tset_order(memory, H5T_ORDER_LE);
  std::vector<std::byte> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type));
  if (!values.empty()) {
    EXPECT_GE(read(memory, values.data()), 0);
  }
  H5Tclose(memory);
  return values;
}

void compare_attributes(const Object& ours, hid_t theirs, Compared& count) {
  Names names;
  H5Aiterate2(theirs, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_attribute, &names);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(ours.attribute_names(), names) << ours.path();
  for (const std::string& name : names) {
    SCOPED_TRACE("attribute " + name);
    const hid_t a = H5Aopen(theirs, name.c_str(), H5P_DEFAULT);
    const hid_t type = H5Aget_type(a);
    const hid_t space = H5Aget_space(a);
    const Read read = [&](hid_t memory, void* out) { return H5Aread(a, memory, out); };
    const Attribute attribute = ours.attribute(name);
    EXPECT_EQ(attribute.shape(), shape_of(space));
    EXPECT_EQ(attribute.is_null(), H5Sget_simple_extent_type(space) == H5S_NULL);
    EXPECT_EQ(attribute.is_string(), H5Tget_class(type) == H5T_STRING);
    if (attribute.is_string()) {
      EXPECT_EQ(attribute.as_strings(), strings_of(type, space, read));
    } else {
      std::vector<std::byte> values(attribute.byte_size());
      attribute.read(values);
      EXPECT_EQ(values, numbers_of(type, space, read));
    }
    ++count.attributes;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(a);
  }
}

void compare_dataset(const Dataset& ours, hid_t theirs, Compared& count) {
  const hid_t type = H5Dget_type(theirs);
  const hid_t space = H5Dget_space(theirs);
  const Read read = [&](hid_t memory, void* out) {
    return H5Dread(theirs, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  };
  EXPECT_EQ(ours.shape(), shape_of(space));
  EXPECT_EQ(ours.is_string(), H5Tget_class(type) == H5T_STRING);
  if (ours.is_string()) {
    EXPECT_EQ(ours.read_strings(), strings_of(type, space, read));
  } else {
    const auto expected = numbers_of(type, space, read);
    const auto found = ours.read_bytes(std::uint64_t{1} << 32);
    EXPECT_TRUE(found == expected) << "values differ";
    const auto view = ours.mapped();
    if (!view.empty()) {
      EXPECT_TRUE(std::equal(view.begin(), view.end(), expected.begin(), expected.end())) << "mapped values differ";
    }
  }
  compare_attributes(ours, theirs, count);
  ++count.datasets;
  H5Sclose(space);
  H5Tclose(type);
}

}  // namespace

Compared compare_with_libhdf5(const std::string& path) {
  SCOPED_TRACE(path);
  Compared count;
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  EXPECT_GE(file, 0);
  try {
    const auto ours = File::open(path);
    Visitor visitor;
    visitor.group = [&](const Group& group) {
      SCOPED_TRACE(group.path());
      const hid_t theirs = H5Gopen2(file, group.path().c_str(), H5P_DEFAULT);
      Names names;
      H5Literate(theirs, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_link, &names);
      EXPECT_EQ(group.keys(), names);
      compare_attributes(group, theirs, count);
      ++count.groups;
      H5Gclose(theirs);
    };
    visitor.dataset = [&](const Dataset& dataset) {
      SCOPED_TRACE(dataset.path());
      const hid_t theirs = H5Dopen2(file, dataset.path().c_str(), H5P_DEFAULT);
      compare_dataset(dataset, theirs, count);
      H5Dclose(theirs);
    };
    visit_objects(ours->root(), visitor);
  } catch (const Error& e) {
    ADD_FAILURE() << e.report();
  }
  H5Fclose(file);
  H5Pclose(access);
  return count;
}

// Every H5 file under the folder HORNBEAM_CORPUS names.
TEST(Hdf5Oracle, CorpusReadsAsLibhdf5ReadsIt) {
  const char* corpus = std::getenv("HORNBEAM_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "HORNBEAM_CORPUS is not set";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".h5") continue;
    const Compared count = compare_with_libhdf5(entry.path().string());
    EXPECT_GT(count.groups, 0) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0);
}

}  // namespace hornbeam::formats::hdf5::testing
