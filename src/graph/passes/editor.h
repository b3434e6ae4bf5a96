// What a rewriting pass works with: who uses what, what is stable, new nodes at the end of the list, and redirections
// that are applied when the pass is done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/passes/passes.h"

namespace hornbeam::graph {

class Editor {
 public:
  explicit Editor(Function& function);
  // Applies the redirections and drops what is no longer used.
  void finish();

  std::size_t size() const { return original_; }  // nodes there were at the start
  const Node& node(std::int32_t id) const { return function_.graph.nodes[static_cast<std::size_t>(id)]; }
  const Node& producer(Output o) const { return node(o.node); }
  const TensorSpec& spec(Output o) const { return function_.graph.spec(o); }
  const Tensor* constant(Output o) const { return constant_value(function_.graph, o); }
  bool is_stable(Output o) const { return stable_[static_cast<std::size_t>(o.node)]; }
  // The node that alone uses the value, once; -1 when there is none, or it is a result, or was taken.
  std::int32_t only_user(Output o) const;

  // Marks a node as part of something fused: only_user does not give it again.
  void take(std::int32_t id) { taken_[static_cast<std::size_t>(id)] = true; }
  bool is_taken(std::int32_t id) const { return taken_[static_cast<std::size_t>(id)]; }
  // From now on added nodes stand where node `id` stood; else they stand before their first user, which for gradients
  // of weights is the end: what they are made of would have to be kept till then.
  void stand_at(std::int32_t id) { place_ = id; }
  // Appends a node; returns its output 0. Attrs are completed. Stable when its inputs are.
  Output add(std::string_view op, std::vector<Output> inputs, Attrs attrs, const std::string& name);
  Output add_constant(Tensor value, const std::string& name);
  void redirect(Output from, Output to) { redirect_.add(from, to); }

 private:
  Function& function_;
  std::size_t original_;
  std::int32_t place_ = -1;
  std::vector<std::pair<std::int32_t, std::int32_t>> placed_;  // (where, added node)
  std::vector<bool> stable_, taken_;
  std::vector<std::vector<std::int32_t>> users_;  // per node: of output 0; -1 for a result
  Redirect redirect_;
};

// Is the value a vector of `channels` elements along the last dim (other dims 1), or one element?
bool is_channel_vector(const Shape& shape, std::int64_t channels);

// The activation a node applies to its input 0, as the fused ops name it.
struct NamedActivation {
  std::string name;  // empty: none
  float alpha = 0, beta = 0;
};
NamedActivation activation_of(const Editor& editor, const Node& node);

// The passes made with it.
void expand_batch_norms(Function& function);   // at inference: x * scale + shift, with stable vectors
void name_activations(Function& function);     // x * sigmoid(x), the gelus: one step instead of several ops
void absorb_pads(Function& function);          // zero padding before a convolution goes into it
void fold_embeddings(Function& function);      // a small table before a recurrence, times the recurrence's weights
void fuse_pool_gradients(Function& function);  // with that of the relu before the pooling
void fuse_bias_gradients(Function& function);  // with those of the weights they stand beside
void fuse_products(Function& function);        // MatMul, Conv2D, DepthwiseConv2dNative with what follows
void fuse_batch_norms(Function& function);     // in training: with the relu that follows, and so their gradients
void fuse_chains(Function& function);          // runs of element-wise ops

}  // namespace hornbeam::graph
