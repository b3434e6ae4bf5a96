#include "formats/hdf5/utf8.h"

#include "base/utf8.h"

namespace hornbeam::formats::hdf5 {

bool is_text(std::string_view bytes) { return bytes.find('\0') == bytes.npos && base::is_utf8(bytes); }

}  // namespace hornbeam::formats::hdf5
