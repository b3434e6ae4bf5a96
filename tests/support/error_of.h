// What work throws, as it reports itself; "no error" when it throws none of the project's errors.
#pragma once

#include <string>

#include "hornbeam/errors.hpp"

namespace hornbeam::testing_support {

template <class Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.report();
  }
  return "no error";
}

}  // namespace hornbeam::testing_support
