// Any bytes as a whole model in HDF5: loaded with a report and, when small, run; nothing but hornbeam's errors is
// thrown.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "formats/hdf5/checksum.h"
#include "model_fuzz.h"

namespace {

const std::string& scratch_file() {
  static const std::string path = [] {
    auto name = (std::filesystem::temp_directory_path() / "hornbeam-fuzz-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd < 0) std::abort();
    ::close(fd);
    std::atexit([] { std::remove(scratch_file().c_str()); });
    return name;
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  hornbeam::formats::hdf5::any_checksum = true;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::ofstream(scratch_file(), std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return hornbeam::fuzz::load_and_predict([] {
    hornbeam::LoadReport report;
    auto model = hornbeam::models::load_model(scratch_file(), {.report = &report});
    report.to_string();
    return model;
  });
}
