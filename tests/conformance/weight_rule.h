// Cases whose weights no file holds: the rule that filled them (case.json's extra.weight_rule).
#pragma once

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"

namespace conformance {

// Gives `model` the weights that the case predicted with: by the rule where it has one, else arrays/weights.npz. False:
// the case tells neither. Throws Mismatch when the model's weights, or the stored input, are others than the rule's.
bool fill_weights(const Case& c, hornbeam::Model& model, int& comparisons);

}  // namespace conformance
