#include "formats/hdf5/btree1.h"

#include <algorithm>
#include <vector>

namespace hornbeam::formats::hdf5 {

void walk_btree1(const Image& image, std::uint64_t root, Btree1Type type, std::uint64_t key_size, Budget& budget,
                 const std::function<void(Cursor key, std::uint64_t child)>& leaf) {
  constexpr const char* kWhat = "B-tree node";
  struct Todo {
    std::uint64_t address;
    int level;  // -1: the root, any level
  };
  std::vector<Todo> todo = {{root, -1}};
  while (!todo.empty()) {
    const Todo node = todo.back();
    todo.pop_back();
    Cursor c = image.cursor_to_end(node.address, kWhat);
    c.expect_signature("TREE");
    const unsigned found_type = c.u8();
    if (found_type != static_cast<unsigned>(type)) {
      c.fail("node type " + std::to_string(static_cast<unsigned>(type)), std::to_string(found_type));
    }
    const int level = c.u8();
    if (node.level >= 0 && level != node.level) {
      c.fail("level " + std::to_string(node.level), "level " + std::to_string(level));
    }
    const unsigned entries = c.u16();
    c.offset();  // siblings: the walk goes by parents alone
    c.offset();
    const std::uint64_t size = c.position() + entries * (key_size + image.offset_size) + key_size;
    budget.spend(image, size, kWhat, node.address);
    const std::size_t first = todo.size();
    for (unsigned i = 0; i < entries; ++i) {
      const std::uint64_t key_address = c.address();
      const auto key = c.take(key_size);
      const std::uint64_t child = c.offset();
      if (level == 0) {
        leaf(Cursor(image, key_address, key, kWhat), child);
      } else {
        todo.push_back({child, level - 1});
      }
    }
    c.take(key_size);  // the key after the last child
    std::reverse(todo.begin() + static_cast<std::ptrdiff_t>(first), todo.end());
  }
}

}  // namespace hornbeam::formats::hdf5
