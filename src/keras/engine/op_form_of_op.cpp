// Ops as calls of functions of tf.*.
#include <algorithm>
#include <map>

#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "keras/engine/op_form.h"
#include "keras/engine/op_node_def.h"
#include "keras/engine/op_slice.h"

namespace hornbeam {
namespace {

struct Op {
  std::span<const Tensor> inputs;
  const Attrs& attrs;
};
using Arguments = std::vector<OpArgument>;

template <class... A>
Arguments list(A&&... arguments) {
  Arguments out;
  out.reserve(sizeof...(arguments));
  (out.emplace_back(std::forward<A>(arguments)), ...);
  return out;
}

std::vector<std::int64_t> ints(const Tensor& t) {
  const auto wide = ops::cast(t, DType::int64);
  const auto values = wide.data<std::int64_t>();
  return {values.begin(), values.end()};
}

// Input 1 is plain data: an axis, a shape ...
Arguments with_constant(const Op& op) { return list(Values(op.inputs[0]), constant_config(op.inputs[1])); }
Arguments with_axis(const Op& op) {
  auto axes = constant_config(op.inputs[1]);
  if (axes.is_list() && axes.size() == 1) axes = Config(axes.at(0));
  return list(Values(op.inputs[0]), std::move(axes), Config(op.attrs.b("keep_dims")));
}
Arguments concat(const Op& op) {
  const auto values = op.inputs.first(op.inputs.size() - 1);
  return list(Values(std::vector<Tensor>(values.begin(), values.end())), constant_config(op.inputs.back()));
}
Arguments stack(const Op& op) {
  return list(Values(std::vector<Tensor>(op.inputs.begin(), op.inputs.end())), Config(op.attrs.i("axis")));
}
Arguments squeeze(const Op& op) {
  const auto& axes = op.attrs.ints("squeeze_dims");
  if (axes.empty()) return list(Values(op.inputs[0]), Config());
  return list(Values(op.inputs[0]), axes.size() == 1 ? Config(axes[0]) : Config(axes));
}
Arguments cast(const Op& op) { return list(Values(op.inputs[0]), Config(std::string(name_of(op.attrs.type("DstT"))))); }
Arguments matmul(const Op& op) {
  return list(Values(op.inputs[0]), Values(op.inputs[1]), Config(op.attrs.b("transpose_a")),
              Config(op.attrs.b("transpose_b")));
}
Arguments batch_matmul(const Op& op) {
  return list(Values(op.inputs[0]), Values(op.inputs[1]), Config(op.attrs.b("adj_x")), Config(op.attrs.b("adj_y")));
}
Arguments leaky_relu(const Op& op) { return list(Values(op.inputs[0]), Config(shortest_double(op.attrs.f("alpha")))); }
Arguments tensors(const Op& op) { return {op.inputs.begin(), op.inputs.end()}; }
Arguments one(const Op& op) { return list(Values(op.inputs[0]), std::monostate()); }

Arguments strided_slice(const Op& op) {
  const SliceMasks masks{op.attrs.i("begin_mask"), op.attrs.i("end_mask"), op.attrs.i("ellipsis_mask"),
                         op.attrs.i("new_axis_mask"), op.attrs.i("shrink_axis_mask")};
  const auto items = items_of_strided_slice(ints(op.inputs[1]), ints(op.inputs[2]), ints(op.inputs[3]), masks);
  return list(Values(op.inputs[0]), slice_config(items, false));
}

struct Rule {
  const char* function;
  // So many tensors come first; inputs after them must be constants.
  std::size_t tensors;
  Arguments (*arguments)(const Op&);
};

const Rule* rule_for(std::string_view op) {
  static const std::map<std::string_view, Rule> rules = {
      {"StridedSlice", {"__operators__.getitem", 1, strided_slice}},
      {"Sum", {"math.reduce_sum", 1, with_axis}},
      {"Mean", {"math.reduce_mean", 1, with_axis}},
      {"Max", {"math.reduce_max", 1, with_axis}},
      {"Min", {"math.reduce_min", 1, with_axis}},
      {"Prod", {"math.reduce_prod", 1, with_axis}},
      {"Any", {"math.reduce_any", 1, with_axis}},
      {"All", {"math.reduce_all", 1, with_axis}},
      {"ExpandDims", {"expand_dims", 1, with_constant}},
      {"Transpose", {"compat.v1.transpose", 1, with_constant}},
      {"Reshape", {"reshape", 1, with_constant}},
      {"Tile", {"tile", 1, with_constant}},
      {"Squeeze", {"compat.v1.squeeze", 1, squeeze}},
      {"Cast", {"cast", 1, cast}},
      {"MatMul", {"linalg.matmul", 2, matmul}},
      {"BatchMatMulV2", {"linalg.matmul", 2, batch_matmul}},
      {"SelectV2", {"where", 3, tensors}},
      {"Softmax", {"nn.softmax", 1, one}},
      {"LeakyRelu", {"nn.leaky_relu", 1, leaky_relu}},
      {"ZerosLike", {"zeros_like", 1, one}},
      {"OnesLike", {"ones_like", 1, one}},
  };
  const auto it = rules.find(op);
  return it == rules.end() ? nullptr : &it->second;
}

bool all_concrete(std::span<const Tensor> inputs) {
  return std::ranges::all_of(inputs, [](const Tensor& t) { return t.is_concrete(); });
}

}  // namespace

std::optional<OpForm> form_of_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  if (const auto* function = find_function_of_op(op.name)) {
    if (inputs.size() != function->parameter_list().size()) return {};
    return OpForm{function, {inputs.begin(), inputs.end()}};
  }
  if (op.name == "ConcatV2" || op.name == "Pack") {
    const bool joins = op.name == "ConcatV2";
    if (inputs.empty() || (joins && !inputs.back().is_concrete())) return {};
    return OpForm{find_op_function(joins ? "concat" : "stack"), (joins ? concat : stack)({inputs, attrs})};
  }
  const auto* rule = rule_for(op.name);
  if (!rule || inputs.size() != op.inputs.size() || !all_concrete(inputs.subspan(rule->tensors))) return {};
  return OpForm{find_op_function(rule->function), rule->arguments({inputs, attrs})};
}

}  // namespace hornbeam
