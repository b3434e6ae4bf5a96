// Dataspaces: how many elements there are, and in what shape.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

inline constexpr unsigned kMaxRank = 32;
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

struct Dataspace {
  bool null = false;                // no elements and no shape
  std::vector<std::uint64_t> dims;  // empty: a scalar. Each fits int64.
  std::vector<std::uint64_t> max_dims;
  std::uint64_t count = 0;  // product of dims, checked
};

Dataspace read_dataspace(Cursor c);

}  // namespace hornbeam::formats::hdf5
