// Reads the sorted table that a bundle's index is (LevelDB's format). Bounded: no bytes make it allocate more than a
// fixed multiple of the file's size, and a file is taken only when every byte of it is accounted for.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hornbeam::formats::tensor_bundle {

// Calls `visit` for each record, keys ascending bytewise, each once. `name` is for messages. Throws FormatError; by
// then `visit` may have been called.
using VisitRecord = std::function<void(std::string_view key, std::string_view value)>;
void read_table(std::span<const std::byte> file, const std::string& name, const VisitRecord& visit);

}  // namespace hornbeam::formats::tensor_bundle
