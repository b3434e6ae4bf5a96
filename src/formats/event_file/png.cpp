#include "formats/event_file/png.h"

#include <zlib.h>

#include "base/crc32.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats {
namespace {

void append_big_endian(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

void append_chunk(std::string& png, const char* kind, const std::string& data) {
  append_big_endian(png, static_cast<std::uint32_t>(data.size()));
  const auto named = kind + data;
  png += named;
  append_big_endian(png, base::crc32(std::as_bytes(std::span(named))));
}

std::string deflated(const std::string& bytes) {
  auto size = ::compressBound(bytes.size());
  std::string out(size, '\0');
  if (::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                 bytes.size()) != Z_OK) {
    throw ValueError("a picture cannot be compressed");
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string png_of(std::span<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height,
                   std::uint32_t channels) {
  const char* kind = channels == 1 ? "\0" : channels == 3 ? "\2" : channels == 4 ? "\6" : nullptr;
  const auto row = std::size_t{width} * channels;
  if (!kind || row == 0 || height == 0 || pixels.size() != row * height) {
    throw ValueError("a picture has 1, 3 or 4 channels and as many bytes as pixels; received " +
                     std::to_string(pixels.size()) + " bytes for " + std::to_string(width) + " times " +
                     std::to_string(height) + " pixels of " + std::to_string(channels) + " channels");
  }
  std::string header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header += '\x8';  // bits of a channel
  header += *kind;
  header.append(3, '\0');  // deflate, the only set of filters, not interlaced
  std::string rows;
  for (std::size_t y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    rows.append(reinterpret_cast<const char*>(pixels.data()) + y * row, row);
  }
  std::string png = "\x89PNG\r\n\x1a\n";
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", deflated(rows));
  append_chunk(png, "IEND", "");
  return png;
}

}  // namespace hornbeam::formats
