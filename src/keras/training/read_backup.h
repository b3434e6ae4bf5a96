// How the parts of a backup are read.
#pragma once

#include <string>

#include "hornbeam/errors.hpp"

namespace hornbeam::training {

// What `read` makes of a backup. Whatever it finds wrong is wrong in the backup: FormatError.
template <class Read>
decltype(auto) read_backup(const Read& read) {
  try {
    return read();
  } catch (const FormatError&) {
    throw;
  } catch (const Error& error) {
    throw FormatError("backup", "", "the state of a training", std::string("what is none: ") + error.what());
  }
}

}  // namespace hornbeam::training
