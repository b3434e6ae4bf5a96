#include "graph/passes/passes.h"

namespace hornbeam::graph {

void optimize(Function& function) {
  drop_dead(function);
  forward_identities(function);
  fold_constants(function);
  dedupe(function);
  drop_dead(function);
}

}  // namespace hornbeam::graph
