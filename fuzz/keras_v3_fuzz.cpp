// Any bytes as a .keras archive: its texts, assets and every object of its weights are read; nothing but hornbeam's
// errors is thrown.
#include <span>

#include "formats/hdf5/checksum.h"
#include "formats/keras_v3/archive.h"
#include "hdf5_walk.h"
#include "hornbeam/config.hpp"

namespace {

template <class F>
void attempt(F f) {
  try {
    f();
  } catch (const hornbeam::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  hornbeam::formats::hdf5::any_checksum = true;
  hornbeam::base::any_zip_checksum = true;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  attempt([&] {
    const hornbeam::formats::keras_v3::Archive archive(
        hornbeam::base::MappedFile::borrow(std::as_bytes(std::span(data, size)), "fuzz"));
    attempt([&] { hornbeam::Config::parse(archive.metadata(), "metadata.json"); });
    attempt([&] { hornbeam::Config::parse(archive.config(), "config.json"); });
    for (const auto& name : archive.assets()) attempt([&] { archive.asset(name); });
    hornbeam::fuzz::Hdf5Walk walk;
    walk.attempt([&] { walk.walk(*archive.weights()); });
  });
  return 0;
}
