"""Padding, filling, gathering, selecting, reversing."""
import numpy as np
import tensorflow as tf

from .table import F16, F32, F64, I8, I16, I32, I64, NUMBERS, U8
from .shape import ANY, WORDS


def padding(t):
    for op in ("Pad", "PadV2"):
        t.op(op)
        extra = (lambda d: (np.asarray(3, d),)) if op == "PadV2" else (lambda d: ())
        for shape, pads in (((3,), ((1, 2),)), ((2, 3), ((1, 1), (2, 0))), ((2, 3), ((0, 0), (0, 0))), ((1, 4, 4, 2), ((0, 0), (1, 1), (2, 2), (0, 0))),
                            ((2, 3, 4), ((0, 0), (1, 0), (0, 3))), ((0, 2), ((1, 0), (0, 0))), ((2, 1, 2, 2, 3), ((0, 1), (1, 0), (0, 0), (2, 1), (0, 1)))):
            t(t.random(shape), np.array(pads, I32), *extra(F32))
        t(t.random(()), np.zeros((0, 2), I32), *extra(F32))
        for dtype in (F64, F16, I32, I64, U8, np.bool_):
            t(t.random((2, 2), dtype), np.array(((1, 0), (0, 2)), I64), *extra(dtype))
    t(t.random((2, 3)), np.array(((1, 1), (1, 1)), I32), F32(-np.inf))
    t.op("MirrorPad")
    for mode in ("REFLECT", "SYMMETRIC"):
        for shape, pads in (((5,), ((2, 3),)), ((4, 5), ((1, 2), (3, 1))), ((1, 4, 4, 2), ((0, 0), (1, 1), (2, 2), (0, 0))), ((3, 3), ((0, 0), (2, 2)))):
            t(t.random(shape), np.array(pads, I32), mode=mode)
        for dtype in (F64, I32, U8):
            t(t.random((3, 3), dtype), np.array(((1, 1), (0, 2)), I64), mode=mode)
    t(t.random((3,)), np.array(((3, 3),), I32), mode="SYMMETRIC")


def filling(t):
    t.op("Fill")
    for dims in ((), (3,), (2, 3), (0,), (2, 0, 3)):
        t(np.array(dims, I32), F32(2.5))
    for dtype in ANY:
        t(np.array((2, 2), I64), np.asarray(1, dtype))
    t(np.array((2,), I32), np.array("ab", object))
    t.op("Range")
    for dtype in (I32, I64, F32, F64):
        for start, limit, delta in ((0, 5, 1), (2, 20, 3), (5, 0, -1), (10, -4, -3), (3, 3, 1), (0, 1, 1), (-3, 4, 2)):
            t(np.asarray(start, dtype), np.asarray(limit, dtype), np.asarray(delta, dtype))
    for start, limit, delta in ((0.0, 1.0, 0.1), (1.0, 0.0, -0.3), (0.5, 3.2, 0.7), (0.0, 100.0, 0.3)):
        t(F32(start), F32(limit), F32(delta))
        t(F64(start), F64(limit), F64(delta))
    t.op("OneHot")
    for axis in (-1, 0, 1, 2):
        t(t.random((2, 3), I32, 0, 4), I32(4), F32(1), F32(0), axis=axis)
    t(np.array([0, -1, 5, 2, 3], I32), I32(3), F32(5), F32(-1), axis=-1)
    t(I64(2), I32(4), F32(1), F32(0), axis=-1)
    t(np.zeros((0,), I64), I32(4), F32(1), F32(0), axis=-1)
    for dtype in (F64, F16, I32, I64, U8, np.bool_):
        t(t.random((5,), I64, 0, 4), I32(4), np.asarray(1, dtype), np.asarray(0, dtype), axis=-1)
    t(t.random((5,), U8, 0, 4), I32(4), F32(1), F32(0), axis=-1)
    t.op("LinSpace")
    for start, stop, num in ((0.0, 1.0, 11), (3.0, -2.0, 4), (1.0, 5.0, 1)):
        t(F32(start), F32(stop), I32(num))
        t(F64(start), F64(stop), I32(num))
    t.op("InvertPermutation")
    t(np.array((2, 0, 3, 1), I32))
    t(np.array((1, 0), I64))


def gathering(t):
    t.op("Gather")
    t(t.random((5, 3)), np.array([0, 4, 2, 2], I32), validate_indices=True)
    t(t.random((5,)), I64(3), validate_indices=True)
    t(t.random((5, 2, 3), I32), np.array([[1, 0], [4, 4]], I64), validate_indices=True)
    t.op("GatherV2")
    for shape, indices, axis, batch in (((5, 3), [0, 4, 2, 2], 0, 0), ((5, 3), [2, 0], 1, 0), ((5, 3), [2, 0], -1, 0), ((5, 3), 1, 0, 0), ((5, 3), 1, 1, 0),
                                        ((5, 3, 4), [[1, 2], [0, 0]], 1, 0), ((5, 3), [], 0, 0), ((5, 0), [1, 2], 0, 0), ((7,), [6, 0, 3], 0, 0),
                                        ((2, 3, 4), [[1, 2], [0, 0]], 1, 1), ((2, 3, 4), [[1, 2], [0, 3]], 2, 1), ((2, 3, 4), [[1, 2], [0, 3]], -1, 1),
                                        ((2, 3, 4, 2), [[[1], [2], [0]], [[0], [3], [3]]], 2, 2), ((2, 3), [2, 0], 1, 1), ((2, 3, 4), [[1, 2], [0, 0]], 1, -1)):
        t(t.random(shape), np.array(indices, I32), I32(axis), batch_dims=batch)
    t(t.random((11, 33)), t.random((4, 9), I64, 0, 11), I64(0), batch_dims=0)
    for dtype in ANY:
        t(t.random((4, 2), dtype), np.array([3, 0], I64), I32(0), batch_dims=0)
    t(WORDS, np.array([1, 0, 1], I32), I32(0), batch_dims=0)
    t.op("GatherNd")
    for shape, indices in (((3, 4), [[0, 1], [2, 3]]), ((3, 4), [[2], [0]]), ((3, 4, 2), [[[0, 1], [1, 0]], [[2, 3], [0, 0]]]), ((3, 4), [1, 2]), ((5,), [[4]]),
                           ((3, 4), np.zeros((2, 0))), ((3, 4), np.zeros((0, 2)))):
        t(t.random(shape), np.array(indices, I32))
    for dtype in (F64, F16, I32, I64, U8, np.bool_):
        t(t.random((3, 4), dtype), np.array([[0, 1], [2, 3]], I64))
    t(WORDS, np.array([[0, 1], [1, 2]], I32))
    t.op("ReverseV2")
    for shape, axes in (((5,), (0,)), ((2, 3), (1,)), ((2, 3), (0, 1)), ((2, 3, 4), (-1,)), ((2, 3, 4), (0, 2)), ((2, 3), ()), ((0, 3), (0,)), ((), ())):
        t(t.random(shape), np.array(axes, I32))
    for dtype in ANY:
        t(t.random((3, 2), dtype), np.array((0,), I64))
    t(WORDS, np.array((1,), I32))


def selecting(t):
    t.op("SelectV2")
    for c, x, y in (((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), (2, 3)), ((2, 1), (2, 3), (3,)), ((), (2, 3), (2, 3)), ((2, 3), (), ()), ((2, 1, 3), (4, 1), (1,)),
                    ((0, 3), (1, 3), (3,)), ((1031,), (1031,), (1031,))):
        t(t.random(c, np.bool_), t.random(x), t.random(y))
    for dtype in ANY:
        t(t.random((2, 3), np.bool_), t.random((2, 3), dtype), t.random((3,), dtype))
    t(t.random((2, 3), np.bool_), WORDS, WORDS[:1])
    t.op("Select")
    for c, x in (((2, 3), (2, 3)), ((2,), (2, 3)), ((), (2, 3)), ((2,), (2, 3, 4)), ((0,), (0,))):
        t(t.random(c, np.bool_), t.random(x), t.random(x))
    for dtype in ANY:
        t(t.random((2, 3), np.bool_), t.random((2, 3), dtype), t.random((2, 3), dtype))
    t.op("Where")
    for shape in ((7,), (3, 4), (2, 3, 4), (0,), (2, 0), (1, 1, 2, 2), (2, 2, 2, 2, 2)):
        t(t.random(shape, np.bool_))
    t(np.zeros((3, 2), np.bool_))
    for dtype in NUMBERS:
        t(t.random((3, 4), dtype, 0, 2) if dtype not in (F32, F64, F16) else np.round(t.random((3, 4), dtype, 0, 1)))
    t(np.array([0.0, -0.0, np.nan, np.inf], F32))


def cases(t):
    padding(t)
    filling(t)
    gathering(t)
    selecting(t)
