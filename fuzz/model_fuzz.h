// What every model-level fuzz target does with a model that was loaded: predict on zeros, when it is small.
#pragma once

#include "hornbeam/errors.hpp"
#include "hornbeam/saving.hpp"
#include "keras/initializers/skip.h"
#include "tools/attacks/attempt.h"

namespace hornbeam::fuzz {

// `load` gives a model or throws. Names start anew, so that one input's outcome does not depend on those before.
template <class Load>
int load_and_predict(const Load& load) {
  constexpr std::int64_t kMostNumbers = 1 << 14;
  backend::clear_session();
  const SkipInitialization skip;  // drawing a declared gigabyte of random numbers is slow, not wrong
  try {
    const ModelRef model = load();
    model->to_json();
    if (attacks::is_small(*model, kMostNumbers)) model->predict(attacks::zeros_for(*model));
  } catch (const Error&) {
    // What most inputs come to.
  }
  return 0;
}

}  // namespace hornbeam::fuzz
