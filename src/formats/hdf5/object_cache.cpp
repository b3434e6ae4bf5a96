#include "formats/hdf5/object_cache.h"

namespace hornbeam::formats::hdf5 {
namespace {

// The fewest bytes that one takes, in any version.
constexpr std::uint64_t kLeastMessage = 4, kLeastLink = 8;

void add(std::uint64_t& total, std::uint64_t more, std::uint64_t least, const Image& image, std::uint64_t address,
         const char* what) {
  total += more;
  if (total > image.bytes.size() / least) {
    image.fail(what, address, "no more than the file can hold", "objects that lie on the same bytes");
  }
}

}  // namespace

std::shared_ptr<const ObjectHeader> ObjectCache::header_at(const Image& image, std::uint64_t address) {
  const std::lock_guard lock(mutex_);
  if (const auto known = headers_.find(address); known != headers_.end()) return known->second;
  auto header = std::make_shared<const ObjectHeader>(read_object_header(image, address));
  add(message_count_, header->messages.size(), kLeastMessage, image, address, "messages of all object headers");
  return headers_[address] = std::move(header);
}

std::shared_ptr<const LinkIndex> ObjectCache::links_of(const Image& image, const ObjectHeader& header) {
  const std::lock_guard lock(mutex_);
  if (const auto known = links_.find(header.address); known != links_.end()) return known->second;
  auto index = std::make_shared<const LinkIndex>(LinkIndex{read_links(image, header)});
  add(link_count_, index->links.size(), kLeastLink, image, header.address, "links of all groups");
  return links_[header.address] = std::move(index);
}

}  // namespace hornbeam::formats::hdf5
