#pragma once

#include <optional>
#include <string>

namespace hornbeam::callbacks {

// Which file a path with fields ("w.{epoch}.h5") stands for: of those that fit, from its first field to the end of its
// last one any text, the one that was written last; of several at one time that whose path is greatest. As Keras, only
// in a folder that the path names.
std::optional<std::string> newest_file(const std::string& path);

}  // namespace hornbeam::callbacks
