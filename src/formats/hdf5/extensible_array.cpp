#include <bit>
#include <map>
#include <set>
#include <vector>

#include "formats/hdf5/chunk_entries.h"

namespace hornbeam::formats::hdf5 {
namespace {

// Entries lie in an index block, then in data blocks that grow by super block: super block s has 2^(s/2) data blocks
// of min * 2^((s+1)/2) entries. The index block points at the data blocks of the first super blocks directly.
class ExtensibleArray : public ChunkArray {
 public:
  ExtensibleArray(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes, bool filtered)
      : image_(image), budget_(image), address_(address), format_(image, chunk_bytes, filtered) {
    Cursor c = image.cursor_to_end(address, "extensible array");
    c.expect_signature("EAHD");
    c.expect_version(0);
    client_ = c.u8();
    const unsigned entry_size = c.u8();
    const unsigned max_bits = c.u8();
    in_index_ = c.u8();
    min_entries_ = c.u8();
    const unsigned min_pointers = c.u8();
    const unsigned page_bits = c.u8();
    for (int i = 0; i < 6; ++i) c.length();  // statistics
    const std::uint64_t index_block = c.offset();
    c.verify_checksum();
    format_.check(c, client_, entry_size);
    if (max_bits == 0 || max_bits > 64 || !std::has_single_bit(min_entries_) || !std::has_single_bit(min_pointers) ||
        floor_log2(min_entries_) > max_bits || page_bits > 32) {
      c.fail("sizes that are powers of two within 64 bits", "others");
    }
    offset_size_ = (max_bits + 7) / 8;
    page_entries_ = std::uint64_t{1} << page_bits;
    super_blocks_ = 1 + max_bits - floor_log2(min_entries_);
    direct_super_blocks_ = 2 * floor_log2(min_pointers);
    if (direct_super_blocks_ > super_blocks_) c.fail("super blocks past those of the index block", "none");
    if (index_block != kUndefined) open_index(index_block, 2 * (std::uint64_t{min_pointers} - 1));
  }

  ChunkEntry entry(std::uint64_t index) override {
    if (!stored_) return {};
    if (index < in_index_) return format_.at(image_, index_entries_, index, "extensible array index block");
    index -= in_index_;
    if (index >> 63 != 0) image_.fail("extensible array", address_, "a chunk number of 63 bits", std::to_string(index));
    const unsigned s = floor_log2(index / min_entries_ + 1);
    if (s >= super_blocks_) {
      image_.fail("extensible array", address_, "a chunk number within its bits", std::to_string(index));
    }
    index -= min_entries_ * ((std::uint64_t{1} << s) - 1);
    const std::uint64_t block_entries = min_entries_ << ((s + 1) / 2);
    const std::uint64_t block = index / block_entries;
    index %= block_entries;
    if (s >= direct_super_blocks_) return from_super_block(s, block, index, block_entries);
    // Data blocks of super blocks 0 to s-1: 1 + 1 + 2 + 2 + 4 + 4 ...
    const std::uint64_t before = (std::uint64_t{1} << (s / 2)) * (s % 2 == 0 ? 2 : 3) - 2;
    if (block_entries > page_entries_) {
      image_.fail("extensible array", address_, "pages in super blocks only", "pages in the index block");
    }
    const std::uint64_t data = data_blocks_.at(before + block);
    if (data == kUndefined) return {};
    return from_data_block(data, index, block_entries);
  }

 private:
  struct SuperBlock {
    std::span<const std::byte> bitmap;  // which pages of its data blocks are written
    std::vector<std::uint64_t> data_blocks;
  };

  void check_head(Cursor& c, const char* signature) const {
    c.expect_signature(signature);
    c.expect_version(0);
    if (c.u8() != client_) c.fail("entries of the same kind as the header", "the other kind");
    if (c.offset() != address_) c.fail("a block of the array at " + std::to_string(address_), "one of another");
  }

  void open_index(std::uint64_t address, std::uint64_t data_blocks) {
    Cursor c = image_.cursor_to_end(address, "extensible array index block");
    check_head(c, "EAIB");
    index_entries_ = c.address();
    c.skip(in_index_ * format_.size);
    for (std::uint64_t i = 0; i < data_blocks; ++i) data_blocks_.push_back(c.offset());
    for (unsigned s = direct_super_blocks_; s < super_blocks_; ++s) super_addresses_.push_back(c.offset());
    c.verify_checksum();
    stored_ = true;
  }

  ChunkEntry from_super_block(unsigned s, std::uint64_t block, std::uint64_t index, std::uint64_t block_entries) {
    const std::uint64_t address = super_addresses_.at(s - direct_super_blocks_);
    if (address == kUndefined) return {};
    const std::uint64_t pages = block_entries > page_entries_ ? block_entries / page_entries_ : 0;
    const SuperBlock& super = super_block(address, s, pages);
    const std::uint64_t data = super.data_blocks.at(block);
    if (data == kUndefined) return {};
    if (pages == 0) return from_data_block(data, index, block_entries);
    const std::uint64_t page = index / page_entries_;
    const std::uint64_t bit = block * pages + page;
    if (bit / 8 >= super.bitmap.size()) return {};
    if ((std::to_integer<unsigned>(super.bitmap[bit / 8]) & (0x80U >> (bit % 8))) == 0) return {};
    return from_page(data, page, index % page_entries_);
  }

  const SuperBlock& super_block(std::uint64_t address, unsigned s, std::uint64_t pages) {
    const auto known = supers_.find(s);
    if (known != supers_.end()) return known->second;
    Cursor c = image_.cursor_to_end(address, "extensible array super block");
    check_head(c, "EASB");
    c.uint(offset_size_);
    const std::uint64_t blocks = std::uint64_t{1} << (s / 2);
    SuperBlock super;
    if (blocks > c.remaining() / image_.offset_size)
      c.fail(std::to_string(blocks) + " addresses", "the end of the file");
    if (pages != 0) {
      const std::uint64_t per_block = (pages + 7) / 8;
      if (per_block > c.remaining() / blocks) c.fail("its bitmap of pages", "the end of the file");
      super.bitmap = c.take(blocks * per_block);
    }
    for (std::uint64_t i = 0; i < blocks; ++i) super.data_blocks.push_back(c.offset());
    c.verify_checksum();
    return supers_.emplace(s, std::move(super)).first->second;
  }

  ChunkEntry from_data_block(std::uint64_t address, std::uint64_t index, std::uint64_t entries) {
    const std::uint64_t head = 6 + image_.offset_size + offset_size_;
    if (verified_.insert(address).second) {
      Cursor c = image_.cursor_to_end(address, kWhat);
      check_head(c, "EADB");
      c.uint(offset_size_);
      if (entries > c.remaining() / format_.size) c.fail(std::to_string(entries) + " entries", "the end of the file");
      c.skip(entries * format_.size);
      c.verify_checksum();
      budget_.spend(image_, c.position(), kWhat, address);
    }
    return format_.at(image_, address + head, index, kWhat);
  }

  ChunkEntry from_page(std::uint64_t address, std::uint64_t page, std::uint64_t index) {
    Cursor head = image_.cursor_to_end(address, kWhat);
    check_head(head, "EADB");
    head.uint(offset_size_);
    head.verify_checksum();
    const std::uint64_t page_bytes = page_entries_ * format_.size + 4;
    if (page > head.remaining() / page_bytes) head.fail("page " + std::to_string(page), "the end of the file");
    const std::uint64_t start = head.address() + page * page_bytes;
    if (verified_.insert(start).second) {
      Cursor c = image_.cursor_to_end(start, kWhat);
      c.skip(page_bytes - 4);
      c.verify_checksum();
      budget_.spend(image_, page_bytes, kWhat, start);
    }
    return format_.at(image_, start, index, kWhat);
  }

  static constexpr const char* kWhat = "extensible array block";
  const Image& image_;
  Budget budget_;
  std::uint64_t address_;
  EntryFormat format_;
  bool stored_ = false;
  unsigned client_ = 0;
  std::uint64_t in_index_ = 0;
  std::uint64_t min_entries_ = 0;
  std::uint64_t page_entries_ = 0;
  unsigned offset_size_ = 0;
  unsigned super_blocks_ = 0;
  unsigned direct_super_blocks_ = 0;
  std::uint64_t index_entries_ = 0;
  std::vector<std::uint64_t> data_blocks_;      // those the index block points at
  std::vector<std::uint64_t> super_addresses_;  // the rest
  std::map<unsigned, SuperBlock> supers_;
  std::set<std::uint64_t> verified_;
};

}  // namespace

std::unique_ptr<ChunkArray> open_extensible_array(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes,
                                                  bool filtered) {
  return std::make_unique<ExtensibleArray>(image, address, chunk_bytes, filtered);
}

}  // namespace hornbeam::formats::hdf5
