// Models of the corpus whose classes are its own: a file of weights says nothing of what they compute.
#pragma once

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"

namespace conformance {

// A new one, built as the case's inputs are, with the producer's names and orders; null when the case's model is of
// Keras's classes, or of one that is not written here.
hornbeam::ModelRef corpus_model(const Case& c);

}  // namespace conformance
