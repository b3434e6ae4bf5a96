#include "keras/saving/session_restore.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam {
namespace {

struct TensorSlice {
  std::vector<std::int64_t> whole, begin, size;
};

// Dims of the whole between blanks, then what is taken of each between colons: "-" all, "start,length" some.
std::optional<TensorSlice> slice_of(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
  };
  TensorSlice part;
  for (auto blank = text.find(' '); blank != text.npos; blank = text.find(' ')) {
    const auto dim = number(text.substr(0, blank));
    if (!dim) return std::nullopt;
    part.whole.push_back(*dim);
    text.remove_prefix(blank + 1);
  }
  for (std::size_t at = 0; at <= text.size() && part.begin.size() <= part.whole.size();) {
    const auto colon = std::min(text.find(':', at), text.size());
    const auto one = text.substr(at, colon - at);
    at = colon + 1;
    const auto comma = one.find(',');
    if (one == "-") {
      part.begin.push_back(0);
      part.size.push_back(-1);
      continue;
    }
    if (comma == one.npos) return std::nullopt;
    const auto begin = number(one.substr(0, comma)), size = number(one.substr(comma + 1));
    if (!begin || !size) return std::nullopt;
    part.begin.push_back(*begin);
    part.size.push_back(*size);
  }
  return part.begin.size() == part.whole.size() ? std::optional(part) : std::nullopt;
}

}  // namespace

SessionRestore::SessionRestore(const std::string& prefix) : bundle_(formats::tensor_bundle::Bundle::open(prefix)) {
  for (const auto& name : bundle_->names()) most_ += size_of_entry(name);
}

// A partitioned tensor's own entry has no bytes.
std::uint64_t SessionRestore::size_of_entry(const std::string& name) const {
  const auto& entry = bundle_->entry(name);
  const auto dtype = entry.dtype();
  const auto numbers = static_cast<std::uint64_t>(entry.shape.num_elements());
  if (dtype == DType::invalid || dtype == DType::string) return static_cast<std::uint64_t>(entry.size) + numbers;
  return numbers * size_of(dtype);
}

Tensor SessionRestore::read(const std::string& name, const std::string& slice) const {
  const auto count = [&](std::uint64_t bytes) {
    read_ += bytes;
    if (read_ <= most_) return;
    throw FormatError(bundle_->file_name(), name, "each variable restored once", "more than all tensors come to");
  };
  if (slice.empty()) {
    count(size_of_entry(name));
    return bundle_->read(name);
  }
  const auto part = slice_of(slice);
  if (!part) throw InvalidArgumentError("RestoreV2: '" + slice + "' is no slice of tensor '" + name + "'");
  auto& whole = partitioned_[name];
  if (!whole.defined()) whole = bundle_->read(name);
  if (Shape(part->whole) != whole.shape()) {
    throw InvalidArgumentError("Shape in shape_and_slice spec " + Shape(part->whole).to_string() +
                               " does not match the shape in the save file: " + whole.shape().to_string() +
                               " (tensor '" + name + "')");
  }
  const auto taken = ops::slice(whole, part->begin, part->size);
  count(static_cast<std::uint64_t>(taken.num_elements()) * size_of(taken.dtype()));
  return taken;
}

}  // namespace hornbeam
