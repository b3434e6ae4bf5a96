#include <algorithm>
#include <cstring>

#include "base/checked_math.h"
#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/checksum.h"
#include "formats/tensor_bundle/slices.h"
#include "formats/tensor_bundle/strings.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

bool is_complex(DType dtype) { return dtype == DType::complex64 || dtype == DType::complex128; }

bool is_aligned(const std::byte* at, DType dtype) {
  const auto alignment = size_of(dtype) / (is_complex(dtype) ? 2 : 1);
  return reinterpret_cast<std::uintptr_t>(at) % alignment == 0;
}

}  // namespace

Tensor Bundle::read(std::string_view name, std::uint64_t max_string_bytes) const {
  const auto& tensor = find(name);
  const auto& entry = tensor.second.entry;
  need_dtype(tensor);
  if (entry.dtype() == DType::string) return read_text(tensor, max_string_bytes);
  if (!entry.slices.empty()) parts_of(tensor);  // before memory is asked for
  auto value = Tensor::empty(entry.dtype(), entry.shape);
  read_into(tensor, {value.mutable_raw(), value.bytes()});
  return value;
}

void Bundle::read(std::string_view name, std::span<std::byte> out) const {
  const auto& tensor = find(name);
  const auto& entry = tensor.second.entry;
  need_dtype(tensor);
  if (entry.dtype() == DType::string) throw TypeError(place_of(tensor) + " holds strings, not numbers");
  const auto bytes = base::checked_mul(static_cast<std::size_t>(entry.shape.num_elements()), size_of(entry.dtype()));
  if (out.size() != bytes) {
    throw ValueError(place_of(tensor) + " of " + file_ + " has shape " + entry.shape.to_string() + " and dtype " +
                     entry.type_name() + ", the room given has " + std::to_string(out.size()) + " bytes");
  }
  read_into(tensor, out);
}

std::string Bundle::read_string(std::string_view name) const {
  const auto& tensor = find(name);
  const auto& entry = tensor.second.entry;
  if (entry.dtype() != DType::string || entry.shape != Shape{}) {
    fail(tensor, "one string", entry.type_name() + " of shape " + entry.shape.to_string());
  }
  return read_text(tensor, ~std::uint64_t{0}).item<std::string>();
}

Tensor Bundle::map(std::string_view name, Check check) const {
  const auto& tensor = find(name);
  const auto& entry = tensor.second.entry;
  need_dtype(tensor);
  const auto bytes = bytes_of(tensor);
  const bool usable = entry.dtype() != DType::string && entry.dtype() != DType::boolean && entry.slices.empty() &&
                      !bytes.empty() && is_aligned(bytes.data(), entry.dtype());
  if (!usable) return read(name);
  if (check == Check::now) verify(tensor);
  // The tensor's memory is not written to while others hold it, and the map holds it.
  auto mapping = std::const_pointer_cast<base::MappedFile>(shards_[static_cast<std::size_t>(entry.shard)]);
  return Tensor::borrow(entry.dtype(), entry.shape, bytes.data(), std::move(mapping));
}

void Bundle::verify(std::string_view name) const {
  const auto& tensor = find(name);
  if (tensor.second.entry.slices.empty()) return verify(tensor);
  for (const auto* part : parts_of(tensor)) verify(*part);
}

void Bundle::verify_all() const {
  for (const auto& tensor : tensors_) {
    if (tensor.second.entry.slices.empty()) verify(tensor);
  }
}

bool Bundle::is_verified(std::string_view name) const {
  const auto& tensor = find(name);
  if (tensor.second.entry.slices.empty()) return tensor.second.verified;
  return std::ranges::all_of(parts_of(tensor), [](const Named* part) { return part->second.verified.load(); });
}

void Bundle::verify(const Named& tensor) const {
  const auto& entry = tensor.second.entry;
  if (tensor.second.verified) return;
  if (entry.dtype() == DType::string) {
    check_strings(bytes_of(tensor), entry, data_file(tensor), place_of(tensor));
  } else {
    compare(tensor, base::crc32c(bytes_of(tensor)));
  }
  tensor.second.verified = true;
}

void Bundle::compare(const Named& tensor, std::uint32_t crc) const {
  const auto& entry = tensor.second.entry;
  if (!same_checksum(entry.checksum, masked(crc))) {
    fail(tensor, "checksum (crc32c) " + std::to_string(entry.checksum),
         "data of checksum " + std::to_string(masked(crc)));
  }
}

void Bundle::need_dtype(const Named& tensor) const {
  const auto& entry = tensor.second.entry;
  const auto dtype = entry.dtype();
  if (dtype == DType::invalid || dtype == DType::resource || dtype == DType::variant) {
    fail(tensor, "a dtype that can be read", entry.type_name());
  }
  if (dtype == DType::string && !entry.slices.empty()) fail(tensor, "numbers in slices", "strings");
}

// The parts in the order of Entry::slices, of the right types and shapes, which make a whole.
std::vector<const Bundle::Named*> Bundle::parts_of(const Named& tensor) const {
  const auto& whole = tensor.second.entry;
  std::vector<const Named*> parts;
  std::vector<Slice> slices;
  for (const auto& slice : whole.slices) {
    const auto found = tensors_.find(slice_key(tensor.first, slice));
    if (found == tensors_.end()) fail(tensor, "its slices in the index", "that one is missing (not found)");
    slices.push_back(resolved(slice, whole.shape));
    const auto& part = found->second.entry;
    if (part.type != whole.type || part.shape != shape_of(slices.back()) || !part.slices.empty()) {
      fail(*found, whole.type_name() + " of shape " + shape_of(slices.back()).to_string(),
           part.type_name() + " of shape " + part.shape.to_string());
    }
    parts.push_back(&*found);
  }
  if (!cover(whole.shape, slices)) {
    fail(tensor, "slices that cover the shape " + whole.shape.to_string() + " once", "others");
  }
  return parts;
}

void Bundle::read_into(const Named& tensor, std::span<std::byte> out) const {
  const auto& entry = tensor.second.entry;
  if (entry.slices.empty()) {
    read_stored(tensor, out);
  } else {
    const auto parts = parts_of(tensor);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      verify(*parts[i]);
      place(entry.shape, resolved(entry.slices[i], entry.shape), size_of(entry.dtype()), bytes_of(*parts[i]), out);
    }
  }
  const auto beyond = [](std::byte b) { return b > std::byte{1}; };
  if (entry.dtype() == DType::boolean && std::ranges::any_of(out, beyond)) {
    fail(tensor, "booleans of 0 and 1", "another byte");
  }
}

// Copies and sums up by turns, so that the second finds in the cache what the first brought there.
void Bundle::read_stored(const Named& tensor, std::span<std::byte> out) const {
  constexpr std::size_t kStretch = std::size_t{256} << 10;
  const bool known = tensor.second.verified;
  auto from = bytes_of(tensor);
  std::uint32_t crc = 0;
  while (!from.empty()) {
    const auto part = from.first(std::min(from.size(), kStretch));
    std::memcpy(out.data(), part.data(), part.size());
    if (!known) crc = base::crc32c(out.first(part.size()), crc);
    out = out.subspan(part.size());
    from = from.subspan(part.size());
  }
  if (known) return;
  compare(tensor, crc);
  tensor.second.verified = true;
}

Tensor Bundle::read_text(const Named& tensor, std::uint64_t max_bytes) const {
  const auto& entry = tensor.second.entry;
  need_dtype(tensor);
  const auto elements = static_cast<std::uint64_t>(entry.shape.num_elements());
  const auto cost = static_cast<std::uint64_t>(entry.size) + elements * sizeof(std::string);  // elements <= size
  if (cost > max_bytes) {
    throw ValueError(place_of(tensor) + " of " + file_ + " has " + std::to_string(elements) + " strings in " +
                     std::to_string(entry.size) + " bytes, too many for the " + std::to_string(max_bytes) +
                     " bytes wanted");
  }
  auto value = Tensor::empty(DType::string, entry.shape);
  read_strings(bytes_of(tensor), entry, value.mutable_data<std::string>(), data_file(tensor), place_of(tensor));
  tensor.second.verified = true;
  return value;
}

}  // namespace hornbeam::formats::tensor_bundle
