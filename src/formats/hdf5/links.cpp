#include "formats/hdf5/links.h"

#include <algorithm>

#include "formats/hdf5/btree1.h"
#include "formats/hdf5/dense_storage.h"
#include "formats/hdf5/utf8.h"

namespace hornbeam::formats::hdf5 {
namespace {

Link read_link_message(Cursor c) {
  c.expect_version(1);
  const unsigned flags = c.u8();
  const unsigned type = (flags & 0x08U) != 0 ? c.u8() : 0;
  if ((flags & 0x04U) != 0) c.skip(8);  // creation order
  if ((flags & 0x10U) != 0) {
    const unsigned charset = c.u8();
    if (charset > 1) c.fail("an ASCII or UTF-8 link name", "character set " + std::to_string(charset));
  }
  const std::uint64_t name_size = c.uint(1U << (flags & 3U));
  Link link;
  link.name = as_text(c.take(name_size));
  if (type == 0) {
    link.address = c.offset();
  } else if (type == 1) {
    link.kind = Link::Kind::soft;
    link.target = as_text(c.take(c.u16()));
  } else if (type == 64) {
    link.kind = Link::Kind::external;
  } else if (type > 64) {
    link.kind = Link::Kind::user_defined;
  } else {
    c.fail("a hard, soft or external link", "link type " + std::to_string(type));
  }
  return link;
}

// The strings of an old-style group: one data segment, names at offsets in it.
struct LocalHeap {
  std::uint64_t address;
  std::span<const std::byte> data;
};

LocalHeap read_local_heap(const Image& image, std::uint64_t address) {
  Cursor c = image.cursor_to_end(address, "local heap");
  c.expect_signature("HEAP");
  c.expect_version(0);
  c.skip(3);
  const std::uint64_t size = c.length();
  c.length();  // free list
  const std::uint64_t data = c.offset();
  return {data, image.slice(data, size, "local heap data")};
}

std::string_view heap_string(const Image& image, const LocalHeap& heap, std::uint64_t offset, Budget& budget) {
  if (offset >= heap.data.size()) {
    image.fail("local heap data", heap.address, "a name inside its " + std::to_string(heap.data.size()) + " bytes",
               "one at " + std::to_string(offset));
  }
  Cursor c(image, heap.address + offset, heap.data.subspan(offset), "local heap data");
  const std::string_view text = c.c_string();
  budget.spend(image, text.size(), "local heap data", heap.address);
  return text;
}

void read_symbol_node(const Image& image, std::uint64_t address, const LocalHeap& heap, Budget& nodes, Budget& names,
                      std::vector<Link>& links) {
  constexpr const char* kWhat = "symbol table node";
  Cursor c = image.cursor_to_end(address, kWhat);
  c.expect_signature("SNOD");
  c.expect_version(1);
  c.skip(1);
  const unsigned count = c.u16();
  nodes.spend(image, 8 + count * (2 * std::uint64_t{image.offset_size} + 24), kWhat, address);
  for (unsigned i = 0; i < count; ++i) {
    Link link;
    const std::uint64_t name = c.offset();
    link.address = c.offset();
    const std::uint32_t cached = c.u32();
    c.skip(4);
    const std::uint32_t soft_target = c.u32();
    c.skip(12);
    if (cached > 2) c.fail("an entry of cache type 0 to 2", std::to_string(cached));
    link.name = heap_string(image, heap, name, names);
    if (cached == 2) {
      link.kind = Link::Kind::soft;
      link.target = heap_string(image, heap, soft_target, names);
    }
    links.push_back(link);
  }
}

void read_symbol_table(const Image& image, Cursor c, std::vector<Link>& links) {
  const std::uint64_t btree = c.offset();
  const LocalHeap heap = read_local_heap(image, c.offset());
  Budget nodes(image);
  Budget names(image);
  walk_btree1(image, btree, Btree1Type::group, image.length_size, nodes,
              [&](const Cursor&, std::uint64_t child) { read_symbol_node(image, child, heap, nodes, names, links); });
}

}  // namespace

bool is_group(const ObjectHeader& header) {
  return header.find(kSymbolTable) != nullptr || header.find(kLinkInfo) != nullptr || header.find(kLink) != nullptr;
}

std::vector<Link> read_links(const Image& image, const ObjectHeader& header) {
  std::vector<Link> links;
  for (const Message& m : header.messages) {
    if (m.type == kSymbolTable) read_symbol_table(image, header.cursor(m, "symbol table message"), links);
    if (m.type == kLinkInfo) {
      walk_dense_storage(image, header.cursor(m, "link info message"), Btree2Type::link_name,
                         [&](Cursor message) { links.push_back(read_link_message(message)); });
    }
    if (m.type == kLink) links.push_back(read_link_message(header.cursor(m, "link message")));
  }
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
  std::string_view previous;
  for (const Link& link : links) {
    if (link.name.empty() || link.name.find('/') != std::string_view::npos || !is_text(link.name)) {
      image.fail("links of the group", header.address, "names of UTF-8 text without '/'", "another name");
    }
    if (link.name == previous) {
      image.fail("links of the group", header.address, "each name once", quoted(link.name) + " twice");
    }
    previous = link.name;
  }
  return links;
}

const Link* LinkIndex::find(std::string_view name) const {
  const auto it = std::lower_bound(links.begin(), links.end(), name,
                                   [](const Link& link, std::string_view n) { return link.name < n; });
  return it != links.end() && it->name == name ? &*it : nullptr;
}

}  // namespace hornbeam::formats::hdf5
