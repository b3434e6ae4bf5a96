#include "ops/ragged/ragged_calls.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

// Element i of the result depends on element i of each input alone.
bool is_element_wise(const std::string& op) {
  static const std::set<std::string_view> ops = {
      "Abs",          "Add",        "AddV2",     "Cast",     "Ceil",
      "Cos",          "Div",        "Elu",       "Equal",    "Exp",
      "Expm1",        "Floor",      "FloorDiv",  "FloorMod", "Greater",
      "GreaterEqual", "Identity",   "IsFinite",  "IsInf",    "IsNan",
      "LeakyRelu",    "Less",       "LessEqual", "Log",      "Log1p",
      "LogicalAnd",   "LogicalNot", "LogicalOr", "Maximum",  "Minimum",
      "Mul",          "Neg",        "NotEqual",  "OnesLike", "Pow",
      "RealDiv",      "Reciprocal", "Relu",      "Relu6",    "Round",
      "Rsqrt",        "Selu",       "Sigmoid",   "Sign",     "Sin",
      "Softplus",     "Softsign",   "Sqrt",      "Square",   "SquaredDifference",
      "StopGradient", "Sub",        "Tanh",      "ZerosLike"};
  return ops.count(op) != 0;
}

[[noreturn]] void refuse_ragged(const OpDef& op, const Tensor& ragged, const std::string& why) {
  throw TypeError("Failed to convert elements of " + ragged.to_string() + " to Tensor. Op '" + op.name + "' " + why +
                  ": convert ragged tensors by to_tensor().");
}

class RaggedRecorder final : public Recorder {
 public:
  // Above every trace, whose tensors may be its parts; below symbolic Keras tensors.
  int level() const override { return 1 << 19; }
  std::vector<Tensor> record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) override {
    const auto& first = *std::ranges::find_if(inputs, is_ragged);
    const auto& like = *as_ragged(first);
    if (!is_element_wise(op.name)) refuse_ragged(op, first, "takes none");
    std::vector<Tensor> flat, splits = like.splits;
    for (const auto& t : inputs) {
      const auto* ragged = as_ragged(t);
      if (ragged) splits = common_splits({like.flat, splits}, *ragged);
      if (!ragged && !(t.shape().has_rank() && t.rank() < like.flat.rank()) && t.rank() != 0) {
        refuse_ragged(op, first, "takes them with tensors of fewer dims than a row's values alone");
      }
      flat.push_back(ragged ? ragged->flat : t);
    }
    auto results = call_op(op.name, flat, attrs);
    for (auto& t : results) t = make_ragged(t, splits);
    return results;
  }
  Tensor read_variable(const Variable& variable) override { return variable->value(); }
};

}  // namespace

std::shared_ptr<Recorder> ragged_recorder() {
  static const auto recorder = std::make_shared<RaggedRecorder>();
  return recorder;
}

}  // namespace hornbeam
