#include "formats/hdf5/global_heap.h"

namespace hornbeam::formats::hdf5 {

std::string_view GlobalHeap::string(Cursor reference) {
  const std::uint64_t size = reference.u32();
  const std::uint64_t address = reference.offset();
  const std::uint32_t index = reference.u32();
  if (size == 0 || address == 0) {
    if (size != 0) reference.fail("an empty string where there is no address", std::to_string(size) + " bytes");
    return {};
  }
  const Collection& objects = collection(address);
  const auto it = index > 0xffff ? objects.end() : objects.find(static_cast<std::uint16_t>(index));
  if (it == objects.end()) {
    image_.fail("global heap", address, "object " + std::to_string(index), "no such object");
  }
  if (size > it->second.size()) {
    image_.fail("global heap", address, "a string of " + std::to_string(size) + " bytes",
                "an object of " + std::to_string(it->second.size()));
  }
  text_budget_.spend(image_, size, "global heap strings", address);
  const std::string_view text = as_text(it->second.first(size));
  return text.substr(0, text.find('\0'));
}

const GlobalHeap::Collection& GlobalHeap::collection(std::uint64_t address) {
  const auto known = collections_.find(address);
  if (known != collections_.end()) return known->second;

  constexpr const char* kWhat = "global heap";
  Cursor head = image_.cursor_to_end(address, kWhat);
  head.expect_signature("GCOL");
  head.expect_version(1);
  head.skip(3);
  const std::uint64_t size = head.length();
  Cursor c = image_.cursor(address, size, kWhat);
  collections_budget_.spend(image_, size, kWhat, address);
  c.skip(head.position());
  Collection objects;
  // Heads and data are padded to 8 bytes, which shows when lengths are shorter than that.
  const std::uint64_t object_head = (8 + image_.length_size + 7) / 8 * 8;
  c.align8();
  while (c.remaining() >= object_head) {
    const std::uint16_t index = c.u16();
    c.skip(6);  // reference count, padding
    const std::uint64_t object_size = c.length();
    if (index == 0) break;  // free space, to the end of the collection
    c.align8();
    const auto bytes = c.take(object_size);
    if (!objects.emplace(index, bytes).second) {
      c.fail("each object once", "object " + std::to_string(index) + " twice");
    }
    if (c.remaining() < 8) break;
    c.align8();
  }
  return collections_.emplace(address, std::move(objects)).first->second;
}

}  // namespace hornbeam::formats::hdf5
