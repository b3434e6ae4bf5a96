// The signature of a model that was given none: it predicts.
#pragma once

#include "hornbeam/model.hpp"
#include "hornbeam/signatures.hpp"

namespace hornbeam {

// Throws ValueError in Keras's words when the model was never called. The model must be there when it is traced.
SignatureFunction predicting(Model& model);

}  // namespace hornbeam
