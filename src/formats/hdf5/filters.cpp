#include "formats/hdf5/filters.h"

#include <zlib.h>

#include <limits>

#include "base/deflate.h"
#include "formats/hdf5/checksum.h"

namespace hornbeam::formats::hdf5 {
namespace {

using Bytes = std::vector<std::byte>;

Bytes inflate_exactly(const Cursor& where, std::span<const std::byte> in, std::uint64_t most) {
  // With room for tiny inputs.
  if (most / base::kMaxDeflateRatio > in.size() + 64) {
    where.fail("a chunk that inflates to " + std::to_string(most) + " bytes", std::to_string(in.size()) + " bytes");
  }
  constexpr std::uint64_t kMost = std::numeric_limits<uInt>::max();
  if (in.size() > kMost || most > kMost) where.fail("a deflated chunk of less than 4 GB", "a longer one");
  Bytes out(most);
  z_stream z{};
  if (inflateInit(&z) != Z_OK) where.fail("memory to inflate", "none");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&z, Z_FINISH);
  const std::uint64_t made = z.total_out;
  inflateEnd(&z);
  if (status != Z_STREAM_END) {
    where.fail("deflated data of at most " + std::to_string(most) + " bytes",
               status == Z_BUF_ERROR && made == most ? "more" : "damaged data");
  }
  out.resize(made);
  return out;
}

Bytes unshuffle(std::span<const std::byte> in, std::uint64_t size) {
  Bytes out(in.begin(), in.end());
  const std::uint64_t count = in.size() / size;  // bytes left over stay where they are
  if (count < 2) return out;
  for (std::uint64_t k = 0; k < size; ++k) {
    for (std::uint64_t i = 0; i < count; ++i) out[i * size + k] = in[k * count + i];
  }
  return out;
}

Bytes verify_fletcher32(const Cursor& where, std::span<const std::byte> in) {
  if (in.size() < 4) where.fail("data and its Fletcher checksum", std::to_string(in.size()) + " bytes");
  const auto data = in.first(in.size() - 4);
  std::uint32_t stored = 0;
  for (std::size_t i = 0; i < 4; ++i) stored |= std::to_integer<std::uint32_t>(in[data.size() + i]) << (8 * i);
  const std::uint32_t computed = fletcher32(data);
  if (!same_checksum(stored, computed)) {
    where.fail("Fletcher checksum " + std::to_string(computed), "checksum " + std::to_string(stored));
  }
  return Bytes(data.begin(), data.end());
}

}  // namespace

void check_filters(const Cursor& where, const std::vector<Filter>& filters) {
  for (const Filter& f : filters) {
    if (f.id != kDeflate && f.id != kShuffle && f.id != kFletcher32) {
      where.fail("filters deflate, shuffle or fletcher32", "filter " + f.name + " (not supported)");
    }
    if (f.id == kShuffle && (f.values.empty() || f.values[0] == 0)) {
      where.fail("shuffle's element size", f.values.empty() ? "none" : "0");
    }
  }
  for (std::size_t i = 0; i < filters.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (filters[i].id == filters[k].id) where.fail("each filter once", "filter " + filters[i].name + " twice");
    }
  }
}

std::vector<std::byte> decode_chunk(const Cursor& stored, std::span<const std::byte> bytes,
                                    const std::vector<Filter>& filters, std::uint32_t mask, std::uint64_t chunk_bytes) {
  std::uint64_t checksums = 0;  // room for those written before deflate
  for (const Filter& f : filters) checksums += f.id == kFletcher32 ? 4 : 0;
  Bytes data;
  bool owned = false;
  for (std::size_t i = filters.size(); i-- > 0;) {
    if ((mask >> i & 1U) != 0) continue;
    const std::span<const std::byte> in = owned ? std::span<const std::byte>(data) : bytes;
    Bytes out;
    if (filters[i].id == kDeflate) {
      out = inflate_exactly(stored, in, chunk_bytes + checksums);
    } else if (filters[i].id == kShuffle) {
      out = unshuffle(in, filters[i].values[0]);
    } else {
      out = verify_fletcher32(stored, in);
    }
    data = std::move(out);
    owned = true;
  }
  if (!owned) data.assign(bytes.begin(), bytes.end());
  if (data.size() != chunk_bytes) {
    stored.fail("a chunk of " + std::to_string(chunk_bytes) + " bytes", std::to_string(data.size()));
  }
  return data;
}

}  // namespace hornbeam::formats::hdf5
