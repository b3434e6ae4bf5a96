#include "ops/strided_slice_spec.h"

#include <algorithm>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr const char* kMasks[] = {"begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"};
constexpr std::int64_t kNewAxis = -2, kDropped = -1;

// The slice with a begin, end and stride for every dim of the input.
struct Dense {
  MaybeInts begin, end, strides;
  std::vector<bool> begin_masked, end_masked, shrinks;
  std::vector<std::int64_t> gather;  // what the result's dims are: a dim of the input, kNewAxis or kDropped
};

bool bit(std::int64_t mask, std::size_t i) { return i < 63 && ((mask >> i) & 1) != 0; }

Dense make_dense(const Shape& in, const MaybeInts& begin, const MaybeInts& end, const MaybeInts& strides,
                 const Attrs& masks) {
  const auto ellipsis = masks.i("ellipsis_mask"), new_axis = masks.i("new_axis_mask");
  const auto shrink = masks.i("shrink_axis_mask");
  const auto begin_mask = masks.i("begin_mask"), end_mask = masks.i("end_mask");
  const auto n = strides.size();
  const auto rank = in.rank();
  std::size_t ellipses = 0, new_after_ellipsis = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (bit(ellipsis, i)) {
      ++ellipses;
    } else if (ellipses > 0 && bit(new_axis, i)) {
      ++new_after_ellipsis;
    }
  }
  if (ellipses > 1) throw InvalidArgumentError("Multiple ellipses in slice spec not allowed");
  Dense d;
  const auto whole_dims = [&](std::size_t until) {
    while (d.begin.size() < until) {
      d.gather.push_back(static_cast<std::int64_t>(d.begin.size()));
      d.begin.push_back(0);
      d.end.push_back(0);
      d.strides.push_back(1);
      d.begin_masked.push_back(true);
      d.end_masked.push_back(true);
      d.shrinks.push_back(false);
    }
  };
  for (std::size_t i = 0; i < n; ++i) {
    if (bit(ellipsis, i)) {
      // So many dims that those named after the ellipsis come last.
      const auto after = n - i - 1 - new_after_ellipsis;
      whole_dims(rank > after ? rank - after : 0);
    } else if (bit(new_axis, i)) {
      d.gather.push_back(kNewAxis);
    } else {
      if (d.begin.size() == rank) {
        throw InvalidArgumentError("Index out of range using input dim " + std::to_string(rank) + "; input has only " +
                                   std::to_string(rank) + " dims");
      }
      d.gather.push_back(bit(shrink, i) ? kDropped : static_cast<std::int64_t>(d.begin.size()));
      d.begin.push_back(begin[i]);
      d.end.push_back(end[i]);
      d.strides.push_back(strides[i]);
      d.begin_masked.push_back(bit(begin_mask, i));
      d.end_masked.push_back(bit(end_mask, i));
      d.shrinks.push_back(bit(shrink, i));
    }
  }
  whole_dims(rank);
  return d;
}

// Begin or end counted from the front and kept inside the dim.
std::int64_t canonical(std::int64_t x, bool masked, bool is_begin, std::int64_t stride, std::int64_t dim) {
  const std::int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? dim : dim - 1;
  if (masked) return (stride > 0) == is_begin ? low : high;
  return std::clamp(x < 0 ? dim + x : x, low, high);
}

}  // namespace

StridedSliceSpec resolve_strided_slice(const Shape& in, const MaybeInts& begin, const MaybeInts& end,
                                       const MaybeInts& strides, const Attrs& masks) {
  if (begin.size() != strides.size() || end.size() != strides.size()) {
    throw InvalidArgumentError("Expected begin, end, and strides to be 1D equal size tensors, but got lengths " +
                               std::to_string(begin.size()) + ", " + std::to_string(end.size()) + ", and " +
                               std::to_string(strides.size()) + " instead.");
  }
  if (strides.size() >= 32) throw InvalidArgumentError("begin of StridedSlice must have fewer than 32 elements");
  const auto d = make_dense(in, begin, end, strides, masks);
  StridedSliceSpec out;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    const auto dim = in[i];
    const auto known_stride = d.strides[i];
    if (known_stride == 0) throw InvalidArgumentError("strides[" + std::to_string(i) + "] must be non-zero");
    if (d.shrinks[i] && known_stride && *known_stride <= 0) {
      throw InvalidArgumentError("only stride 1 allowed on non-range indexing.");
    }
    std::int64_t first = 0, size = None;
    const auto stride = known_stride.value_or(1);
    if (d.shrinks[i]) {
      size = 1;
      if (dim >= 0 && d.begin[i]) {
        first = *d.begin[i] < 0 ? dim + *d.begin[i] : *d.begin[i];
        if (first < 0 || first >= dim) {
          throw InvalidArgumentError("slice index " + std::to_string(*d.begin[i]) + " of dimension " +
                                     std::to_string(i) + " out of bounds.");
        }
      }
    } else if (dim >= 0 && known_stride) {
      const bool bm = d.begin_masked[i], em = d.end_masked[i];
      if ((bm || d.begin[i]) && (em || d.end[i])) {
        first = canonical(d.begin[i].value_or(0), bm, true, stride, dim);
        const auto length = canonical(d.end[i].value_or(0), em, false, stride, dim) - first;
        size = length == 0 || (length < 0) != (stride < 0) ? 0 : length / stride + (length % stride != 0 ? 1 : 0);
      }
    }
    out.begin.push_back(first);
    out.stride.push_back(stride);
    out.size.push_back(size);
  }
  for (const auto g : d.gather) {
    if (g == kNewAxis) {
      out.shape.push_back(1);
    } else if (g != kDropped) {
      out.shape.push_back(out.size[static_cast<std::size_t>(g)]);
    }
  }
  return out;
}

OpDef with_slice(OpDef op) {
  std::move(op).input("begin: Index").input("end: Index").input("strides: Index").attr("T: type").attr("Index: type");
  for (const char* name : kMasks) std::move(op).attr(name + std::string(": int = 0"));
  return op;
}

Attrs strided_slice_masks(const Attrs& attrs) {
  Attrs masks;
  for (const char* name : kMasks) masks.set(name, attrs.i(name));
  return masks;
}

}  // namespace hornbeam
