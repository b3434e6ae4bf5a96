"""Arithmetic, comparisons and functions of one value."""
import numpy as np
import tensorflow as tf

from .table import F16, F32, F64, FLOATS, I8, I16, I32, I64, INTS, NUMBERS, SIGNED, U8, U64, specials
from .shape import WORDS

BROADCASTS = (((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 3), ()), ((), ()), ((2, 3, 1, 5), (4, 1)), ((0, 3), (1, 3)),
              ((0,), ()), ((1031,), (1031,)), ((33, 31), (31,)), ((33, 31), (33, 1)), ((2, 3, 4, 5), (3, 1, 1)), ((1,), (7,)), ((2, 1, 3, 1), (1, 4, 1, 5)))
FEW = (((2, 3), (2, 3)), ((3, 1), (1, 5)), ((19,), ()))


def nonzero(x):
    return np.where(x == 0, np.asarray(3, x.dtype), x)


def binary(t, op, dtypes=NUMBERS, special=True, divisor=False, left=None, right=None, **attrs):
    t.op(op)
    for dtype in dtypes:
        integer = np.dtype(dtype).kind in "iu"
        for a, b in BROADCASTS if dtype == dtypes[0] else FEW:
            x = t.random(a, dtype) if left is None else left(a, dtype)
            y = t.random(b, dtype) if right is None else right(b, dtype)
            t(x, nonzero(y) if divisor and integer else y, **attrs)
        if special and np.dtype(dtype).kind == "f":
            v = specials(dtype)
            t(v[:, None], v[None, :], note="edges", **attrs)


def arithmetic(t):
    for op in ("AddV2", "Add", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference"):
        binary(t, op)
    for op in ("RealDiv", "Div"):
        binary(t, op, FLOATS + (INTS if op == "Div" else ()), divisor=True)
    binary(t, "FloorDiv", divisor=True)
    binary(t, "FloorMod", FLOATS + INTS, divisor=True, special=False)
    v = np.array([-7.5, -3, -2, -0.5, 0.5, 2, 3, 7.5], F32)
    t(v[:, None], v[None, :])
    t.op("TruncateDiv")
    for dtype in (I32, I64):
        t(t.random((9, 1), dtype), nonzero(t.random((1, 9), dtype)))
    t.op("TruncateMod")
    for dtype in (I32, I64, F32):
        t(t.random((9, 1), dtype), nonzero(t.random((1, 9), dtype)))
    for op in ("DivNoNan", "MulNoNan", "Xlogy", "Xdivy", "Xlog1py"):
        binary(t, op, FLOATS)
        t(np.array([0, 1, 2, 0], F32), np.array([0, 0, np.inf, np.nan], F32))
    binary(t, "Atan2", (F32, F64))
    binary(t, "Pow", FLOATS)
    for dtype in (I32, I64):
        t(t.random((4, 5), dtype, -4, 5), t.random((4, 5), dtype, 0, 6))
        t(np.array([[-2], [-1], [1], [2], [3]], dtype), np.array([[0, 1, 2, 3, 5]], dtype))
    t(t.random((3, 5), F32, 0.1, 4), t.random((5,), F32, -3, 3))
    t.op("Add")
    t(WORDS, WORDS[:1])
    t.op("AddN")
    for shape, n in (((2, 3), 1), ((2, 3), 2), ((2, 3), 5), ((), 3), ((0, 2), 2), ((1031,), 9)):
        t([t.random(shape) for _ in range(n)])
    for dtype in (F64, F16, I32, I64, U8):
        t([t.random((3,), dtype) for _ in range(3)])
    t.op("BiasAdd")
    for shape in ((2, 5), (2, 3, 5), (2, 3, 4, 5), (2, 2, 3, 2, 5), (0, 5), (7, 33)):
        t(t.random(shape), t.random(shape[-1:]), data_format="NHWC")
    for shape in ((2, 5, 3), (2, 5, 3, 4), (2, 5, 2, 3, 2)):
        t(t.random(shape), t.random((5,)), data_format="NCHW")
    for dtype in (F64, F16, I32):
        t(t.random((2, 3, 4), dtype), t.random((4,), dtype), data_format="NHWC")
    t.op("ClipByValue")
    for dtype in (F32, F64, F16, I32, I64):
        t(t.random((4, 5), dtype), np.asarray(-1, dtype), np.asarray(2, dtype))
    t(t.random((4, 5)), np.full((4, 5), -1, F32), t.random((4, 5), F32, 0, 2))
    t(specials(F32), F32(-2), F32(2))


def comparisons(t):
    for op in ("Less", "LessEqual", "Greater", "GreaterEqual"):
        binary(t, op)
    for op in ("Equal", "NotEqual"):
        binary(t, op, NUMBERS, incompatible_shape_error=True)
        t(t.random((4, 5), np.bool_), t.random((5,), np.bool_), incompatible_shape_error=True)
        t(WORDS, WORDS[:1], incompatible_shape_error=True)
        t(t.random((2,)), t.random((3,)), incompatible_shape_error=False)
    for op in ("LogicalAnd", "LogicalOr"):
        t.op(op)
        for a, b in BROADCASTS:
            t(t.random(a, np.bool_), t.random(b, np.bool_))
    t.op("LogicalNot")
    for shape in ((), (0,), (3, 4), (1031,)):
        t(t.random(shape, np.bool_))


UNARY = ("Neg Abs Sign Square Sqrt Rsqrt Exp Expm1 Log Log1p Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh Sigmoid Softplus Softsign Relu Relu6 "
         "Elu Selu LeakyRelu Erf Erfc Reciprocal Inv Floor Ceil Round Rint IsNan IsInf IsFinite Lgamma Digamma Erfinv Ndtri").split()
WITH_INTS = "Neg Abs Sign Square Relu Relu6 Round Floor Ceil Reciprocal Inv".split()


def unary(t):
    for op in UNARY:
        t.op(op)
        for dtype in FLOATS:
            sweep = np.concatenate([np.linspace(-10, 10, 81), np.linspace(-1.2, 1.2, 49), np.logspace(-6, 4, 21), -np.logspace(-6, 4, 21)]).astype(dtype)
            t(sweep, note="sweep")
            t(specials(dtype), note="edges")
            t(t.random((3, 5, 7), dtype))
        for shape in ((), (0, 3), (1,), (1031,), (2, 1, 3, 2, 4)):
            t(t.random(shape))
        if op in WITH_INTS:
            for dtype in INTS:
                x = t.random((4, 5), dtype)
                t(nonzero(x) if op in ("Reciprocal", "Inv") else x)
    t.op("Round")
    t(np.array([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997, 8388609.0], F32), note="half to even")
    t.op("Rint")
    t(np.array([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5], F32), note="half to even")
    t.op("LeakyRelu")
    for alpha in (0.0, 0.1, 0.3, 1.0, -0.5, 2.0):
        t(t.random((4, 5)), alpha=alpha)
    for op in ("Softmax", "LogSoftmax"):
        t.op(op)
        for dtype in FLOATS:
            t(t.random((3, 5), dtype))
            t(np.array([[1000, 1000, -1000], [50, -50, 0], [-60000, -60000, -60001]], dtype), note="far apart")
        for shape in ((7,), (1, 1), (2, 3, 4), (0, 3), (3, 1000), (2, 2, 2, 2, 3), (33, 10)):
            t(t.random(shape, F32, -8, 8))
        t(np.array([[-np.inf, 0, 1], [-np.inf, -np.inf, -np.inf], [np.inf, 0, 1], [np.nan, 0, 1]], F32), note="infinite")


def cases(t):
    arithmetic(t)
    comparisons(t)
    unary(t)
