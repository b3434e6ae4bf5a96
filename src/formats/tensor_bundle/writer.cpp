#include "formats/tensor_bundle/writer.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/utf8.h"
#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/checksum.h"
#include "formats/tensor_bundle/commit.h"
#include "formats/tensor_bundle/strings.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

// Sums up and writes by turns, so that the second finds in the cache what the first brought there.
std::uint32_t write_numbers(base::AtomicFile& file, std::span<const std::byte> bytes) {
  constexpr std::size_t kStretch = std::size_t{1} << 20;
  std::uint32_t crc = 0;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kStretch));
    crc = base::crc32c(part, crc);
    file.write(part);
    bytes = bytes.subspan(part.size());
  }
  return masked(crc);
}

std::uint32_t write_strings(base::AtomicFile& file, std::span<const std::string> values) {
  const auto head = strings_head(values);
  file.write(head.bytes);
  std::string gathered;  // short strings in one call
  for (const auto& value : values) {
    gathered += value;
    if (gathered.size() < (std::size_t{1} << 20)) continue;
    file.write(gathered);
    gathered.clear();
  }
  file.write(gathered);
  return head.checksum;
}

}  // namespace

Writer::Writer(std::string prefix)
    : prefix_(std::move(prefix)), data_(std::make_unique<base::AtomicFile>(data_path(prefix_))) {}

Writer::~Writer() = default;

void Writer::add(const std::string& name, const Tensor& value) {
  if (!data_) throw ValueError("the bundle " + prefix_ + " is complete");
  if (name.empty() || name.find('\0') != std::string::npos || !base::is_utf8(name)) {
    throw ValueError("cannot store a tensor under the name " + in_quotes(name) + ": it must be UTF-8 without NUL");
  }
  if (index_.entries.contains(name)) throw ValueError("Adding duplicate key: " + name);
  if (!value.is_concrete()) throw TypeError("cannot store " + value.to_string() + " as " + in_quotes(name));
  Entry entry;
  entry.type = static_cast<int>(value.dtype());
  entry.shape = value.shape();
  entry.offset = static_cast<std::int64_t>(data_->written());
  if (value.dtype() == DType::string) {
    entry.checksum = write_strings(*data_, value.data<std::string>());
  } else if (value.dtype() == DType::resource || value.dtype() == DType::variant) {
    throw TypeError("cannot store " + in_quotes(name) + ": bundles hold no values of dtype " + entry.type_name());
  } else {
    entry.checksum = write_numbers(*data_, {value.raw(), value.bytes()});
  }
  entry.size = static_cast<std::int64_t>(data_->written()) - entry.offset;
  index_.entries.emplace(name, std::move(entry));
}

void Writer::commit() {
  if (!data_) throw ValueError("the bundle " + prefix_ + " is complete");
  const auto data = std::move(data_);
  tensor_bundle::commit(prefix_, *data, std::move(index_));
}

}  // namespace hornbeam::formats::tensor_bundle
