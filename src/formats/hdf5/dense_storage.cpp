#include "formats/hdf5/dense_storage.h"

#include "formats/hdf5/fractal_heap.h"

namespace hornbeam::formats::hdf5 {

void walk_dense_storage(const Image& image, Cursor info, Btree2Type names,
                        const std::function<void(Cursor message)>& visit) {
  const bool links = names == Btree2Type::link_name;
  info.expect_version(0);
  const unsigned flags = info.u8();
  if ((flags & 1U) != 0) info.skip(links ? 8 : 2);  // greatest creation order
  const std::uint64_t heap_address = info.offset();
  const std::uint64_t btree = info.offset();
  if (heap_address == kUndefined) return;
  FractalHeap heap(image, heap_address);
  Budget records(image);
  Budget messages(image);
  walk_btree2(image, btree, names, records, [&](Cursor record) {
    if (links) record.u32();  // hash of the name
    const auto id = record.take(heap.id_size());
    if (!links && (record.u8() & 2U) != 0) {
      record.fail("attributes in their own heap", "a shared one (not supported)");
    }
    const Cursor message = heap.object(id);
    messages.spend(image, message.remaining(), "links or attributes of the object", message.address());
    visit(message);
  });
}

}  // namespace hornbeam::formats::hdf5
