// What a test leaves out under ASan, where to throw takes a hundred times as long.
#pragma once

#include <cstddef>

namespace hornbeam::testing_support {

// Tests that go through all bytes of a file take every tenth there.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr std::size_t kStep = 10;
#else
inline constexpr std::size_t kStep = 1;
#endif
#else
inline constexpr std::size_t kStep = 1;
#endif

}  // namespace hornbeam::testing_support
