// libhdf5's way to the bytes of an AtomicFile. For this folder's own files: hdf5.h comes along.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <exception>
#include <memory>

#include "base/atomic_file.h"

namespace hornbeam::formats::hdf5 {

// What the driver writes to, and what it tells. libhdf5 is never told that a write failed: on its way out of an error
// it leaves files open and crashes at exit. The first failure is kept here instead; whoever asked for the write looks.
struct DriverFile {
  base::AtomicFile* file = nullptr;  // null when it is gone
  std::uint64_t begin = 0;           // where the HDF5 file begins in it
  std::exception_ptr error;
};

// A file access property list by which H5Fcreate writes to `file`; H5Pclose it.
hid_t access_through(const std::shared_ptr<DriverFile>& file);

}  // namespace hornbeam::formats::hdf5
