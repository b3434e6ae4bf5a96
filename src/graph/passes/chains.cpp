// Runs of float32 element-wise ops become one op that goes over the array once.
#include "graph/passes/editor.h"
#include "ops/fused_elementwise.h"

namespace hornbeam::graph {
namespace {

class Chain {
 public:
  explicit Chain(Editor& editor) : e_(editor) {}

  // Starts at a node that can be a step; follows its only users.
  bool run(std::int32_t first) {
    const auto node = e_.node(first);
    for (std::size_t side = 0; side < node.inputs.size() && side < 2; ++side) {
      if (e_.is_stable(node.inputs[side]) || !same_shape(e_.spec(node.inputs[side]), node.outputs[0])) continue;
      inputs_ = {node.inputs[side]};
      value_ = node.inputs[side];
      if (append(node)) {
        value_ = {first, 0};
        follow();
        return emit(node.name);
      }
    }
    return false;
  }

 private:
  static bool same_shape(const TensorSpec& a, const TensorSpec& b) {
    return a.dtype == DType::float32 && b.dtype == DType::float32 && a.shape.has_rank() && a.shape == b.shape;
  }

  void follow() {
    for (auto user = e_.only_user(value_); user >= 0; user = e_.only_user(value_)) {
      const auto node = e_.node(user);
      if (node.outputs.size() != 1 || !same_shape(e_.spec(value_), node.outputs[0]) || !append(node)) return;
      e_.take(user);
      value_ = {user, 0};
    }
  }

  bool append(const Node& node) {
    if (node.op->is_stateful || node.outputs.size() != 1) return false;
    if (node.inputs[0] == value_) {
      const auto f = activation_of(e_, node);
      if (!f.name.empty() && (node.inputs.size() == 1 || f.name == "Clip")) {
        push(f.name, f.alpha, f.beta);
        return true;
      }
    }
    const auto& op = node.op->name;
    if (!binary_named(op) || node.inputs.size() != 2) return false;
    if (const auto* format = node.attrs.find("data_format"); format && std::get<std::string>(*format) != "NHWC") {
      return false;
    }
    const bool reversed = !(node.inputs[0] == value_);
    const auto other = reversed ? node.inputs[0] : node.inputs[1];
    if (reversed && !(node.inputs[1] == value_)) return false;
    if (!operand(other, node.outputs[0])) return false;
    push((reversed ? "r" : "") + op, 0, 0);
    inputs_.push_back(other);
    return true;
  }

  // May `other` meet the value in the chain kernel, as far as one can see now?
  bool operand(Output other, const TensorSpec& out) const {
    const auto& shape = e_.spec(other).shape;
    if (e_.spec(other).dtype != DType::float32 || !shape.has_rank()) return false;
    if (shape == out.shape) return true;
    return e_.is_stable(other) && !out.shape.empty() && is_channel_vector(shape, out.shape.back()) &&
           shape.rank() <= out.shape.rank();
  }

  void push(const std::string& step, float alpha, float beta) {
    steps_.push_back(step);
    alphas_.push_back(alpha);
    betas_.push_back(beta);
  }

  bool emit(const std::string& name) {
    Attrs attrs{{"steps", steps_}, {"alphas", alphas_}, {"betas", betas_}};
    e_.redirect(value_, e_.add("_FusedElementwise", inputs_, std::move(attrs), name));
    return true;
  }

  Editor& e_;
  Output value_;
  std::vector<Output> inputs_;
  std::vector<std::string> steps_;
  std::vector<float> alphas_, betas_;
};

}  // namespace

void fuse_chains(Function& function) {
  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (editor.is_taken(id) || editor.is_stable({id, 0}) || editor.node(id).outputs.size() != 1) continue;
    if (Chain(editor).run(id)) editor.take(id);
  }
  editor.finish();
}

}  // namespace hornbeam::graph
