// Whole-sequence recurrent ops: outputs nobody reads are not made, and a small embedding table goes into the weights.
#include "graph/passes/editor.h"
#include "ops/int_values.h"
#include "ops/recurrent/sequence.h"

namespace hornbeam::graph {
namespace {

bool is_recurrent(const Node& node) {
  const auto& op = node.op->name;
  return op == "_FusedLSTM" || op == "_FusedGRU" || op == "_FusedSimpleRNN";
}
std::size_t states_of(const Node& node) { return node.op->name == "_FusedLSTM" ? 2 : 1; }

// Tables are kept with the plan, once per plan.
constexpr std::int64_t kMostTableBytes = std::int64_t{8} << 20;

class EmbeddingFold {
 public:
  EmbeddingFold(Editor& editor, std::int32_t id)
      : e_(editor), id_(id), node_(editor.node(id)), in_(node_.attrs, states_of(node_)) {}

  void run() {
    const auto gather = e_.producer(node_.inputs[0]);  // a copy: the list grows
    if (!applies(gather)) return;
    const auto& name = node_.name;
    auto table = e_.add("MatMul", {gather.inputs[0], node_.inputs[in_.kernel]}, {}, name + "/table");
    if (in_.bias) table = e_.add("BiasAdd", {table, bias_of_x()}, {}, name + "/table");
    auto inputs = node_.inputs;
    inputs[0] = gather.inputs[1];
    inputs[in_.kernel] = table;
    auto attrs = node_.attrs;
    attrs.set("lookup", true);
    attrs.set("Tx", e_.spec(gather.inputs[1]).dtype);
    if (in_.bias && !two_biases()) {
      inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(in_.bias));
      attrs.set("num_bias", std::int64_t{0});
    }
    const auto with_table = e_.add(node_.op->name, std::move(inputs), std::move(attrs), name);
    for (std::int32_t k = 0; k < static_cast<std::int32_t>(node_.outputs.size()); ++k) {
      e_.redirect({id_, k}, {with_table.node, k});
    }
  }

 private:
  bool applies(const Node& gather) const {
    if (node_.attrs.b("keep") || node_.attrs.b("lookup") || gather.op->name != "GatherV2") return false;
    const auto* axis = e_.constant(gather.inputs[2]);
    if (!axis || int_values(*axis) != std::vector<std::int64_t>{0} || gather.attrs.i("batch_dims") != 0) return false;
    const auto &table = e_.spec(gather.inputs[0]), &indices = e_.spec(gather.inputs[1]);
    const auto& kernel = e_.spec(node_.inputs[in_.kernel]);
    if (table.dtype != DType::float32 || kernel.dtype != DType::float32) return false;
    if (indices.dtype != DType::int32 && indices.dtype != DType::int64) return false;
    if (!indices.shape.has_rank() || indices.shape.rank() != 2) return false;
    if (!e_.is_stable(gather.inputs[0]) || !e_.is_stable(node_.inputs[in_.kernel])) return false;
    if (in_.bias && (!e_.is_stable(node_.inputs[in_.bias]) || !known(e_.spec(node_.inputs[in_.bias])))) return false;
    return known(table) && known(kernel) && table.shape.rank() == 2 &&
           table.shape[0] * kernel.shape[1] <= kMostTableBytes / 4;
  }
  static bool known(const TensorSpec& spec) { return spec.shape.is_fully_known(); }
  bool two_biases() const { return e_.spec(node_.inputs[in_.bias]).shape.rank() == 2; }

  Output bias_of_x() {
    const auto bias = node_.inputs[in_.bias];
    if (!two_biases()) return bias;
    const auto name = node_.name + "/bias";
    const auto first = e_.add_constant(Tensor::scalar<std::int32_t>(0), name);
    return e_.add("GatherV2", {bias, first, first}, {}, name);
  }

  Editor& e_;
  std::int32_t id_;
  const Node node_;  // a copy: the list grows
  RecurrentInputs in_;
};

}  // namespace

void trim_recurrences(Function& function) {
  auto& nodes = function.graph.nodes;
  std::vector<std::uint32_t> used(nodes.size());  // a bit per output
  const auto use = [&](Output o) { used[static_cast<std::size_t>(o.node)] |= 1U << std::min(o.index, 31); };
  for (const auto& node : nodes) {
    for (const auto& input : node.inputs) use(input);
  }
  for (const auto& result : function.results) use(result);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& node = nodes[i];
    if (!is_recurrent(node)) continue;
    if (!(used[i] & 1U)) node.attrs.set("sequences", false);
    if (!(used[i] >> (1 + states_of(node)))) node.attrs.set("keep", false);
    node.outputs = infer_outputs(function.graph, *node.op, node.attrs, node.inputs);
  }
}

void fold_embeddings(Function& function) {
  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (is_recurrent(editor.node(id))) EmbeddingFold(editor, id).run();
  }
  editor.finish();
}

}  // namespace hornbeam::graph
