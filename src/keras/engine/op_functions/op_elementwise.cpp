// Arithmetic, comparisons, logic and bits.
#include <array>

#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

template <Tensor (*F)(const Tensor&, const Tensor&)>
Values logical(const OpCall& a) {
  return F(as_bools(a.tensor(0)), as_bools(a.tensor(1)));
}
Values logical_not(const OpCall& a) { return ops::logical_not(as_bools(a.tensor(0))); }

constexpr std::array kElementwise{
    elementwise("__operators__.add", "x y", "AddV2", "ops>Add", kNamed),
    elementwise("math.add", "x y", "AddV2", "ops>Add"),
    elementwise("math.subtract", "x y", "Sub", "ops>Subtract", kNamed),
    elementwise("math.multiply", "x y", "Mul", "ops>Multiply", kNamed),
    OpFunction{"math.truediv", "x y", "RealDiv", divide, "ops>TrueDivide", kNamed},
    OpFunction{"math.divide", "x y", "RealDiv", divide, "ops>Divide"},
    elementwise("compat.v1.floor_div", "x y", "FloorDiv", "ops>FloorDivide", kNamed),
    elementwise("math.floordiv", "x y", "FloorDiv", "ops>FloorDivide"),
    elementwise("math.floormod", "x y", "FloorMod", "ops>Mod", kNamed),
    elementwise("math.pow", "x y", "Pow", "ops>Power", kNamed),
    elementwise("math.maximum", "x y", "Maximum", "ops>Maximum", kNamed),
    elementwise("math.minimum", "x y", "Minimum", "ops>Minimum", kNamed),
    elementwise("math.squared_difference", "x y", "SquaredDifference", nullptr, kNamed),
    elementwise("math.greater", "x y", "Greater", "ops>Greater", kNamed),
    elementwise("math.greater_equal", "x y", "GreaterEqual", "ops>GreaterEqual", kNamed),
    elementwise("math.less", "x y", "Less", "ops>Less", kNamed),
    elementwise("math.less_equal", "x y", "LessEqual", "ops>LessEqual", kNamed),
    elementwise("math.equal", "x y", "Equal", "ops>Equal"),
    elementwise("math.not_equal", "x y", "NotEqual", "ops>NotEqual"),
    elementwise("math.logical_and", "x y", "LogicalAnd", "ops>LogicalAnd", kNamed),
    elementwise("math.logical_or", "x y", "LogicalOr", "ops>LogicalOr", kNamed),
    elementwise("math.logical_not", "x", "LogicalNot", "ops>LogicalNot", kNamed),
    elementwise("math.negative", "x", "Neg", "ops>Negative", kNamed),
    elementwise("math.abs", "x", "Abs", "ops>Absolute"),
    elementwise("math.square", "x", "Square", "ops>Square", kNamed),
    elementwise("math.floor", "x", "Floor", "ops>Floor"),
    elementwise("math.sign", "x", "Sign", "ops>Sign"),
    elementwise("math.round", "x", "Round", "ops>Round"),
    special("ops>TrueDivide", "x1 x2", divide_keras3),
    special("ops>Divide", "x1 x2", divide_keras3),
    special("ops>LogicalAnd", "x1 x2", logical<ops::logical_and>),
    special("ops>LogicalOr", "x1 x2", logical<ops::logical_or>),
    special("ops>LogicalXor", "x1 x2", logical<ops::logical_xor>),
    special("ops>LogicalNot", "x", logical_not),
    special("ops>Round", "x decimals==0", unary<ops::round>),
    elementwise("math.atan2", "y x", "Atan2", "ops>Arctan2", kNamed),
    elementwise("math.divide_no_nan", "x y", "DivNoNan", "ops>DivideNoNan"),
    elementwise("math.multiply_no_nan", "x y", "MulNoNan", nullptr),
    elementwise("math.xlogy", "x y", "Xlogy", nullptr, kNamed),
    elementwise("math.xdivy", "x y", "Xdivy", nullptr),
    elementwise("math.xlog1py", "x y", "Xlog1py", nullptr),
    elementwise("math.zeta", "x q", "Zeta", nullptr, kNamed),
    elementwise("bitwise.bitwise_and", "x y", "BitwiseAnd", "ops>BitwiseAnd", kNamed),
    elementwise("bitwise.bitwise_or", "x y", "BitwiseOr", "ops>BitwiseOr", kNamed),
    elementwise("bitwise.bitwise_xor", "x y", "BitwiseXor", "ops>BitwiseXor", kNamed),
    elementwise("bitwise.left_shift", "x y", "LeftShift", "ops>BitwiseLeftShift", kNamed),
    elementwise("bitwise.right_shift", "x y", "RightShift", "ops>BitwiseRightShift", kNamed),
    elementwise("bitwise.invert", "x", "Invert", "ops>BitwiseNot", kNamed),
    elementwise("ops>BitwiseInvert", "x", "Invert"),
    elementwise("ops>LeftShift", "x1 x2", "LeftShift"),
    elementwise("ops>RightShift", "x1 x2", "RightShift"),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_elementwise) { hornbeam::add_op_functions("numpy", hornbeam::kElementwise); }
