#include "formats/tensor_bundle/slices.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace hornbeam::formats::tensor_bundle {
namespace {

bool meet(const Extent& a, const Extent& b) { return a.start < b.start + b.length && b.start < a.start + a.length; }

bool meet(const Slice& a, const Slice& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!meet(a[i], b[i])) return false;
  }
  return true;
}

// The dimension that tells the slices apart best.
std::size_t busiest_dimension(const std::vector<Slice>& slices, std::size_t rank) {
  std::size_t best = 0, most = 0;
  for (std::size_t d = 0; d < rank; ++d) {
    std::set<std::int64_t> starts;
    for (const auto& slice : slices) starts.insert(slice[d].start);
    if (starts.size() > most) best = d, most = starts.size();
  }
  return best;
}

}  // namespace

Slice resolved(const Slice& slice, const Shape& whole) {
  Slice result = slice;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i].length < 0) result[i] = {0, whole[i]};
  }
  return result;
}

Shape shape_of(const Slice& resolved) {
  Shape shape;
  for (const auto& extent : resolved) shape.push_back(extent.length);
  return shape;
}

bool cover(const Shape& whole, const std::vector<Slice>& slices) {
  std::vector<Slice> some;  // that have elements
  std::int64_t left = whole.num_elements();
  for (const auto& slice : slices) {
    const auto elements = shape_of(slice).num_elements();
    if (elements > left) return false;
    left -= elements;
    if (elements != 0) some.push_back(slice);
  }
  if (left != 0) return false;
  // As many elements as the whole has: it is covered when no two slices meet.
  if (whole.rank() == 0) return true;
  const auto d = busiest_dimension(some, whole.rank());
  std::ranges::sort(some, {}, [d](const Slice& s) { return s[d].start; });
  for (std::size_t i = 0; i < some.size(); ++i) {
    for (std::size_t j = i + 1; j < some.size() && meet(some[i][d], some[j][d]); ++j) {
      if (meet(some[i], some[j])) return false;
    }
  }
  return true;
}

void place(const Shape& whole, const Slice& resolved, std::size_t width, std::span<const std::byte> part,
           std::span<std::byte> out) {
  if (part.empty()) return;
  const std::size_t rank = whole.rank();
  if (rank == 0) {
    std::memcpy(out.data(), part.data(), width);
    return;
  }
  const auto row = static_cast<std::size_t>(resolved[rank - 1].length) * width;
  std::vector<std::int64_t> at(rank, 0);  // within the part
  for (std::size_t from = 0; from < part.size(); from += row) {
    std::int64_t to = 0;
    for (std::size_t i = 0; i < rank; ++i) to = to * whole[i] + resolved[i].start + at[i];
    std::memcpy(out.data() + static_cast<std::size_t>(to) * width, part.data() + from, row);
    for (std::size_t i = rank - 1; i-- > 0 && ++at[i] == resolved[i].length;) at[i] = 0;
  }
}

}  // namespace hornbeam::formats::tensor_bundle
