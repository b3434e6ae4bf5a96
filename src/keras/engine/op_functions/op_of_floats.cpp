// Functions of one float, which Keras 3 also takes of integers.
#include <array>

#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

constexpr std::array kOfFloats{
    elementwise("math.exp", "x", "Exp", "ops>Exp"),
    elementwise("math.log", "x", "Log", "ops>Log", kNamed),
    elementwise("math.sqrt", "x", "Sqrt", "ops>Sqrt"),
    elementwise("math.sin", "x", "Sin", "ops>Sin", kNamed),
    elementwise("math.cos", "x", "Cos", "ops>Cos", kNamed),
    elementwise("math.tanh", "x", "Tanh", "ops>Tanh", kNamed),
    elementwise("math.tan", "x", "Tan", "ops>Tan", kNamed),
    elementwise("math.asin", "x", "Asin", "ops>Arcsin", kNamed),
    elementwise("math.acos", "x", "Acos", "ops>Arccos"),
    elementwise("math.atan", "x", "Atan", "ops>Arctan", kNamed),
    elementwise("math.sinh", "x", "Sinh", "ops>Sinh", kNamed),
    elementwise("math.cosh", "x", "Cosh", "ops>Cosh", kNamed),
    elementwise("math.asinh", "x", "Asinh", "ops>Arcsinh", kNamed),
    elementwise("math.acosh", "x", "Acosh", "ops>Arccosh", kNamed),
    elementwise("math.atanh", "x", "Atanh", "ops>Arctanh", kNamed),
    elementwise("math.expm1", "x", "Expm1", "ops>Expm1", kNamed),
    elementwise("math.log1p", "x", "Log1p", "ops>Log1p", kNamed),
    elementwise("math.ceil", "x", "Ceil", "ops>Ceil"),
    elementwise("math.rint", "x", "Rint", nullptr, kNamed),
    elementwise("math.erf", "x", "Erf", nullptr, kNamed),
    elementwise("math.erfc", "x", "Erfc", nullptr, kNamed),
    elementwise("math.erfinv", "x", "Erfinv", nullptr),
    elementwise("math.ndtri", "x", "Ndtri", nullptr),
    elementwise("math.lgamma", "x", "Lgamma", nullptr, kNamed),
    elementwise("math.digamma", "x", "Digamma", nullptr, kNamed),
    elementwise("math.reciprocal", "x", "Reciprocal", "ops>Reciprocal", kNamed),
    elementwise("math.is_nan", "x", "IsNan", "ops>Isnan", kNamed),
    elementwise("math.is_inf", "x", "IsInf", "ops>Isinf", kNamed),
    elementwise("math.is_finite", "x", "IsFinite", "ops>Isfinite", kNamed),
    special("ops>Exp", "x", on_floats<ops::exp>),
    special("ops>Log", "x", on_floats<ops::log>),
    special("ops>Sqrt", "x", on_floats<ops::sqrt>),
    special("ops>Sin", "x", on_floats<ops::sin>),
    special("ops>Cos", "x", on_floats<ops::cos>),
    special("ops>Tanh", "x", on_floats<ops::tanh>),
    special("ops>Tan", "x", on_floats<ops::tan>),
    special("ops>Arcsin", "x", on_floats<ops::asin>),
    special("ops>Arccos", "x", on_floats<ops::acos>),
    special("ops>Arctan", "x", on_floats<ops::atan>),
    special("ops>Sinh", "x", on_floats<ops::sinh>),
    special("ops>Cosh", "x", on_floats<ops::cosh>),
    special("ops>Arcsinh", "x", on_floats<ops::asinh>),
    special("ops>Arccosh", "x", on_floats<ops::acosh>),
    special("ops>Arctanh", "x", on_floats<ops::atanh>),
    special("ops>Expm1", "x", on_floats<ops::expm1>),
    special("ops>Log1p", "x", on_floats<ops::log1p>),
    special("ops>Reciprocal", "x", on_floats<ops::reciprocal>),
    special("ops>Isnan", "x", on_floats<ops::is_nan>),
    special("ops>Isinf", "x", on_floats<ops::is_inf>),
    special("ops>Isfinite", "x", on_floats<ops::is_finite>),
    special("ops>Ceil", "x", on_floats<ops::ceil>),
};

constexpr std::array kOfFloatsMath{
    elementwise("math.rsqrt", "x", "Rsqrt", "ops>Rsqrt"),
    special("ops>Erf", "x", unary<ops::erf>),
    special("ops>Erfc", "x", unary<ops::erfc>),
    special("ops>Erfinv", "x", unary<ops::erfinv>),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_of_floats) {
  hornbeam::add_op_functions("numpy", hornbeam::kOfFloats);
  hornbeam::add_op_functions("math", hornbeam::kOfFloatsMath);
}
