// Whole models as `.keras` archives, and weights in their layout.
#pragma once

#include "base/atomic_file.h"
#include "hornbeam/model.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// All of these: `target` is tf215 or keras3; they throw ValueError naming what the target cannot hold before there is a
// file, OSError when writing fails.
void check_keras_v3(const Model& model, Target target, const SaveOptions& options, SaveReport& report);
void save_keras_v3(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                   const SaveOptions& options, SaveReport& report);
// `.weights.h5`; an optimizer that the target does not have is told as dropped.
void save_v3_weights(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                     SaveReport& report);

}  // namespace hornbeam
