#include "formats/tensor_bundle/table_reader.h"

#include <snappy.h>

#include <limits>

#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/checksum.h"
#include "formats/tensor_bundle/table_format.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

// Where a block lies; its trailer follows.
struct Handle {
  std::uint64_t offset = 0, size = 0;
  std::uint64_t end() const { return offset + size + kTrailerSize; }
};

class TableReader {
 public:
  TableReader(std::span<const std::byte> file, const std::string& name, const VisitRecord& visit)
      : file_(file), name_(name), visit_(visit) {}

  void read() {
    const auto [metaindex, index] = read_footer();
    // What lies before the metaindex are data blocks, in the order of the index, without gaps.
    if (metaindex.end() != index.offset || index.end() != file_.size() - kFooterSize) {
      fail("footer", "a metaindex block, an index block and the footer, one after the other",
           "blocks at " + std::to_string(metaindex.offset) + " and " + std::to_string(index.offset));
    }
    std::string memory;
    if (as_text(contents(metaindex, "metaindex block", memory)) != kEmptyBlock) {
      fail("metaindex block", "nothing in it", "the name of a filter or of statistics");
    }
    read_data_blocks(index, metaindex.offset);
  }

 private:
  [[noreturn]] void fail(const std::string& place, std::string expected, std::string found) const {
    throw FormatError(name_, place, std::move(expected), std::move(found));
  }

  struct Footer {
    Handle metaindex, index;
  };
  Footer read_footer() const {
    if (file_.size() < kFooterSize) {
      fail("", "an index table, which ends in a footer of 48 bytes",
           "only " + std::to_string(file_.size()) + " bytes (truncated)");
    }
    auto rest = file_.last(kFooterSize);
    if (as_text(rest.last(kMagic.size())) != kMagic) fail("footer", "the magic number of an sstable", "another");
    rest = rest.first(kFooterSize - kMagic.size());
    Footer footer;
    footer.metaindex = take_handle(rest, "footer");
    footer.index = take_handle(rest, "footer");
    if (as_text(rest).find_first_not_of('\0') != std::string_view::npos) {
      fail("footer", "zeros behind the block handles", "other bytes");
    }
    return footer;
  }

  Handle take_handle(std::span<const std::byte>& bytes, const std::string& place) const {
    const auto offset = take_varint(bytes);
    const auto size = offset ? take_varint(bytes) : std::nullopt;
    if (!size) fail(place, "a block handle of two varints", "something else");
    const std::uint64_t room = file_.size() - kFooterSize;
    if (*offset > room || room - *offset < kTrailerSize || *size > room - *offset - kTrailerSize) {
      fail(place, "a block handle within the " + std::to_string(room) + " bytes before the footer",
           "offset " + std::to_string(*offset) + ", size " + std::to_string(*size) + " (out of range)");
    }
    return {*offset, *size};
  }

  // What the block holds: in the file, or in `memory` if it is compressed.
  std::span<const std::byte> contents(const Handle& handle, const std::string& place, std::string& memory) const {
    const auto covered = file_.subspan(handle.offset, handle.size + 1);  // the kind too
    const auto stored = load<std::uint32_t>(covered.data() + covered.size());
    const auto computed = masked_crc32c(covered);
    if (!same_checksum(stored, computed)) {
      fail(place, "checksum (crc32c) " + std::to_string(computed), "checksum " + std::to_string(stored));
    }
    const auto block = covered.first(handle.size);
    switch (std::to_integer<unsigned>(covered.back())) {
      case 0:
        return block;
      case 1:
        return uncompressed(as_text(block), place, memory);
      default:
        fail(place, "no compression (0) or snappy (1)",
             "compression " + std::to_string(std::to_integer<unsigned>(covered.back())));
    }
  }

  std::span<const std::byte> uncompressed(std::string_view block, const std::string& place, std::string& memory) const {
    std::size_t size = 0;
    // An element of three bytes stands for 64 at most.
    if (!snappy::GetUncompressedLength(block.data(), block.size(), &size) || size / 64 > block.size() / 3 + 1) {
      fail(place, "a block compressed by snappy",
           std::to_string(size) + " bytes made of " + std::to_string(block.size()) + " (corrupt)");
    }
    memory.resize(size);
    if (!snappy::RawUncompress(block.data(), block.size(), memory.data())) {
      fail(place, "a block compressed by snappy", "corrupt data");
    }
    return as_raw(memory);
  }

  void read_data_blocks(const Handle& index, std::uint64_t end) {
    std::string index_memory, memory, last_key;
    std::uint64_t at = 0;
    bool any = false;
    read_block(
        contents(index, "index block", index_memory), "index block", [&](std::string_view key, std::string_view value) {
          auto rest = as_raw(value);
          const auto handle = take_handle(rest, "index block");
          const auto place = "block at offset " + std::to_string(handle.offset);
          if (!rest.empty()) fail("index block", "a block handle of two varints", "more bytes");
          if (handle.offset != at) fail("index block", "a block at offset " + std::to_string(at), "a " + place);
          at = handle.end();
          bool first = true;
          read_block(contents(handle, place, memory), place, [&](std::string_view k, std::string_view v) {
            if (any && k <= last_key) {
              fail(place, "keys in ascending order",
                   in_quotes(k) + (k == last_key ? " twice (a duplicate key)" : " behind " + in_quotes(last_key)));
            }
            if (first && any && k <= separator_)
              fail(place, "keys beyond the index's " + in_quotes(separator_), in_quotes(k));
            first = false;
            any = true;
            last_key = k;
            visit_(k, v);
          });
          if (first) fail(place, "records", "none");
          if (key < last_key)
            fail("index block", "a key not before the block's last, " + in_quotes(last_key), in_quotes(key));
          separator_ = key;
        });
    if (at != end) {
      fail("index block", "data blocks up to the metaindex block at offset " + std::to_string(end),
           "that they end at " + std::to_string(at));
    }
  }

  // Records of one block. Each key shares its beginning with the one before; `restarts` are those that share nothing.
  void read_block(std::span<const std::byte> block, const std::string& place, const VisitRecord& visit) {
    const auto count = block.size() < 4 ? 0 : load<std::uint32_t>(block.data() + block.size() - 4);
    if (count == 0 || count > (block.size() - 4) / 4) {
      fail(place, "restart points within the block", std::to_string(count) + " of them (corrupt)");
    }
    const std::size_t entries_end = block.size() - 4 - std::size_t{4} * count;
    const auto restart = [&](std::size_t i) { return load<std::uint32_t>(block.data() + entries_end + 4 * i); };
    auto rest = block.first(entries_end);
    std::string key;
    std::size_t next = 0;  // of the restart points
    while (!rest.empty()) {
      const std::size_t at = entries_end - rest.size();
      const bool restarts = next < count && restart(next) == at;
      if (restarts) ++next;
      const auto shared = take_length(rest, place), fresh = take_length(rest, place), size = take_length(rest, place);
      if (shared > key.size() || (restarts && shared != 0)) {
        fail(place, "a key that shares its beginning with the one before",
             std::to_string(shared) + " shared bytes (corrupt)");
      }
      if (fresh > rest.size() || size > rest.size() - fresh) {
        fail(place, "a record within the block",
             std::to_string(fresh + size) + " bytes where " + std::to_string(rest.size()) + " are left (corrupt)");
      }
      key.resize(shared);
      key.append(as_text(rest.first(fresh)));
      spend(key.size(), place);
      visit(key, as_text(rest.subspan(fresh, size)));
      rest = rest.subspan(fresh + size);
    }
    if (next == 0 && restart(0) == 0) next = 1;  // of an empty block
    if (next != count) fail(place, "restart points where records begin", "another (corrupt)");
  }

  std::uint64_t take_length(std::span<const std::byte>& rest, const std::string& place) const {
    const auto length = take_varint(rest);
    if (!length || *length > std::numeric_limits<std::uint32_t>::max()) {
      fail(place, "a record's three lengths", "something else (corrupt)");
    }
    return *length;
  }

  // Shared beginnings let a few bytes stand for a long key, over and over.
  void spend(std::uint64_t bytes, const std::string& place) {
    keys_ += bytes;
    if (keys_ / kKeysToFile > file_.size() + 16384) {
      fail(place, "keys of at most " + std::to_string(kKeysToFile) + " times the file's size", "more (corrupt)");
    }
  }

  // Sound tables come to 16 times at most: as long as a run between restart points.
  static constexpr std::uint64_t kKeysToFile = 64;

  std::span<const std::byte> file_;
  const std::string& name_;
  const VisitRecord& visit_;
  std::string separator_;  // the index's key of the last block
  std::uint64_t keys_ = 0;
};

}  // namespace

void read_table(std::span<const std::byte> file, const std::string& name, const VisitRecord& visit) {
  TableReader(file, name, visit).read();
}

}  // namespace hornbeam::formats::tensor_bundle
