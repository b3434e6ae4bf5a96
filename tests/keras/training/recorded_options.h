// The arguments of fit as the recorders of trainings write them.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam::testing_support {

inline FitOptions fit_options(const Config& fit) {
  FitOptions o{.verbose = 0, .shuffle = false};
  const auto number = [&](const char* key, auto& value) {
    if (const auto* found = fit.find(key)) value = found->as_int();
  };
  number("batch_size", o.batch_size);
  number("epochs", o.epochs);
  number("initial_epoch", o.initial_epoch);
  if (const auto* freq = fit.find("validation_freq")) {
    o.validation_freq = freq->is_list() ? ValidationFreq(freq->as_ints()) : ValidationFreq(freq->as_int());
  }
  number("steps_per_epoch", o.steps_per_epoch);
  number("validation_steps", o.validation_steps);
  number("validation_batch_size", o.validation_batch_size);
  if (const auto* split = fit.find("validation_split")) o.validation_split = split->as_double();
  return o;
}

}  // namespace hornbeam::testing_support
