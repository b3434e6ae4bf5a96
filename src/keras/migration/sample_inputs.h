// Inputs made up for a model so that it shows what it does.
#pragma once

#include <cstdint>
#include <optional>

#include "hornbeam/model.hpp"

namespace hornbeam {

// For each of the model's inputs: `batch` rows, but as many as the model is made for where it says that; other unknown
// dims 32. Floats in [0, 1), or as far as the boundaries of the Discretization that takes them and one further; whole
// numbers of all rows that an Embedding has; words and numbers of lookups' vocabularies and others; texts of such
// words, some in capitals and with marks, where a TextVectorization takes them. The same each time. Throws ValueError
// when the model does not say what its inputs are.
Values sample_inputs(const Model& model, std::int64_t batch);

// The same, but floats of which nothing is known in [-4, 8), and in every other row of sequences the later half of the
// steps masked: limits and masks that were lost show in these. Nothing where there are no such inputs.
std::optional<Values> wide_inputs(const Model& model, std::int64_t batch);

}  // namespace hornbeam
