// What was read of a file's objects, so that each is read once however often it is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "formats/hdf5/links.h"
#include "formats/hdf5/object_header.h"

namespace hornbeam::formats::hdf5 {

// Objects of a sound file share no bytes, so what all of them hold together fits into it. A file in which many objects
// lie on the same bytes is refused: reading each would take the square of its size.
// Thread-safety: all calls may be made from any thread.
class ObjectCache {
 public:
  // Throw FormatError on damage.
  std::shared_ptr<const ObjectHeader> header_at(const Image& image, std::uint64_t address);
  std::shared_ptr<const LinkIndex> links_of(const Image& image, const ObjectHeader& header);

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<const ObjectHeader>> headers_;
  std::map<std::uint64_t, std::shared_ptr<const LinkIndex>> links_;  // by the address of the group's header
  std::uint64_t message_count_ = 0, link_count_ = 0;
};

}  // namespace hornbeam::formats::hdf5
