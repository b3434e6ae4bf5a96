// Fractal heaps: where dense groups keep their links and objects with many attributes keep those.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

// One walk's view of a heap: verified blocks are remembered, so each checksum is computed once. Not thread-safe; make
// one per walk.
class FractalHeap {
 public:
  FractalHeap(const Image& image, std::uint64_t address);
  unsigned id_size() const { return id_size_; }
  // The bytes a heap ID stands for: managed, tiny or huge.
  Cursor object(std::span<const std::byte> id);

 private:
  struct IndirectBlock {
    std::vector<std::uint64_t> children;
  };
  struct HugeObject {
    std::uint64_t address, size;
  };
  std::uint64_t row_block_size(unsigned row) const { return row == 0 ? start_size_ : start_size_ << (row - 1); }
  Cursor managed(Cursor id);
  Cursor tiny(Cursor id, unsigned first);
  Cursor huge(Cursor id);
  const IndirectBlock& indirect_block(std::uint64_t address, unsigned rows, std::uint64_t heap_offset);
  std::span<const std::byte> direct_block(std::uint64_t address, std::uint64_t size, std::uint64_t heap_offset);
  void check_block_head(Cursor& c, const char* signature, std::uint64_t heap_offset) const;

  const Image& image_;
  Budget budget_;
  std::uint64_t address_;
  unsigned id_size_ = 0;
  bool checksummed_ = false;
  std::uint64_t max_managed_ = 0;
  std::uint64_t huge_btree_ = kUndefined;
  std::uint64_t width_ = 0;
  std::uint64_t start_size_ = 0;
  unsigned direct_rows_ = 0;
  unsigned first_row_bits_ = 0;  // log2 of the heap space that row 0 covers
  unsigned max_bits_ = 0;
  unsigned offset_size_ = 0;  // bytes of an offset into the heap
  unsigned size_size_ = 0;    // bytes of a managed object's size
  std::uint64_t root_ = kUndefined;
  unsigned root_rows_ = 0;  // 0: the root is a direct block
  std::map<std::uint64_t, std::span<const std::byte>> direct_;
  std::map<std::uint64_t, IndirectBlock> indirect_;
  std::optional<std::map<std::uint64_t, HugeObject>> huge_objects_;
};

}  // namespace hornbeam::formats::hdf5
