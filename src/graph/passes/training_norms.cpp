// Batch normalisation in training, fused with what follows: relu, or a residual and relu. The gradient needs no relu of
// its own then: what relu let through follows from the normalisation's input.
#include "graph/passes/editor.h"

namespace hornbeam::graph {
namespace {

bool trains(const Editor& e, const Node& node, std::string_view op) {
  return node.op->name == op && node.attrs.b("is_training") && node.attrs.s("data_format") == "NHWC" &&
         e.spec(node.inputs[0]).dtype == DType::float32 && e.spec(node.inputs[2]).dtype == DType::float32;
}

Attrs norm_attrs(const Node& node) {
  Attrs attrs;
  for (const char* name : {"epsilon", "data_format", "is_training"}) attrs.set(name, *node.attrs.find(name));
  return attrs;
}

// What of the forward op goes with its relu.
struct Tail {
  std::int32_t last = -1;  // the relu; -1: there is none
  Output side;             // what is added before; node -1: nothing
};

class NormFusion {
 public:
  explicit NormFusion(Editor& editor) : e_(editor) {}

  void forward(std::int32_t id) {
    const auto tail = tail_of(id);
    if (tail.last < 0) return;
    const auto node = e_.node(id);  // a copy: the list grows
    auto attrs = norm_attrs(node);
    attrs.set("exponential_avg_factor", *node.attrs.find("exponential_avg_factor"));
    attrs.set("relu", true);
    auto inputs = node.inputs;
    if (tail.side.node >= 0) inputs.push_back(tail.side);
    const auto fused = e_.add("_FusedBatchNormEx", std::move(inputs), std::move(attrs), node.name);
    e_.redirect({tail.last, 0}, fused);
    for (std::int32_t k = 1; k < 6; ++k) e_.redirect({id, k}, {fused.node, k});
    e_.take(id);
    e_.take(tail.last);
    if (tail.side.node >= 0) e_.take(e_.producer({tail.last, 0}).inputs[0].node);
  }

  void backward(std::int32_t id) {
    const auto node = e_.node(id);
    const auto mask = node.inputs[0];
    const auto& relu_grad = e_.producer(mask);
    if (relu_grad.op->name != "ReluGrad" || e_.only_user(mask) != id) return;
    const auto& relu = e_.producer(relu_grad.inputs[1]);
    if (relu.op->name != "Relu") return;
    const auto& norm = e_.producer(relu.inputs[0]);
    // The very normalisation whose gradient this is: it made the statistics.
    const Output saved{relu.inputs[0].node, 3};
    if (!trains(e_, norm, "FusedBatchNormV3") || relu.inputs[0].index != 0 || !(node.inputs[3] == saved)) return;
    const auto inputs = std::vector<Output>{relu_grad.inputs[0], node.inputs[1], node.inputs[2],
                                            node.inputs[3],      node.inputs[4], norm.inputs[2]};
    const auto fused = e_.add("_FusedBatchNormGradEx", inputs, norm_attrs(node), node.name);
    for (std::int32_t k = 0; k < 3; ++k) e_.redirect({id, k}, {fused.node, k});
  }

 private:
  Tail tail_of(std::int32_t id) const {
    auto user = e_.only_user({id, 0});
    if (user < 0) return {};
    Tail tail;
    if (const auto& add = e_.node(user); add.op->name == "AddV2" || add.op->name == "Add") {
      const Output self{id, 0};
      const auto other = add.inputs[0] == self ? add.inputs[1] : add.inputs[0];
      if (other == self || !(e_.spec(other).shape == e_.spec(self).shape) || e_.is_stable(other)) return {};
      tail.side = other;
      user = e_.only_user({user, 0});
      if (user < 0) return {};
    }
    if (e_.node(user).op->name == "Relu") tail.last = user;
    return tail;
  }

  Editor& e_;
};

}  // namespace

void fuse_batch_norms(Function& function) {
  Editor editor(function);
  NormFusion fusion(editor);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (trains(editor, editor.node(id), "FusedBatchNormGradV3")) fusion.backward(id);
  }
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (trains(editor, editor.node(id), "FusedBatchNormV3")) fusion.forward(id);
  }
  editor.finish();
}

}  // namespace hornbeam::graph
