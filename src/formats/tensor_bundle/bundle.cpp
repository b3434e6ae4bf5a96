#include "formats/tensor_bundle/bundle.h"

#include <algorithm>
#include <optional>

#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

using File = std::shared_ptr<const base::MappedFile>;

// What holds of a file is what it held when it was mapped: whoever replaces it makes another.
bool was_replaced(const base::MappedFile& file) {
  try {
    const auto now = base::MappedFile::open(file.path());
    return !std::ranges::equal(now->bytes(), file.bytes());
  } catch (const OSError&) {
    return true;
  }
}

std::vector<File> open_shards(const std::string& prefix, const Index& index) {
  std::vector<File> shards(static_cast<std::size_t>(index.shards));
  for (const auto& [key, entry] : index.entries) {
    auto& shard = shards[static_cast<std::size_t>(entry.shard)];
    if (!shard && entry.size != 0) shard = base::MappedFile::open(shard_path(prefix, entry.shard, index.shards));
  }
  return shards;
}

}  // namespace

std::shared_ptr<const Bundle> Bundle::open(const std::string& prefix) {
  // Each time round, another save was finished meanwhile.
  constexpr int kMostAttempts = 1000;
  for (int attempt = 1;; ++attempt) {
    const auto file = base::MappedFile::open(index_path(prefix));
    auto index = parse_index(file->bytes(), file->path());
    try {
      auto shards = open_shards(prefix, index);
      if (attempt < kMostAttempts && was_replaced(*file)) continue;
      return std::shared_ptr<const Bundle>(new Bundle(file->path(), std::move(index), std::move(shards)));
    } catch (const OSError&) {
      if (attempt == kMostAttempts || !was_replaced(*file)) throw;
    }
  }
}

std::shared_ptr<const Bundle> Bundle::from_files(File index, Shards shards) {
  auto parsed = parse_index(index->bytes(), index->path());
  shards.resize(static_cast<std::size_t>(parsed.shards));
  return std::shared_ptr<const Bundle>(new Bundle(index->path(), std::move(parsed), std::move(shards)));
}

Bundle::Bundle(std::string file, Index index, Shards shards) : file_(std::move(file)), shards_(std::move(shards)) {
  for (auto& [key, entry] : index.entries) {
    tensors_.emplace_hint(tensors_.end(), std::piecewise_construct, std::forward_as_tuple(key),
                          std::forward_as_tuple(std::move(entry)));
  }
  check_places();
}

// Each tensor that can be read has bytes of its own in its data file: what is read in all is no more than the files
// hold. A further one on the same bytes stands in the way of nobody who does not want it.
void Bundle::check_places() {
  std::vector<Named*> in_order;
  for (auto& tensor : tensors_) {
    const auto& entry = tensor.second.entry;
    if (entry.size == 0) continue;
    const auto& shard = shards_[static_cast<std::size_t>(entry.shard)];
    const auto length = shard ? static_cast<std::int64_t>(shard->bytes().size()) : 0;
    if (entry.offset > length || entry.size > length - entry.offset) {
      fail(tensor, "an offset and a size within the " + std::to_string(length) + " bytes of the data file (truncated?)",
           "offset " + std::to_string(entry.offset) + ", size " + std::to_string(entry.size) + " (out of range)");
    }
    in_order.push_back(&tensor);
  }
  std::ranges::stable_sort(in_order, {},
                           [](const Named* t) { return std::pair(t->second.entry.shard, t->second.entry.offset); });
  const Named* last = nullptr;  // that ends last of those that can be read
  for (auto* tensor : in_order) {
    const auto& b = tensor->second.entry;
    if (last && last->second.entry.shard == b.shard && b.offset - last->second.entry.offset < last->second.entry.size) {
      tensor->second.shares_with = place_of(*last);
    } else {
      last = tensor;
    }
  }
}

std::vector<std::string> Bundle::names() const {
  std::vector<std::string> result;
  for (const auto& [key, stored] : tensors_) {
    if (!is_slice_key(key)) result.push_back(key);
  }
  return result;
}

bool Bundle::has(std::string_view name) const { return !is_slice_key(name) && tensors_.contains(name); }

const Bundle::Named& Bundle::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end() || is_slice_key(name)) {
    throw KeyError("Key " + std::string(name) + " not found in checkpoint (" + file_ + ")");
  }
  return *found;
}

const Entry& Bundle::entry(std::string_view name) const { return find(name).second.entry; }

std::span<const std::byte> Bundle::bytes_of(const Named& tensor) const {
  const auto& entry = tensor.second.entry;
  const auto& shares_with = tensor.second.shares_with;
  if (entry.size == 0) return {};
  if (!shares_with.empty()) fail(tensor, "an offset and a size of its own", "bytes that " + shares_with + " has too");
  return shards_[static_cast<std::size_t>(entry.shard)]->bytes().subspan(static_cast<std::size_t>(entry.offset),
                                                                         static_cast<std::size_t>(entry.size));
}

std::string Bundle::place_of(const Named& tensor) const {
  const auto& key = tensor.first;
  if (!is_slice_key(key)) return "tensor " + in_quotes(key);
  return "slice of tensor " + in_quotes(std::string_view(key).substr(1, key.find('\0', 1) - 1));
}

const std::string& Bundle::data_file(const Named& tensor) const {
  const auto& shard = shards_[static_cast<std::size_t>(tensor.second.entry.shard)];
  return shard ? shard->path() : file_;
}

void Bundle::fail(const Named& tensor, std::string expected, std::string found) const {
  throw FormatError(data_file(tensor), place_of(tensor), std::move(expected), std::move(found));
}

}  // namespace hornbeam::formats::tensor_bundle
