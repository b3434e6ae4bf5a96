// What callbacks print because `verbose` asks for it.
#pragma once

#include <cstdint>
#include <string>

#include "hornbeam/target.hpp"

namespace hornbeam::callbacks {

// A line on standard output.
void print_line(const std::string& text);

// "Epoch 00003" in tf.keras 2.2, "Epoch 3" later; `epoch` from 0.
std::string epoch_words(std::int64_t epoch, Target target);

}  // namespace hornbeam::callbacks
