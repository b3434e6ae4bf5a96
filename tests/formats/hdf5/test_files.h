// Files for the tests, written by libhdf5.
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "base/mapped_file.h"

namespace hornbeam::formats::hdf5::testing {

using Dims = std::vector<hsize_t>;

struct WriterOptions {
  H5F_libver_t low = H5F_LIBVER_EARLIEST;
  hsize_t user_block = 0;
  std::size_t size_of_offset = 0;  // 0: the default
  std::size_t size_of_length = 0;
};

// A file that removes itself. Throwing away libhdf5's IDs is fine: closing the file closes all of them.
class Writer {
 public:
  explicit Writer(const WriterOptions& options = {}) {
    static int number = 0;
    path_ =
        ::testing::TempDir() + "hornbeam_hdf5_" + std::to_string(::getpid()) + "_" + std::to_string(number++) + ".h5";
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_libver_bounds(access, options.low, H5F_LIBVER_LATEST);
    const hid_t create = H5Pcreate(H5P_FILE_CREATE);
    if (options.user_block != 0) H5Pset_userblock(create, options.user_block);
    if (options.size_of_offset != 0) H5Pset_sizes(create, options.size_of_offset, options.size_of_length);
    file = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, create, access);
    EXPECT_GE(file, 0);
    H5Pclose(access);
    H5Pclose(create);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    close();
    std::remove(path_.c_str());
  }

  void close() {
    if (file >= 0) H5Fclose(file);
    file = -1;
  }
  const std::string& path() const { return path_; }
  std::string bytes() {
    close();
    return base::read_file(path_);
  }

  hid_t file = -1;

 private:
  std::string path_;
};

inline hid_t space_of(const Dims& dims, const Dims& most = {}) {
  if (dims.empty()) return H5Screate(H5S_SCALAR);
  return H5Screate_simple(static_cast<int>(dims.size()), dims.data(), most.empty() ? nullptr : most.data());
}

inline hid_t group(hid_t parent, const std::string& name) {
  return H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

// A float32 dataset 0, 1, 2, ... (as `type` in the file), after `set` has shaped its creation properties.
inline hid_t dataset(hid_t parent, const std::string& name, const Dims& dims, hid_t type = H5T_IEEE_F32LE,
                     const std::function<void(hid_t)>& set = {}, const Dims& most = {}) {
  const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
  if (set) set(create);
  const hid_t space = space_of(dims, most);
  const hid_t d = H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, create, H5P_DEFAULT);
  EXPECT_GE(d, 0) << name;
  std::vector<float> values(std::accumulate(dims.begin(), dims.end(), std::size_t{1}, std::multiplies<>()));
  std::iota(values.begin(), values.end(), 0.0F);
  if (H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1) {
    for (float& v : values) v = static_cast<float>(static_cast<int>(v) % 100);
  }
  EXPECT_GE(H5Dwrite(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0) << name;
  H5Pclose(create);
  H5Sclose(space);
  return d;
}

inline hid_t string_type(std::size_t size, H5T_str_t padding = H5T_STR_NULLPAD, H5T_cset_t charset = H5T_CSET_ASCII) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size);
  H5Tset_strpad(type, padding);
  H5Tset_cset(type, charset);
  return type;
}

inline void attribute(hid_t object, const std::string& name, hid_t type, const Dims& dims, const void* value) {
  const hid_t space = space_of(dims);
  const hid_t a = H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(a, 0) << name;
  if (value != nullptr) {
    EXPECT_GE(H5Awrite(a, type, value), 0) << name;
  }
  H5Aclose(a);
  H5Sclose(space);
}

inline void vlen_strings(hid_t object, const std::string& name, const std::vector<std::string>& values,
                         H5T_cset_t charset = H5T_CSET_ASCII) {
  std::vector<const char*> pointers;
  for (const std::string& v : values) pointers.push_back(v.c_str());
  attribute(object, name, string_type(H5T_VARIABLE, H5T_STR_NULLTERM, charset), {values.size()}, pointers.data());
}

inline void fixed_strings(hid_t object, const std::string& name, const std::vector<std::string>& values,
                          H5T_str_t padding = H5T_STR_NULLPAD) {
  std::size_t width = 1;
  for (const std::string& v : values) width = std::max(width, v.size() + (padding == H5T_STR_NULLTERM ? 1 : 0));
  std::string flat;
  for (std::string v : values) {
    v.resize(width, padding == H5T_STR_SPACEPAD ? ' ' : '\0');
    flat += v;
  }
  attribute(object, name, string_type(width, padding), {values.size()}, flat.data());
}

// h5py's bool.
inline hid_t bool_type() {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  signed char value = 0;
  H5Tenum_insert(type, "FALSE", &value);
  value = 1;
  H5Tenum_insert(type, "TRUE", &value);
  return type;
}

inline hid_t half_type(bool big_endian = false) {
  const hid_t type = H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

}  // namespace hornbeam::formats::hdf5::testing
