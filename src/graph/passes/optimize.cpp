#include "graph/passes/editor.h"

namespace hornbeam::graph {

void optimize(Function& function) {
  inline_calls(function);
  drop_dead(function);
  forward_identities(function);
  ask_shapes_early(function);
  add_pairs(function);
  fold_constants(function);
  inline_calls(function);  // of conditions that have become constants
  dedupe(function);
  fit_calls(function);
  trim_recurrences(function);
  fold_embeddings(function);
  absorb_pads(function);
  name_activations(function);
  expand_batch_norms(function);
  fuse_batch_norms(function);
  fuse_pool_gradients(function);
  fuse_bias_gradients(function);
  fuse_products(function);
  fuse_chains(function);
  fold_constants(function);
  dedupe(function);
  copy_overwritten_reads(function);
}

}  // namespace hornbeam::graph
