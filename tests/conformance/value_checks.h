// Cases that hold values instead of a model: of losses, metrics, learning rate schedules and activations.
#pragma once

#include "conformance/corpus.h"

namespace conformance {

bool holds_values(const Case& c);
// Compares every value of the case; the number of comparisons made. Throws Mismatch, NotImplementedError naming what is
// not here yet.
int check_values(const Case& c);

}  // namespace conformance
