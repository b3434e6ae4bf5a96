// Random generators as a backup keeps them, and how what it keeps is read.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "ops/random_state.h"

namespace hornbeam::training {

Config words_of(const random::Generators& generators);
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

// Throws an Error when it is not what words_of wrote.
random::Generators generators_of(const Config& words);

}  // namespace hornbeam::training
