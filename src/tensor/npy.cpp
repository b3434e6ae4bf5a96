#include "hornbeam/npy.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/atomic_file.h"
#include "base/checked_math.h"
#include "base/mapped_file.h"
#include "base/utf8.h"
#include "tensor/npy_data.h"
#include "tensor/npy_header.h"

namespace hornbeam {
namespace {

static_assert(std::endian::native == std::endian::little, "the data of '<' files is copied as it is");

std::string string_of(const std::byte* data, const npy::Header& h, const std::string& source) {
  std::string out;
  if (h.text == npy::Text::bytes) {
    out.assign(reinterpret_cast<const char*>(data), h.item_bytes);
    out.erase(out.find_last_not_of('\0') + 1);
    return out;
  }
  std::size_t units = h.item_bytes / 4;
  const auto unit = [&](std::size_t i) {
    std::uint32_t value;
    std::memcpy(&value, data + 4 * i, 4);
    return static_cast<char32_t>(h.swapped ? __builtin_bswap32(value) : value);
  };
  while (units > 0 && unit(units - 1) == 0) --units;
  for (std::size_t i = 0; i < units; ++i) {
    const auto c = unit(i);
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
      throw FormatError(source, "data", "a Unicode character", std::to_string(static_cast<std::uint32_t>(c)));
    }
    base::append_utf8(out, c);
  }
  return out;
}

void swap_bytes(std::byte* data, std::size_t bytes, std::size_t word) {
  if (word < 2) return;
  for (std::size_t i = 0; i < bytes; i += word) std::reverse(data + i, data + i + word);
}

// Calls visit(to, from) for each element: `to` in C order, `from` where Fortran order keeps it.
template <class Visit>
void for_each_element(const npy::Header& h, Visit visit) {
  const auto rank = h.shape.rank();
  if (!h.fortran_order || rank < 2) {
    for (std::size_t i = 0; i < h.elements; ++i) visit(i, i);
    return;
  }
  std::vector<std::size_t> dims(h.shape.begin(), h.shape.end()), strides(rank), index(rank, 0);
  std::size_t stride = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    strides[d] = stride;
    stride *= dims[d];
  }
  std::size_t from = 0;
  for (std::size_t to = 0; to < h.elements; ++to) {
    visit(to, from);
    for (std::size_t d = rank; d-- > 0;) {
      from += strides[d];
      if (++index[d] < dims[d]) break;
      from -= strides[d] * dims[d];
      index[d] = 0;
    }
  }
}

// A string of n bytes in the file is an object here, and memory of its own when it is long.
double memory_of(const npy::Header& h) {
  const auto each =
      h.dtype == DType::string ? sizeof(std::string) + (h.item_bytes > 15 ? h.item_bytes : 0) : h.item_bytes;
  return static_cast<double>(h.elements) * static_cast<double>(each);
}

std::size_t swap_word(const npy::Header& h) {
  const bool complex = h.dtype == DType::complex64 || h.dtype == DType::complex128;
  return complex ? h.item_bytes / 2 : h.item_bytes;
}

}  // namespace

Tensor npy::parse(std::span<const std::byte> bytes, const std::string& source, base::MemoryTotal& memory) {
  const auto h = parse_header(bytes, source);
  if (!memory.add(memory_of(h))) {
    throw ValueError("out of memory: with the array of shape " + h.shape.to_string() + ", " + source + " takes more " +
                     "than the " + std::to_string(base::physical_memory()) + " bytes this machine has");
  }
  Tensor tensor = Tensor::empty(h.dtype, h.shape);
  const auto* data = bytes.data() + h.data_offset;
  const auto size = h.item_bytes;
  if (h.dtype == DType::string) {
    const auto out = tensor.mutable_data<std::string>();
    for_each_element(h, [&](std::size_t to, std::size_t from) { out[to] = string_of(data + from * size, h, source); });
    return tensor;
  }
  auto* out = tensor.mutable_raw();
  if (h.elements == 0) return tensor;
  if (h.fortran_order) {
    for_each_element(h,
                     [&](std::size_t to, std::size_t from) { std::memcpy(out + to * size, data + from * size, size); });
  } else {
    std::memcpy(out, data, h.elements * size);
  }
  if (h.swapped) swap_bytes(out, h.elements * size, swap_word(h));
  if (h.dtype == DType::boolean) {
    // Any byte but 0 is true to NumPy; to C++ it would be no bool at all.
    for (std::size_t i = 0; i < h.elements; ++i) out[i] = std::byte{out[i] != std::byte{0}};
  }
  return tensor;
}

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& source) {
  base::MemoryTotal memory;
  return npy::parse(bytes, source, memory);
}

Tensor load_npy(const std::string& path) { return parse_npy(base::MappedFile::open(path)->bytes(), path); }

npy::Encoded npy::encode(const Tensor& tensor) {
  if (!tensor.is_concrete()) throw TypeError("a symbolic tensor has no values to save");
  Encoded out;
  if (tensor.dtype() != DType::string) {
    out.header = header_bytes(tensor.dtype(), tensor.shape(), 0);
    const auto bytes = static_cast<std::size_t>(tensor.num_elements()) * size_of(tensor.dtype());
    out.data = {tensor.raw(), bytes};
    return out;
  }
  const auto strings = tensor.data<std::string>();
  std::size_t width = 1;  // NumPy's least
  for (const auto& s : strings) {
    if (!s.empty() && s.back() == '\0') throw ValueError("a string that ends in NUL cannot be kept in a .npy file");
    width = std::max(width, s.size());
  }
  const auto total = base::checked_mul(width, strings.size());
  if (!total) throw ValueError("strings of " + std::to_string(width) + " bytes are too many for a .npy file");
  out.header = header_bytes(DType::string, tensor.shape(), width);
  out.padded.resize(*total);
  for (std::size_t i = 0; i < strings.size(); ++i) strings[i].copy(out.padded.data() + i * width, width);
  out.data = std::as_bytes(std::span(out.padded));
  return out;
}

void save_npy(const std::string& path, const Tensor& tensor) {
  const auto encoded = npy::encode(tensor);
  base::AtomicFile file(path);
  file.write(encoded.header);
  file.write(encoded.data);
  file.commit();
}

}  // namespace hornbeam
