#include "formats/hdf5/btree2.h"

#include <array>
#include <vector>

#include "base/checked_math.h"

namespace hornbeam::formats::hdf5 {
namespace {

constexpr std::uint64_t kNodeOverhead = 10;  // signature, version, type, checksum
constexpr unsigned kMaxDepth = 24;           // a real tree of 2^64 records is not deeper

// What libhdf5 calls node_info: how many records nodes of each level can hold decides how wide their counts are stored.
struct Shape {
  std::uint64_t record_size = 0;
  unsigned count_size = 0;                              // bytes of a child's own record count
  std::array<unsigned, kMaxDepth + 1> total_size = {};  // bytes of the count of records under a child of that level
};

Shape node_shape(const Cursor& c, std::uint64_t node_size, std::uint64_t record_size, unsigned depth) {
  Shape shape;
  shape.record_size = record_size;
  if (node_size <= kNodeOverhead || record_size == 0 || record_size > node_size - kNodeOverhead) {
    c.fail("nodes that hold a record", "nodes of " + std::to_string(node_size) + " bytes");
  }
  const std::uint64_t leaf_records = (node_size - kNodeOverhead) / record_size;
  shape.count_size = encoded_size(leaf_records);
  std::uint64_t total = leaf_records;
  for (unsigned level = 1; level <= depth; ++level) {
    const std::uint64_t pointer = c.image().offset_size + shape.count_size + shape.total_size[level - 1];
    if (node_size < kNodeOverhead + pointer) c.fail("nodes that hold a pointer", std::to_string(node_size) + " bytes");
    const std::uint64_t records = (node_size - kNodeOverhead - pointer) / (record_size + pointer);
    const auto below = base::checked_mul<std::uint64_t>(records + 1, total);
    const auto sum = below ? base::checked_add<std::uint64_t>(*below, records) : std::nullopt;
    if (records == 0 || !sum) c.fail("a depth that its records need", "depth " + std::to_string(depth));
    total = *sum;
    shape.total_size[level] = encoded_size(total);
  }
  return shape;
}

}  // namespace

void walk_btree2(const Image& image, std::uint64_t address, Btree2Type type, Budget& budget,
                 const std::function<void(Cursor record)>& visit) {
  Cursor header = image.cursor_to_end(address, "B-tree (version 2)");
  const auto check_type = [&](Cursor& c) {
    const unsigned found = c.u8();
    if (found != static_cast<unsigned>(type)) {
      c.fail("record type " + std::to_string(static_cast<unsigned>(type)), std::to_string(found));
    }
  };
  header.expect_signature("BTHD");
  header.expect_version(0);
  check_type(header);
  const std::uint64_t node_size = header.u32();
  const std::uint64_t record_size = header.u16();
  const unsigned depth = header.u16();
  header.skip(2);  // when to split and merge
  const std::uint64_t root = header.offset();
  const std::uint64_t root_records = header.u16();
  const std::uint64_t total = header.length();
  header.verify_checksum();
  budget.spend(image, header.position(), header.what(), address);
  if (depth > kMaxDepth) header.fail("a depth of at most 24", std::to_string(depth));
  const Shape shape = node_shape(header, node_size, record_size, depth);

  struct Todo {
    std::uint64_t address, records;
    unsigned level;
  };
  std::vector<Todo> todo;
  if (root != kUndefined) todo.push_back({root, root_records, depth});
  std::uint64_t visited = 0;
  while (!todo.empty()) {
    const Todo node = todo.back();
    todo.pop_back();
    Cursor c = image.cursor_to_end(node.address, "B-tree (version 2) node");
    c.expect_signature(node.level == 0 ? "BTLF" : "BTIN");
    c.expect_version(0);
    check_type(c);
    const std::uint64_t records_address = c.address();
    const auto records = c.take(node.records * record_size);
    for (std::uint64_t i = 0; node.level != 0 && i <= node.records; ++i) {
      Todo child{c.offset(), 0, node.level - 1};
      child.records = c.uint(shape.count_size);
      if (node.level > 1) c.uint(shape.total_size[node.level - 1]);
      todo.push_back(child);
    }
    c.verify_checksum();
    if (c.position() > node_size) c.fail("a node of at most " + std::to_string(node_size) + " bytes", "a longer one");
    budget.spend(image, c.position(), c.what(), node.address);
    for (std::uint64_t i = 0; i < node.records; ++i) {
      visit(Cursor(image, records_address + i * record_size, records.subspan(i * record_size, record_size), c.what()));
    }
    visited += node.records;
  }
  if (visited != total) header.fail(std::to_string(total) + " records", std::to_string(visited));
}

}  // namespace hornbeam::formats::hdf5
