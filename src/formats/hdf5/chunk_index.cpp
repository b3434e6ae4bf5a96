#include "formats/hdf5/chunk_index.h"

#include <algorithm>

#include "base/checked_math.h"
#include "formats/hdf5/btree1.h"
#include "formats/hdf5/btree2.h"
#include "formats/hdf5/chunk_array.h"

namespace hornbeam::formats::hdf5 {
namespace {

using Coordinates = std::vector<std::uint64_t>;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

class ChunkWalk {
 public:
  ChunkWalk(const Image& image, const Layout& layout, const Dataspace& space,
            const std::function<void(const Chunk&)>& visit)
      : image_(image), layout_(layout), space_(space), visit_(visit), rank_(space.dims.size()) {
    // At most as many chunks as elements, so this cannot overflow.
    for (std::size_t i = 0; i < rank_; ++i) {
      grid_.push_back(ceil_div(space.dims[i], layout.chunk[i]));
      chunks_ *= grid_[i];
    }
  }

  void run() {
    if (layout_.address == kUndefined || space_.count == 0) return;
    switch (layout_.index) {
      case Layout::Index::btree1:
        return run_btree1();
      case Layout::Index::single:
        return run_single();
      case Layout::Index::implicit:
        return run_numbered([&](std::uint64_t n) {
          const auto offset = base::checked_mul(n, layout_.chunk_bytes);
          const auto address = offset ? base::checked_add(layout_.address, *offset) : std::nullopt;
          return ChunkEntry{address.value_or(kUndefined - 1), layout_.chunk_bytes, 0};
        });
      case Layout::Index::fixed_array: {
        const auto array = open_fixed_array(image_, layout_.address, layout_.chunk_bytes, filtered());
        return run_numbered([&](std::uint64_t n) { return array->entry(n); });
      }
      case Layout::Index::extensible_array: {
        const auto array = open_extensible_array(image_, layout_.address, layout_.chunk_bytes, filtered());
        return run_numbered([&](std::uint64_t n) { return array->entry(n); });
      }
      case Layout::Index::btree2:
        return run_btree2();
    }
  }

 private:
  bool filtered() const { return !layout_.filters.empty(); }

  // Trees name chunks in their own order: a repeated one would silently replace the other, one outside could not be
  // read.
  void visit_once(const Cursor& where, const Coordinates& at, std::uint64_t address, std::uint64_t size,
                  std::uint32_t mask) {
    if (seen_.empty()) seen_.resize(chunks_);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < rank_; ++i) {
      if (at[i] >= grid_[i]) where.fail("a chunk inside the dataset", "one past its end");
      number = number * grid_[i] + at[i];
    }
    if (seen_[number]) where.fail("each chunk once", "one chunk twice");
    seen_[number] = true;
    visit_({at, address, size, mask});
  }

  void run_btree1() {
    Budget budget(image_);
    Coordinates at(rank_);
    walk_btree1(image_, layout_.address, Btree1Type::chunk, 8 + 8 * (rank_ + 1), budget,
                [&](Cursor key, std::uint64_t child) {
                  const std::uint32_t size = key.u32();
                  const std::uint32_t mask = key.u32();
                  for (std::size_t i = 0; i < rank_; ++i) {
                    const std::uint64_t start = key.u64();
                    if (start % layout_.chunk[i] != 0) {
                      key.fail("a chunk at a multiple of " + std::to_string(layout_.chunk[i]), std::to_string(start));
                    }
                    at[i] = start / layout_.chunk[i];
                  }
                  if (key.u64() != 0) key.fail("a chunk that starts at an element", "one inside an element");
                  visit_once(key, at, child, size, mask);
                });
  }

  void run_btree2() {
    Budget budget(image_);
    Coordinates at(rank_);
    walk_btree2(image_, layout_.address, filtered() ? Btree2Type::filtered_chunk : Btree2Type::chunk, budget,
                [&](Cursor record) {
                  const std::uint64_t address = record.offset();
                  std::uint64_t size = layout_.chunk_bytes;
                  std::uint32_t mask = 0;
                  if (filtered()) {
                    size = record.uint(stored_size_size(layout_.chunk_bytes));
                    mask = record.u32();
                  }
                  for (std::uint64_t& x : at) x = record.u64();
                  if (record.remaining() != 0) record.fail("records of the dataset's rank", "longer ones");
                  visit_once(record, at, address, size, mask);
                });
  }

  void run_single() {
    if (chunks_ != 1) image_.fail("layout message", layout_.address, "one chunk", std::to_string(chunks_) + " chunks");
    const Coordinates at(rank_, 0);
    visit_({at, layout_.address, layout_.single_size, layout_.single_filter_mask});
  }

  // Arrays number chunks row by row over the greatest extent; an unlimited dimension counts as the first.
  template <class Entry>
  void run_numbered(Entry entry) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < rank_; ++i) {
      if (space_.max_dims[i] != kUnlimited) continue;
      if (!order.empty()) image_.fail("layout message", layout_.address, "one unlimited dimension", "several");
      order.push_back(i);
    }
    for (std::size_t i = 0; i < rank_; ++i) {
      if (space_.max_dims[i] != kUnlimited) order.push_back(i);
    }
    Coordinates stride(rank_, 0);
    std::uint64_t product = 1;
    for (std::size_t k = rank_; k-- > 0;) {
      const std::size_t i = order[k];
      stride[i] = product;
      if (k == 0) break;
      const auto next = base::checked_mul(product, ceil_div(space_.max_dims[i], layout_.chunk[i]));
      if (!next) image_.fail("layout message", layout_.address, "chunks that can be numbered", "more");
      product = *next;
    }
    Coordinates at(rank_, 0);
    for (std::uint64_t n = 0; n < chunks_; ++n) {
      std::uint64_t number = 0;
      for (std::size_t i = 0; i < rank_; ++i) {
        const auto part = base::checked_mul(at[i], stride[i]);
        const auto sum = part ? base::checked_add(number, *part) : std::nullopt;
        if (!sum) image_.fail("layout message", layout_.address, "chunks that can be numbered", "more");
        number = *sum;
      }
      const ChunkEntry e = entry(number);
      if (e.address != kUndefined) visit_({at, e.address, e.stored_size, e.filter_mask});
      for (std::size_t i = rank_; i-- > 0 && ++at[i] == grid_[i];) at[i] = 0;
    }
  }

  const Image& image_;
  const Layout& layout_;
  const Dataspace& space_;
  const std::function<void(const Chunk&)>& visit_;
  std::size_t rank_;
  Coordinates grid_;  // chunks along each dimension
  std::uint64_t chunks_ = 1;
  std::vector<bool> seen_;
};

}  // namespace

void for_each_chunk(const Image& image, const Layout& layout, const Dataspace& space,
                    const std::function<void(const Chunk&)>& visit) {
  ChunkWalk(image, layout, space, visit).run();
}

}  // namespace hornbeam::formats::hdf5
