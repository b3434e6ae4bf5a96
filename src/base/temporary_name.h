// Names of what is being written, beside what it will replace.
#pragma once

#include <string>
#include <string_view>

namespace hornbeam::base {

// "PATH.hornbeam-PROCESS-NUMBER", each time another.
std::string temporary_name(const std::string& path);
// Is `name` such a name for `file` (both without folders)?
bool is_temporary_of(std::string_view name, std::string_view file);
// ... for any file?
bool is_temporary(std::string_view name);

}  // namespace hornbeam::base
