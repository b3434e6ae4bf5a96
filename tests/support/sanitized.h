// What a test leaves out under ASan, where to throw takes a hundred times as long.
#pragma once

#include <cstddef>

namespace hornbeam::testing_support {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HORNBEAM_UNDER_ASAN 1
#endif
#endif

#if defined(HORNBEAM_UNDER_ASAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Tests that go through all bytes of a file take every tenth there.
inline constexpr std::size_t kStep = kSanitized ? 10 : 1;

}  // namespace hornbeam::testing_support
