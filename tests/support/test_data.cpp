#include "support/test_data.h"

namespace hornbeam {

std::string test_data(const std::string& room) {
  return HORNBEAM_TESTS_FOLDER "/" + (room.empty() ? "" : room + "/") + "data";
}

}  // namespace hornbeam
