// Base64 as protobuf's JSON writes bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hornbeam::base {

std::string base64_encode(std::string_view bytes);
// Empty on a character that is none of the alphabet's, or on a wrong length.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace hornbeam::base
