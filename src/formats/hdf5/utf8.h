// UTF-8 validation: names of layers and weights become keys and messages, so they must be text.
#pragma once

#include <string_view>

namespace hornbeam::formats::hdf5 {

// Well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF) without NUL.
bool is_text(std::string_view bytes);

}  // namespace hornbeam::formats::hdf5
