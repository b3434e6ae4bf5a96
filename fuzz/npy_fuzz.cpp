// Any bytes as .npy and as .npz: nothing but FormatError, and what is understood is saved and read back equal.
#include <cstdlib>

#include "hornbeam/npy.hpp"
#include "tensor/npy_data.h"

namespace {

void check(const hornbeam::Tensor& tensor) {
  const auto encoded = hornbeam::npy::encode(tensor);
  std::string file = encoded.header;
  file.append(reinterpret_cast<const char*>(encoded.data.data()), encoded.data.size());
  const auto again = hornbeam::parse_npy(std::as_bytes(std::span(file)), "again");
  if (again.dtype() != tensor.dtype() || again.shape() != tensor.shape()) std::abort();
  const auto second = hornbeam::npy::encode(again);
  if (second.header + std::string(reinterpret_cast<const char*>(second.data.data()), second.data.size()) != file) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    if (size > 1 && data[0] == 'P') {
      for (const auto& [name, tensor] : hornbeam::parse_npz(bytes, "fuzz")) check(tensor);
    } else {
      check(hornbeam::parse_npy(bytes, "fuzz"));
    }
  } catch (const hornbeam::FormatError&) {
    // What most inputs come to.
  }
  return 0;
}
