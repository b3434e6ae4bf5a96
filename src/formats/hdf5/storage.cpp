#include "formats/hdf5/storage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/checked_math.h"
#include "formats/hdf5/chunk_index.h"
#include "formats/hdf5/filters.h"

namespace hornbeam::formats::hdf5 {
namespace {

constexpr const char* kChunk = "chunk";
// Chunks may reach past the dataset (room to grow, edges), but a small one must not cost gigabytes or hours to decode.
constexpr std::uint64_t kFreeDecoding = std::uint64_t{64} << 20;
constexpr std::uint64_t kDecodedToDataset = 64;

void fill(std::span<const std::byte> value, std::span<std::byte> out) {
  if (out.empty()) return;
  if (std::all_of(value.begin(), value.end(), [](std::byte b) { return b == std::byte{0}; })) {
    std::memset(out.data(), 0, out.size());
    return;
  }
  for (std::size_t i = 0; i < out.size(); i += value.size()) std::memcpy(out.data() + i, value.data(), value.size());
}

// Copies the part of a chunk that lies within the extent, row by row.
void place_chunk(const Storage& s, std::span<const std::uint64_t> at, std::span<const std::byte> chunk,
                 std::span<std::byte> out) {
  const std::size_t rank = s.space.dims.size();
  std::array<std::uint64_t, kMaxRank> extent{};
  std::array<std::uint64_t, kMaxRank> start{};
  std::uint64_t rows = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    start[i] = at[i] * s.layout.chunk[i];
    extent[i] = std::min(s.layout.chunk[i], s.space.dims[i] - start[i]);
    if (i + 1 < rank) rows *= extent[i];
  }
  const std::uint64_t row_bytes = extent[rank - 1] * s.element_size;
  std::array<std::uint64_t, kMaxRank> row{};
  for (std::uint64_t n = 0; n < rows; ++n) {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      from = from * s.layout.chunk[i] + row[i];
      to = to * s.space.dims[i] + start[i] + row[i];
    }
    std::memcpy(out.data() + to * s.element_size, chunk.data() + from * s.element_size, row_bytes);
    for (std::size_t i = rank - 1; i-- > 0 && ++row[i] == extent[i];) row[i] = 0;
  }
}

bool reaches_past(const Storage& s, std::span<const std::uint64_t> at) {
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (s.space.dims[i] - at[i] * s.layout.chunk[i] < s.layout.chunk[i]) return true;
  }
  return false;
}

void check_decoding(const Cursor& where, const Storage& s) {
  std::optional<std::uint64_t> decoded = s.layout.chunk_bytes;
  for (std::size_t i = 0; i < s.space.dims.size() && decoded; ++i) {
    const std::uint64_t n = s.space.dims[i] / s.layout.chunk[i] + (s.space.dims[i] % s.layout.chunk[i] != 0 ? 1 : 0);
    decoded = base::checked_mul(*decoded, n);
  }
  if (!decoded || (*decoded > kFreeDecoding && *decoded / kDecodedToDataset > s.bytes)) {
    where.fail("chunks in keeping with a dataset of " + std::to_string(s.bytes) + " bytes",
               "chunks of " + std::to_string(s.layout.chunk_bytes) + " bytes");
  }
}

void read_chunks(const Image& image, const Storage& s, std::span<std::byte> out) {
  const Cursor where(image, s.layout.address, {}, kChunk);
  check_filters(where, s.layout.filters);
  if (!s.layout.filters.empty()) check_decoding(where, s);
  fill(s.fill, out);
  for_each_chunk(image, s.layout, s.space, [&](const Chunk& chunk) {
    const bool plain = s.layout.filters.empty() || (s.layout.raw_edge_chunks && reaches_past(s, chunk.at));
    const auto stored = image.slice(chunk.address, chunk.stored_size, kChunk);
    if (plain) {
      if (stored.size() != s.layout.chunk_bytes) {
        image.fail(kChunk, chunk.address, std::to_string(s.layout.chunk_bytes) + " bytes",
                   std::to_string(stored.size()));
      }
      return place_chunk(s, chunk.at, stored, out);
    }
    const auto decoded = decode_chunk(Cursor(image, chunk.address, stored, kChunk), stored, s.layout.filters,
                                      chunk.filter_mask, s.layout.chunk_bytes);
    place_chunk(s, chunk.at, decoded, out);
  });
}

}  // namespace

std::span<const std::byte> view_storage(const Image& image, const Storage& storage) {
  if (storage.bytes == 0) return {};
  if (storage.layout.kind == Layout::Kind::compact) return storage.layout.compact;
  if (storage.layout.kind == Layout::Kind::chunked || storage.layout.address == kUndefined) return {};
  return image.slice(storage.layout.address, storage.bytes, "dataset");
}

void read_storage(const Image& image, const Storage& storage, std::span<std::byte> out) {
  if (storage.bytes == 0) return;
  if (storage.layout.kind == Layout::Kind::chunked) return read_chunks(image, storage, out);
  const auto view = view_storage(image, storage);
  if (view.empty()) return fill(storage.fill, out);
  std::memcpy(out.data(), view.data(), view.size());
}

}  // namespace hornbeam::formats::hdf5
