#include <set>

#include "formats/hdf5/chunk_entries.h"

namespace hornbeam::formats::hdf5 {
namespace {

class FixedArray : public ChunkArray {
 public:
  FixedArray(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes, bool filtered)
      : image_(image), format_(image, chunk_bytes, filtered) {
    Cursor c = image.cursor_to_end(address, "fixed array");
    c.expect_signature("FAHD");
    c.expect_version(0);
    const unsigned client = c.u8();
    const unsigned entry_size = c.u8();
    page_bits_ = c.u8();
    count_ = c.length();
    const std::uint64_t block = c.offset();
    c.verify_checksum();
    format_.check(c, client, entry_size);
    if (page_bits_ == 0 || page_bits_ > 32) c.fail("pages of 2 to 2^32 entries", "2^" + std::to_string(page_bits_));
    if (block == kUndefined) return;
    stored_ = true;
    open_block(block, address, client);
  }

  ChunkEntry entry(std::uint64_t index) override {
    if (!stored_) return {};
    if (index >= count_) {
      image_.fail(kWhat, entries_, "entry " + std::to_string(index), std::to_string(count_) + " entries");
    }
    if (pages_ == 0) return format_.at(image_, entries_, index, kWhat);
    const std::uint64_t page = index >> page_bits_;
    const unsigned byte = std::to_integer<unsigned>(bitmap_[page / 8]);
    if ((byte & (0x80U >> (page % 8))) == 0) return {};  // never written
    const std::uint64_t per_page = std::uint64_t{1} << page_bits_;
    const std::uint64_t address = entries_ + page * (per_page * format_.size + 4);
    if (verified_.insert(page).second) {
      Cursor c = image_.cursor_to_end(address, kWhat);
      c.skip(std::min(per_page, count_ - page * per_page) * format_.size);
      c.verify_checksum();
    }
    return format_.at(image_, address, index % per_page, kWhat);
  }

 private:
  static constexpr const char* kWhat = "fixed array block";

  void open_block(std::uint64_t block, std::uint64_t owner, unsigned client) {
    Cursor c = image_.cursor_to_end(block, kWhat);
    c.expect_signature("FADB");
    c.expect_version(0);
    if (c.u8() != client) c.fail("entries of the same kind as the header", "the other kind");
    if (c.offset() != owner) c.fail("a block of the array at " + std::to_string(owner), "one of another");
    // Bounds count_ by the file, so the products below cannot overflow.
    if (count_ > image_.bytes.size() / format_.size) c.fail("entries inside the file", std::to_string(count_));
    const std::uint64_t per_page = std::uint64_t{1} << page_bits_;
    if (count_ > per_page) {
      pages_ = (count_ + per_page - 1) / per_page;
      bitmap_ = c.take((pages_ + 7) / 8);
      c.verify_checksum();
      entries_ = c.address();
      image_.slice(entries_, count_ * format_.size + pages_ * 4, kWhat);
    } else {
      entries_ = c.address();
      c.skip(count_ * format_.size);
      c.verify_checksum();
    }
  }

  const Image& image_;
  EntryFormat format_;
  bool stored_ = false;
  unsigned page_bits_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t pages_ = 0;  // 0: all entries in the block itself
  std::uint64_t entries_ = 0;
  std::span<const std::byte> bitmap_;
  std::set<std::uint64_t> verified_;
};

}  // namespace

std::unique_ptr<ChunkArray> open_fixed_array(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes,
                                             bool filtered) {
  return std::make_unique<FixedArray>(image, address, chunk_bytes, filtered);
}

unsigned stored_size_size(std::uint64_t chunk_bytes) {
  const unsigned size = 1 + (floor_log2(chunk_bytes) + 8) / 8;
  return size > 8 ? 8 : size;
}

}  // namespace hornbeam::formats::hdf5
