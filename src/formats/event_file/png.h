// Pictures for TensorBoard.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hornbeam::formats {

// A PNG of bytes by row, column and channel: 1 (grey), 3 (RGB) or 4 (with alpha). Throws ValueError for other numbers
// of channels and for a picture that has no pixels.
std::string png_of(std::span<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height,
                   std::uint32_t channels);

}  // namespace hornbeam::formats
