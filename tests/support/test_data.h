// Where the tests' data is. One source file alone knows the checkout's path, so that what the others compile to is the
// same in every checkout (and the compiler's cache knows it).
#pragma once

#include <string>

namespace hornbeam {

// The folder `data` of a room's tests, such as "keras"; "" is for what rooms share. Without a slash at the end.
std::string test_data(const std::string& room);

}  // namespace hornbeam
