// Partitioned tensors: whether parts make a whole, and putting them together.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "formats/tensor_bundle/index.h"

namespace hornbeam::formats::tensor_bundle {

// The slice with every length spelled out.
Slice resolved(const Slice& slice, const Shape& whole);
Shape shape_of(const Slice& resolved);
// Does each element of `whole` lie in exactly one of these (resolved) slices?
bool cover(const Shape& whole, const std::vector<Slice>& slices);
// Copies a part's elements of `width` bytes to their places in the whole.
void place(const Shape& whole, const Slice& resolved, std::size_t width, std::span<const std::byte> part,
           std::span<std::byte> out);

}  // namespace hornbeam::formats::tensor_bundle
