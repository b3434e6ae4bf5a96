#include "formats/hdf5/layout.h"

#include <limits>

#include "base/checked_math.h"

namespace hornbeam::formats::hdf5 {
namespace {

enum LayoutClass : unsigned { kCompactClass = 0, kContiguousClass = 1, kChunkedClass = 2, kVirtualClass = 3 };

class LayoutReader {
 public:
  LayoutReader(Cursor c, const Dataspace& space, std::uint32_t element_size)
      : c_(c), space_(space), element_size_(element_size) {
    const auto bytes = base::checked_mul<std::uint64_t>(space.count, element_size);
    if (!bytes) c_.fail("a shape whose bytes can be counted", std::to_string(space.count) + " elements");
    bytes_ = *bytes;
  }

  Layout read() {
    const unsigned version = c_.u8();
    if (version < 1 || version > 4) c_.fail("layout version 1 to 4", "version " + std::to_string(version));
    if (version < 3) {
      read_old();
    } else {
      read_new(version);
    }
    return std::move(layout_);
  }

 private:
  void read_old() {
    const unsigned dims = c_.u8();
    const unsigned kind = c_.u8();
    c_.skip(5);
    if (kind > kChunkedClass) c_.fail("layout class 0 to 2", std::to_string(kind));
    if (kind != kCompactClass) layout_.address = c_.offset();
    if (kind == kChunkedClass) return read_chunk_dims(dims, 4);
    for (unsigned i = 0; i < dims; ++i) c_.u32();
    if (kind == kCompactClass) {
      set_compact(c_.u32());
    } else {
      layout_.size = bytes_;
    }
  }

  void read_new(unsigned version) {
    const unsigned kind = c_.u8();
    switch (kind) {
      case kCompactClass:
        return set_compact(c_.u16());
      case kContiguousClass:
        layout_.address = c_.offset();
        layout_.size = c_.length();
        // Nothing may be stored yet, but what is stored must be all of it.
        if (layout_.address != kUndefined && layout_.size != bytes_) {
          c_.fail("storage of " + std::to_string(bytes_) + " bytes, as the shape says", std::to_string(layout_.size));
        }
        return;
      case kChunkedClass:
        if (version == 4) return read_chunked_v4();
        {
          const unsigned dims = c_.u8();
          layout_.address = c_.offset();
          return read_chunk_dims(dims, 4);
        }
      case kVirtualClass:
        c_.fail("a dataset stored in this file", "a virtual dataset (not supported)");
      default:
        c_.fail("layout class 0 to 3", std::to_string(kind));
    }
  }

  void set_compact(std::uint64_t size) {
    layout_.kind = Layout::Kind::compact;
    layout_.address = c_.address();
    layout_.size = size;
    if (size != bytes_)
      c_.fail("storage of " + std::to_string(bytes_) + " bytes, as the shape says", std::to_string(size));
    layout_.compact = c_.take(size);
  }

  // `dims` counts the element's size as one more dimension.
  void read_chunk_dims(unsigned dims, unsigned dim_size) {
    layout_.kind = Layout::Kind::chunked;
    if (dims != space_.dims.size() + 1 || space_.dims.empty() || space_.null) {
      c_.fail("chunks of rank " + std::to_string(space_.dims.size()), "rank " + std::to_string(int(dims) - 1));
    }
    std::uint64_t bytes = element_size_;
    for (unsigned i = 0; i + 1 < dims; ++i) {
      const std::uint64_t n = c_.uint(dim_size);
      const auto product = base::checked_mul(bytes, n);
      if (n == 0 || !product || *product > std::numeric_limits<std::uint32_t>::max()) {
        c_.fail("chunks of 1 byte to 4 GB", "a dimension of " + std::to_string(n));
      }
      bytes = *product;
      layout_.chunk.push_back(n);
    }
    layout_.chunk_bytes = bytes;
    const std::uint64_t stored = c_.uint(dim_size);
    if (stored != element_size_) {
      c_.fail("elements of " + std::to_string(element_size_) + " bytes, as the type says", std::to_string(stored));
    }
  }

  void read_chunked_v4() {
    const unsigned flags = c_.u8();
    const unsigned dims = c_.u8();
    const unsigned dim_size = c_.u8();
    if (dim_size < 1 || dim_size > 8) c_.fail("dimensions of 1 to 8 bytes", std::to_string(dim_size));
    layout_.raw_edge_chunks = (flags & 1U) != 0;
    read_chunk_dims(dims, dim_size);
    const unsigned index = c_.u8();
    switch (index) {
      case 1:
        layout_.index = Layout::Index::single;
        layout_.single_size = layout_.chunk_bytes;
        if ((flags & 2U) != 0) {
          layout_.single_size = c_.length();
          layout_.single_filter_mask = c_.u32();
        }
        break;
      case 2:
        layout_.index = Layout::Index::implicit;
        break;
      case 3:
        layout_.index = Layout::Index::fixed_array;
        c_.skip(1);  // the array's header says it again
        break;
      case 4:
        layout_.index = Layout::Index::extensible_array;
        c_.skip(5);
        break;
      case 5:
        layout_.index = Layout::Index::btree2;
        c_.skip(6);
        break;
      default:
        c_.fail("chunk index 1 to 5", std::to_string(index));
    }
    layout_.address = c_.offset();
  }

  Cursor c_;
  const Dataspace& space_;
  std::uint64_t element_size_;
  std::uint64_t bytes_ = 0;
  Layout layout_;
};

// Filters libhdf5 knows or registers often, to refuse them by name.
std::string filter_name(unsigned id, const std::string& stored) {
  switch (id) {
    case kDeflate:
      return "deflate";
    case kShuffle:
      return "shuffle";
    case kFletcher32:
      return "fletcher32";
    case 4:
      return "szip";
    case 5:
      return "nbit";
    case 6:
      return "scaleoffset";
    case 32000:
      return "lzf";
    case 32001:
      return "blosc";
    case 32004:
      return "lz4";
    case 32008:
      return "bitshuffle";
    case 32015:
      return "zstd";
    default:
      return stored.empty() ? "number " + std::to_string(id) : stored;
  }
}

std::vector<Filter> read_filters(Cursor c) {
  const unsigned version = c.u8();
  if (version != 1 && version != 2) c.fail("filter version 1 or 2", "version " + std::to_string(version));
  const unsigned count = c.u8();
  if (count > 32) c.fail("at most 32 filters", std::to_string(count));
  if (version == 1) c.skip(6);
  std::vector<Filter> filters;
  for (unsigned i = 0; i < count; ++i) {
    Filter filter;
    filter.id = c.u16();
    const std::uint64_t name_size = version == 1 || filter.id >= 256 ? c.u16() : 0;
    c.u16();  // whether writing may go on without it
    const unsigned values = c.u16();
    const std::string_view name = as_text(c.take(name_size));
    if (version == 1) c.skip((8 - name_size % 8) % 8);
    filter.name = filter_name(filter.id, std::string(name.substr(0, name.find('\0'))));
    for (unsigned k = 0; k < values; ++k) filter.values.push_back(c.u32());
    if (version == 1 && values % 2 != 0) c.skip(4);
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace

Layout read_layout(const ObjectHeader& header, const Dataspace& space, std::uint32_t element_size) {
  if (const Message* m = header.find(kExternalFiles)) {
    header.refuse(*m, "a dataset stored in this file", "external storage (not supported)");
  }
  const Message& message = header.need(kLayout, "layout");
  Layout layout = LayoutReader(header.cursor(message, "layout message"), space, element_size).read();
  if (const Message* m = header.find(kFilters)) {
    if (m->shared) header.refuse(*m, "the dataset's own filters", "shared ones (not supported)");
    layout.filters = read_filters(header.cursor(*m, "filter message"));
    if (!layout.filters.empty() && layout.kind != Layout::Kind::chunked) {
      header.refuse(*m, "filters on chunked datasets only", "another layout");
    }
  }
  return layout;
}

std::span<const std::byte> read_fill_value(const ObjectHeader& header, std::uint32_t element_size) {
  const Message* m = header.find(kFillValue);
  const Message* old = header.find(kOldFillValue);
  if (m == nullptr && old == nullptr) return {};
  const Message& message = m != nullptr ? *m : *old;
  if (message.shared) header.refuse(message, "the dataset's own fill value", "a shared one (not supported)");
  Cursor c = header.cursor(message, "fill value");
  if (m != nullptr) {
    const unsigned version = c.u8();
    if (version < 1 || version > 3) c.fail("fill value version 1 to 3", "version " + std::to_string(version));
    if (version == 3) {
      if ((c.u8() & 0x20U) == 0) return {};
    } else {
      c.skip(2);
      const bool defined = c.u8() != 0;
      if (version == 2 && !defined) return {};
    }
  }
  const std::uint32_t size = c.u32();
  if (size == 0 || size == 0xffffffffU) return {};
  if (size != element_size) {
    c.fail("a fill value of " + std::to_string(element_size) + " bytes", std::to_string(size));
  }
  return c.take(size);
}

}  // namespace hornbeam::formats::hdf5
