// What there is of messages in protocol buffers before they are parsed. An empty message takes two bytes in a file and
// hundreds in memory, and one within another takes stack: both are counted first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hornbeam::formats::saved_model {

enum class MessageKind : std::uint8_t { saved_model, graph, object_graph, keras_metadata, asset_file };

inline constexpr int kMostNesting = 90;  // the library's own limit is 100
inline constexpr std::uint64_t kMostMessages = 4'000'000;
inline constexpr std::uint64_t kMostMessageBytes = (std::uint64_t{1} << 31) - 1;  // of protocol buffers

// Messages, strings and tensors of `bytes`. `file` and `place` are for messages of errors. Throws FormatError where the
// bytes are no message of this kind, hold more than `most` of them, or nest deeper than kMostNesting.
std::uint64_t check_messages(std::string_view bytes, MessageKind kind, const std::string& file,
                             const std::string& place, std::uint64_t most = kMostMessages);

}  // namespace hornbeam::formats::saved_model
