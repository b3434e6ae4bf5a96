#include "formats/hdf5/dataspace.h"

#include <limits>

#include "base/checked_math.h"

namespace hornbeam::formats::hdf5 {

Dataspace read_dataspace(Cursor c) {
  Dataspace space;
  const unsigned version = c.u8();
  if (version != 1 && version != 2) c.fail("dataspace version 1 or 2", "version " + std::to_string(version));
  const unsigned rank = c.u8();
  if (rank > kMaxRank) c.fail("rank of at most 32", std::to_string(rank));
  const unsigned flags = c.u8();
  if (version == 1) {
    c.skip(5);
  } else {
    const unsigned type = c.u8();
    if (type > 2) c.fail("a scalar, simple or null dataspace", "type " + std::to_string(type));
    if (type != 1 && rank != 0) c.fail("rank 0 of a scalar or null dataspace", std::to_string(rank));
    space.null = type == 2;
  }
  for (unsigned i = 0; i < rank; ++i) space.dims.push_back(c.length());
  space.max_dims = space.dims;
  if ((flags & 1U) != 0) {
    const std::uint64_t unlimited =
        c.image().length_size == 8 ? kUnlimited : (std::uint64_t{1} << (8 * c.image().length_size)) - 1;
    for (unsigned i = 0; i < rank; ++i) {
      const std::uint64_t most = c.length();
      space.max_dims[i] = most == unlimited ? kUnlimited : most;
      if (space.max_dims[i] < space.dims[i]) {
        c.fail("a dimension of at most " + std::to_string(most), std::to_string(space.dims[i]));
      }
    }
  }
  // A zero dimension must not hide an overflow of the others.
  std::uint64_t nonzero = 1;
  bool empty = space.null;
  for (const std::uint64_t d : space.dims) {
    empty = empty || d == 0;
    const auto product = base::checked_mul<std::uint64_t>(nonzero, d == 0 ? 1 : d);
    if (!product || *product > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      c.fail("a shape of at most 2^63 - 1 elements", "more");
    }
    nonzero = *product;
  }
  space.count = empty ? 0 : nonzero;
  return space;
}

}  // namespace hornbeam::formats::hdf5
