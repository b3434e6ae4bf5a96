// Activations that Keras spells as several ops: x * sigmoid(x), and both gelus.
#include <cmath>

#include "graph/passes/editor.h"

namespace hornbeam::graph {
namespace {

class Namer {
 public:
  explicit Namer(Editor& editor) : e_(editor) {}

  // The input of the activation that the product at `id` ends, and its name.
  std::pair<Output, const char*> match(std::int32_t id) const {
    const auto& node = e_.node(id);
    if (node.op->name != "Mul" || node.outputs[0].dtype != DType::float32) return {{}, nullptr};
    for (std::size_t side = 0; side < 2; ++side) {
      const auto x = node.inputs[side], f = node.inputs[1 - side];
      if (is(f, "Sigmoid") && e_.producer(f).inputs[0] == x && e_.only_user(f) == id) return {x, "Swish"};
      if (const auto half = times(x, 0.5F, id); half.node >= 0) {
        if (const char* name = gelu(half, f, id)) return {half, name};
      }
    }
    return {{}, nullptr};
  }

 private:
  bool is(Output o, std::string_view op) const { return e_.producer(o).op->name == op; }
  bool is_number(Output o, float value) const {
    const auto* c = e_.constant(o);
    return c && c->dtype() == DType::float32 && c->num_elements() == 1 &&
           std::fabs(c->data<float>()[0] - value) <= 1e-5F * std::fabs(value);
  }
  // x of op(x, value), either way round, used by `user` alone; node -1 when it is none.
  Output with(Output o, std::string_view op, float value, std::int32_t user) const {
    if (!is(o, op) || e_.only_user(o) != user) return {};
    const auto& inputs = e_.producer(o).inputs;
    if (is_number(inputs[1], value)) return inputs[0];
    return is_number(inputs[0], value) && op != "RealDiv" && op != "Pow" ? inputs[1] : Output{};
  }
  Output times(Output o, float value, std::int32_t user) const { return with(o, "Mul", value, user); }

  // (1 + erf(x / sqrt 2)), or (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  const char* gelu(Output x, Output f, std::int32_t user) const {
    const auto inner = with(f, "AddV2", 1, user);
    if (inner.node < 0 || e_.only_user(inner) != f.node) return nullptr;
    const auto at = inner.node;
    if (is(inner, "Erf")) {
      const auto arg = e_.producer(inner).inputs[0];
      if (with(arg, "RealDiv", 1.41421356F, at) == x || times(arg, 0.70710678F, at) == x) return "Gelu";
    }
    if (is(inner, "Tanh")) {
      const auto arg = e_.producer(inner).inputs[0];
      const auto sum = times(arg, 0.79788456F, at);
      if (sum.node < 0 || !is(sum, "AddV2") || e_.only_user(sum) != arg.node) return nullptr;
      const auto& terms = e_.producer(sum).inputs;
      for (std::size_t k = 0; k < 2; ++k) {
        if (!(terms[k] == x)) continue;
        const auto cube = times(terms[1 - k], 0.044715F, sum.node);
        if (cube.node >= 0 && with(cube, "Pow", 3, terms[1 - k].node) == x) return "GeluTanh";
      }
    }
    return nullptr;
  }

  Editor& e_;
};

}  // namespace

void name_activations(Function& function) {
  Editor editor(function);
  const Namer namer(editor);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const auto [x, name] = namer.match(id);
    if (!name) continue;
    Attrs attrs{
        {"steps", std::vector<std::string>{name}}, {"alphas", std::vector<float>{0}}, {"betas", std::vector<float>{0}}};
    editor.redirect({id, 0}, editor.add("_FusedElementwise", {x}, std::move(attrs), editor.node(id).name));
  }
  editor.finish();
}

}  // namespace hornbeam::graph
