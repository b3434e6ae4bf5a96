// Walks the tiles of a product: rows in blocks that stay in L2, panels of weights, blocks of K that stay in L1.
//
// `Rows` says where the left operand's rows are:
//   int64_t count()                              rows in all
//   int64_t blocks()                             K blocks, in order
//   Block block(b)                               where block b's weights start in a panel
//   const int64_t* locate(b, row, mr, pointers, segments, length)   the rows' segments in block b; their taps or null
//   bool worth_keeping()                         may what locate found be kept (no taps then), and does finding it cost
//                                                more than that?
//   kHasTaps                                     does locate ever find some?
#if defined(HORNBEAM_KERNELS_DRIVER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_DRIVER_INL_H_
#undef HORNBEAM_KERNELS_DRIVER_INL_H_
#else
#define HORNBEAM_KERNELS_DRIVER_INL_H_
#endif

#include <algorithm>
#include <type_traits>
#include <vector>

#include "ops/kernels/parallel.h"
#include "ops/kernels/product.h"
#include "ops/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// Numbers of K per block: 256 of 16 columns are 16 KiB, half of L1.
static constexpr int64_t kBlockK = 256;
// Weights that stay in L1 beside the rows (numbers), and the most panels they may be cut in.
static constexpr int64_t kSmallWeights = 5 << 10;
static constexpr int64_t kMaxPanels = 16;

// Rows per block so that `numbers` of each take about a third of L2.
HWY_INLINE int64_t RowBlock(int64_t numbers) {
  const int64_t rows = (40 << 10) / std::max<int64_t>(numbers, 1);
  return std::max<int64_t>(rows / kTileRows, 6) * kTileRows;
}

// What the tiles of one panel and one block of K have in common.
template <class T, class Rows>
HWY_INLINE TileArgs<T> PanelArgs(const Rows& rows, const Product<T>& p, int64_t block, int64_t blocks, int64_t panel,
                                 bool clamp_only) {
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  TileArgs<T> t;
  t.columns = std::min(width, p.columns - panel * width);
  t.c_stride = p.c_stride;
  t.bias = p.bias && block == 0 ? p.bias + panel * width : nullptr;
  t.start_stride = block > 0 ? p.c_stride : p.r_stride;
  const Clamp clamp = clamp_of(p.activation);
  t.low = static_cast<T>(clamp.low);
  t.high = static_cast<T>(clamp.high);
  t.clamp = block + 1 == blocks && clamp_only && p.activation.op != Unary::kIdentity;
  t.b = p.panels + panel * p.panel_size + rows.offset(block) * width;
  t.next = nullptr;
  t.taps = nullptr;
  return t;
}

// One tile. The residual is where sums start, not where they end, so that C may be the residual.
template <class T, class Rows>
HWY_INLINE void RunTile(const Product<T>& p, TileArgs<T>& t, int64_t block, int64_t blocks, int64_t panel, int64_t row,
                        int mr, bool clamp_only) {
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  t.c = p.c + row * p.c_stride + panel * width;
  t.start = block > 0 ? t.c : p.residual ? p.residual + row * p.r_stride + panel * width : nullptr;
  if constexpr (Rows::kHasTaps) {
    t.taps ? TileOf<T, Tapped>(mr, t) : TileOf<T, Plain>(mr, t);
  } else {
    TileOf<T, Plain>(mr, t);
  }
  if constexpr (std::is_same_v<T, float>) {
    if (!clamp_only && block + 1 == blocks) Activate(p.activation, t.c, mr, t.columns, t.c_stride);
  }
}

// Where a tile's rows are in one block of K: `segments` times the tile's height pointers from `at` on.
template <class T>
struct Located {
  size_t at;
  int64_t segments, length;
};

// Finds the tiles of rows [m0, m1) in all blocks, once for all panels.
template <class T, class Rows>
void LocateAll(const Rows& rows, int64_t m0, int64_t m1, int64_t max_pointers, std::vector<Located<T>>& located,
               std::vector<const T*>& kept) {
  located.clear();
  size_t used = 0;
  for (int64_t block = 0; block < rows.blocks(); ++block)
    for (int64_t m = m0; m < m1;) {
      const int mr = NextTile(m1 - m);
      if (kept.size() < used + static_cast<size_t>(max_pointers))
        kept.resize(2 * used + static_cast<size_t>(max_pointers));
      Located<T> tile{used, 0, 0};
      rows.locate(block, m, mr, kept.data() + used, tile.segments, tile.length);
      used += static_cast<size_t>(tile.segments * mr);
      located.push_back(tile);
      m += mr;
    }
}

// Rows [row0, row1) by panels [panel0, panel1).
template <class T, class Rows>
void RunBlock(const Rows& rows, const Product<T>& p, int64_t row0, int64_t row1, int64_t panel0, int64_t panel1) {
  const T* on_stack[kTileRows * 64];
  std::vector<const T*> on_heap;
  const T** pointers = on_stack;
  if (p.max_pointers > kTileRows * 64) {
    on_heap.resize(static_cast<size_t>(p.max_pointers));
    pointers = on_heap.data();
  }
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  const bool clamp_only = is_clamp(p.activation);
  const int64_t blocks = rows.blocks();
  if (blocks == 1 && p.panel_size * (panel1 - panel0) <= kSmallWeights && panel1 - panel0 <= kMaxPanels) {
    // All the weights stay in L1: row by row, so that each row of C is written in one go.
    TileArgs<T> args[kMaxPanels];
    for (int64_t panel = panel0; panel < panel1; ++panel)
      args[panel - panel0] = PanelArgs<T>(rows, p, 0, 1, panel, clamp_only);
    for (int64_t m = row0; m < row1;) {
      const int mr = NextTile(row1 - m);
      int64_t segments, length;
      const int64_t* taps = rows.locate(0, m, mr, pointers, segments, length);
      for (int64_t panel = panel0; panel < panel1; ++panel) {
        TileArgs<T>& t = args[panel - panel0];
        t.a = pointers;
        t.taps = taps;
        t.segments = segments;
        t.length = length;
        RunTile<T, Rows>(p, t, 0, 1, panel, m, mr, clamp_only);
      }
      m += mr;
    }
    return;
  }
  const int64_t row_block = RowBlock(p.row_inputs + std::min<int64_t>(p.columns, p.row_inputs));
  const bool keep = rows.worth_keeping() && panel1 - panel0 > 1;
  thread_local std::vector<Located<T>> located;  // kept between calls: runs do not allocate
  thread_local std::vector<const T*> kept;
  for (int64_t m0 = row0; m0 < row1; m0 += row_block) {
    const int64_t m1 = std::min(row1, m0 + row_block);
    if (keep) LocateAll(rows, m0, m1, p.max_pointers, located, kept);
    for (int64_t panel = panel0; panel < panel1; ++panel) {
      const Located<T>* known = located.data();
      for (int64_t block = 0; block < blocks; ++block) {
        TileArgs<T> t = PanelArgs<T>(rows, p, block, blocks, panel, clamp_only);
        t.a = pointers;
        // Weights are packed in the order they are used: the first tiles fetch the next block, a quarter each.
        const bool last = panel + 1 == panel1 && block + 1 == blocks;
        const T* next = last || m1 - m0 < 6 * kTileRows ? nullptr : t.b;
        for (int64_t m = m0; m < m1;) {
          const int mr = NextTile(m1 - m);
          if (keep) {
            t.a = kept.data() + known->at;
            t.segments = known->segments;
            t.length = known->length;
            ++known;
          } else {
            t.taps = rows.locate(block, m, mr, pointers, t.segments, t.length);
          }
          const int64_t quarter = (m - m0) / kTileRows;
          const int64_t size = t.segments * t.length * width;
          t.next = next && quarter < 4 ? next + size + quarter * (size / 4) : nullptr;
          RunTile<T, Rows>(p, t, block, blocks, panel, m, mr, clamp_only);
          m += mr;
        }
      }
    }
  }
}

// This part's share. By rows, so that what a part writes it reads again in the next kernel (a line in another core's
// cache costs several times one in its own), unless the weights are more than twice the rows' numbers: then by columns,
// so that each part reads its own weights, cut inside a panel where that balances better.
template <class T, class Rows>
void RunPart(const Rows& rows, const Product<T>& p, Part part) {
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  const int64_t m = rows.count();
  const int64_t panels = (p.columns + width - 1) / width;
  if (part.count == 1) return RunBlock<T>(rows, p, 0, m, 0, panels);
  const int64_t tiles = (m + kTileRows - 1) / kTileRows;
  const bool heavy = p.panel_size * panels > 2 * m * (p.row_inputs + p.columns);
  if (!heavy && tiles >= 4 * part.count) {
    const Range r = slice(m, part, kTileRows);
    return RunBlock<T>(rows, p, r.begin, r.end, 0, panels);
  }
  // Cut the list of (panel, tile) pairs evenly.
  const Range r = slice(panels * tiles, part);
  int64_t at = r.begin;
  const auto row_of = [&](int64_t tile) { return std::min(m, tile * kTileRows); };
  while (at < r.end) {
    const int64_t panel = at / tiles, tile = at % tiles;
    if (tile == 0 && r.end - at >= tiles) {
      const int64_t whole = (r.end - at) / tiles;
      RunBlock<T>(rows, p, 0, m, panel, panel + whole);
      at += whole * tiles;
    } else {
      const int64_t last = std::min(tiles, tile + (r.end - at));
      RunBlock<T>(rows, p, row_of(tile), row_of(last), panel, panel + 1);
      at += last - tile;
    }
  }
}

// The rows of a plain matrix.
template <class T>
struct MatrixRows {
  const T* a;
  int64_t stride, m, k;
  int64_t count() const { return m; }
  int64_t blocks() const { return std::max<int64_t>(1, (k + kBlockK - 1) / kBlockK); }
  int64_t offset(int64_t block) const { return block * kBlockK; }
  static constexpr bool kHasTaps = false;
  bool worth_keeping() const { return false; }
  const int64_t* locate(int64_t block, int64_t row, int mr, const T** pointers, int64_t& segments,
                        int64_t& length) const {
    segments = 1;
    length = std::min(kBlockK, k - block * kBlockK);
    const T* p = a + row * stride + block * kBlockK;
    for (int i = 0; i < mr; ++i, p += stride) pointers[i] = p;
    return nullptr;
  }
};

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
