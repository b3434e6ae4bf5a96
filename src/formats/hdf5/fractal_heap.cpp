#include "formats/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "formats/hdf5/btree2.h"
#include "formats/hdf5/checksum.h"

namespace hornbeam::formats::hdf5 {

FractalHeap::FractalHeap(const Image& image, std::uint64_t address) : image_(image), budget_(image), address_(address) {
  Cursor c = image.cursor_to_end(address, "fractal heap");
  c.expect_signature("FRHP");
  c.expect_version(0);
  id_size_ = c.u16();
  const unsigned filters = c.u16();
  checksummed_ = (c.u8() & 2U) != 0;
  max_managed_ = c.u32();
  c.length();  // next huge object's ID
  huge_btree_ = c.offset();
  c.length();                              // free space
  c.offset();                              // its manager
  for (int i = 0; i < 4; ++i) c.length();  // managed space, allocated, iterator, number of objects
  for (int i = 0; i < 4; ++i) c.length();  // sizes and numbers of huge and tiny objects
  width_ = c.u16();
  start_size_ = c.length();
  const std::uint64_t max_direct = c.length();
  max_bits_ = c.u16();
  c.u16();  // rows the root indirect block starts with
  root_ = c.offset();
  root_rows_ = c.u16();
  if (filters != 0) c.fail("a heap without filters", "a filtered one (not supported)");
  c.verify_checksum();

  if (width_ == 0 || !std::has_single_bit(width_) || !std::has_single_bit(start_size_) ||
      !std::has_single_bit(max_direct) || max_direct < start_size_ || max_direct > (std::uint64_t{1} << 31)) {
    c.fail("block sizes that are powers of two", "others");
  }
  first_row_bits_ = floor_log2(start_size_) + floor_log2(width_);
  if (max_bits_ > 63 || max_bits_ < floor_log2(max_direct) || max_bits_ < first_row_bits_) {
    c.fail("a heap of at most 63 bits that holds its blocks", std::to_string(max_bits_) + " bits");
  }
  direct_rows_ = floor_log2(max_direct) - floor_log2(start_size_) + 2;
  offset_size_ = (max_bits_ + 7) / 8;
  size_size_ = std::min((floor_log2(max_direct) + 7) / 8, encoded_size(max_managed_));
  if (id_size_ < 1 + offset_size_ + size_size_) c.fail("IDs that hold an offset and a size", std::to_string(id_size_));
}

Cursor FractalHeap::object(std::span<const std::byte> id) {
  Cursor c(image_, kUndefined, id, "heap ID");
  const unsigned first = c.u8();
  if (first >> 6 != 0) c.fail("heap ID version 0", std::to_string(first >> 6));
  switch ((first >> 4) & 3U) {
    case 0:
      return managed(c);
    case 1:
      return huge(c);
    case 2:
      return tiny(c, first);
    default:
      c.fail("a managed, huge or tiny object", "type 3");
  }
}

Cursor FractalHeap::managed(Cursor id) {
  const std::uint64_t offset = id.uint(offset_size_);
  const std::uint64_t size = id.uint(size_size_);
  if (size == 0 || size > max_managed_) {
    id.fail("an object of 1 to " + std::to_string(max_managed_) + " bytes", std::to_string(size));
  }
  std::uint64_t block = root_;
  std::uint64_t block_offset = 0;
  std::uint64_t block_size = start_size_;
  // Each turn goes down one indirect block, and those shrink: the loop is short whatever the file says.
  for (unsigned rows = root_rows_; rows != 0;) {
    const IndirectBlock& indirect = indirect_block(block, rows, block_offset);
    unsigned row = 0;
    std::uint64_t row_start = 0;
    const std::uint64_t within = offset - block_offset;
    while (row < rows && within - row_start >= width_ * row_block_size(row)) {
      row_start += width_ * row_block_size(row);
      ++row;
    }
    if (row == rows) id.fail("an offset inside the heap", std::to_string(offset));
    block_size = row_block_size(row);
    const std::uint64_t column = (within - row_start) / block_size;
    block = indirect.children[row * width_ + column];
    block_offset += row_start + column * block_size;
    const unsigned bits = floor_log2(block_size);
    if (row >= direct_rows_ && bits < first_row_bits_) id.fail("indirect blocks of at least one row", "smaller ones");
    rows = row < direct_rows_ ? 0 : bits - first_row_bits_ + 1;
  }
  const auto bytes = direct_block(block, block_size, block_offset);
  const std::uint64_t at = offset - block_offset;
  const std::uint64_t head = 5 + image_.offset_size + offset_size_ + (checksummed_ ? 4U : 0U);
  if (at < head || at > bytes.size() || size > bytes.size() - at) {
    id.fail("an object inside its heap block", std::to_string(size) + " bytes at " + std::to_string(at));
  }
  return Cursor(image_, block + at, bytes.subspan(at, size), "heap object");
}

Cursor FractalHeap::tiny(Cursor id, unsigned first) {
  std::uint64_t size = first & 15U;
  if (id_size_ - 1 > 16) size = size << 8 | id.u8();
  return Cursor(image_, kUndefined, id.take(size + 1), "heap object");
}

Cursor FractalHeap::huge(Cursor id) {
  HugeObject found{kUndefined, 0};
  if (id.remaining() >= image_.offset_size + image_.length_size) {
    found.address = id.offset();
    found.size = id.length();
  } else {
    if (!huge_objects_) {
      huge_objects_.emplace();
      Budget budget(image_);
      walk_btree2(image_, huge_btree_, Btree2Type::huge_indirect, budget, [&](Cursor record) {
        const std::uint64_t address = record.offset();
        const std::uint64_t size = record.length();
        huge_objects_->emplace(record.length(), HugeObject{address, size});
      });
    }
    const std::uint64_t key = id.uint(std::min<unsigned>(image_.length_size, static_cast<unsigned>(id.remaining())));
    const auto it = huge_objects_->find(key);
    if (it == huge_objects_->end()) id.fail("a huge object of the heap", "number " + std::to_string(key));
    found = it->second;
  }
  return image_.cursor(found.address, found.size, "huge heap object");
}

void FractalHeap::check_block_head(Cursor& c, const char* signature, std::uint64_t heap_offset) const {
  c.expect_signature(signature);
  c.expect_version(0);
  const std::uint64_t owner = c.offset();
  if (owner != address_)
    c.fail("a block of the heap at " + std::to_string(address_), "one of " + std::to_string(owner));
  const std::uint64_t offset = c.uint(offset_size_);
  if (offset != heap_offset) {
    c.fail("the block at heap offset " + std::to_string(heap_offset), "the one at " + std::to_string(offset));
  }
}

const FractalHeap::IndirectBlock& FractalHeap::indirect_block(std::uint64_t address, unsigned rows,
                                                              std::uint64_t heap_offset) {
  const auto known = indirect_.find(address);
  Cursor c = image_.cursor_to_end(address, "fractal heap indirect block");
  if (known != indirect_.end()) {
    check_block_head(c, "FHIB", heap_offset);
    if (known->second.children.size() != rows * width_) c.fail("one size of this block", "two");
    return known->second;
  }
  check_block_head(c, "FHIB", heap_offset);
  // Blocks double by row: more rows than heap bits would overflow, and could not be addressed.
  if (first_row_bits_ + rows > max_bits_ + 1) {
    c.fail("rows that a heap of " + std::to_string(max_bits_) + " bits needs", std::to_string(rows));
  }
  const std::uint64_t children = rows * width_;
  if (children > c.remaining() / image_.offset_size) {
    c.fail(std::to_string(children) + " child addresses", "the end of the file");
  }
  budget_.spend(image_, children * image_.offset_size, c.what(), address);
  IndirectBlock block;
  block.children.reserve(children);
  for (std::uint64_t i = 0; i < children; ++i) block.children.push_back(c.offset());
  c.verify_checksum();
  return indirect_.emplace(address, std::move(block)).first->second;
}

std::span<const std::byte> FractalHeap::direct_block(std::uint64_t address, std::uint64_t size,
                                                     std::uint64_t heap_offset) {
  Cursor c = image_.cursor(address, size, "fractal heap block");
  const auto known = direct_.find(address);
  check_block_head(c, "FHDB", heap_offset);
  if (known != direct_.end()) {
    if (known->second.size() != size) c.fail("one size of this block", "two");
    return known->second;
  }
  budget_.spend(image_, size, c.what(), address);
  const auto bytes = image_.slice(address, size, c.what());
  if (checksummed_) {
    const std::uint64_t at = c.position();
    const std::uint32_t stored = c.u32();
    std::vector<std::byte> copy(bytes.begin(), bytes.end());  // the checksum counts itself as zeros
    std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(at), 4, std::byte{0});
    const std::uint32_t computed = lookup3(copy);
    if (!same_checksum(stored, computed))
      c.fail("checksum " + std::to_string(computed), "checksum " + std::to_string(stored));
  }
  direct_.emplace(address, bytes);
  return bytes;
}

}  // namespace hornbeam::formats::hdf5
