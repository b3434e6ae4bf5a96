// What cases of the guide (and of training state) carry beside the formats of their model: configs by themselves, files
// of parts of a model, tf.train.Checkpoints. case.json's `extra` says what there is.
#pragma once

#include "conformance/corpus.h"

namespace conformance {

bool has_more(const Case& c);
// The number of comparisons made. Throws Mismatch.
int check_more(const Case& c);

}  // namespace conformance
