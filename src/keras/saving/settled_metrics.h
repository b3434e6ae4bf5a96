// "accuracy" and the like in training configs for 2.15.
#pragma once

#include "hornbeam/model.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

// With "accuracy", "acc", "crossentropy" and "ce" made the metrics that the outputs' losses make of them, a list an
// output, as 2.15 writes them. It would read the words too, but choose by the outputs' shapes alone when it loads the
// file: of sparse labels it would count none right. What no loss decides stays.
Metrics settled_metrics(const Model& model, const Losses& losses, const Metrics& metrics);

}  // namespace hornbeam
