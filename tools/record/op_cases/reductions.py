"""Reductions, scans and top-k."""
import numpy as np
import tensorflow as tf

from .table import F16, F32, F64, FLOATS, I8, I16, I32, I64, INTS, NUMBERS, U8

AXES = ((0,), (1,), (2,), (-1,), (-3,), (0, 1), (0, 2), (1, 2), (2, 0), (0, 1, 2), ())


def reductions(t):
    for op in ("Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm"):
        t.op(op)
        for axes in AXES:
            for keep in (False, True):
                t(t.random((3, 4, 5)), np.array(axes, I32), keep_dims=keep)
        for axis in (0, 1, -1):
            t(t.random((7, 133)), I32(axis), keep_dims=False)
        for shape, axes in (((0, 3), (0,)), ((0, 3), (1,)), ((2, 0), (1,)), ((), ()), ((1,), (0,)), ((0,), (0,)), ((2, 3, 2, 3, 2), (1, 3)), ((2, 3, 2, 3, 2), (0, 2, 4)),
                            ((2, 6, 6, 33), (1, 2)), ((2, 6, 6, 33), (3,)), ((1, 1031), (1,)), ((1031, 1), (0,))):
            t(t.random(shape), np.array(axes, I64), keep_dims=False)
        for dtype in NUMBERS[1:]:
            t(t.random((4, 6), dtype), np.array((1,), I32), keep_dims=False)
            t(t.random((4, 6), dtype), np.array((0, 1), I32), keep_dims=True)
        t(t.random((40, 50), F16), np.array((0, 1), I32), keep_dims=False, note="half, many terms")
        t(np.array([[1, np.inf, -np.inf], [1, np.nan, 2], [np.inf, np.inf, 1], [-np.inf, 0, 1]], F32), np.array((1,), I32), keep_dims=False, note="edges")
    for op in ("All", "Any"):
        t.op(op)
        for axes in AXES:
            for keep in (False, True):
                t(t.rng.random((3, 4, 5)) < (0.9 if op == "All" else 0.1), np.array(axes, I32), keep_dims=keep)
        t(np.zeros((0, 3), np.bool_), np.array((0,), I32), keep_dims=False)
        t(np.zeros((0, 3), np.bool_), I64(1), keep_dims=False)
    for op in ("ArgMax", "ArgMin"):
        t.op(op)
        for dim in (0, 1, 2, -1, -2):
            for out in (tf.int64, tf.int32):
                t(t.random((3, 4, 5)), I32(dim), output_type=out)
        for dtype in NUMBERS:
            t(t.random((4, 9), dtype), I64(1), output_type=tf.int64, note="ties in integers: the first wins")
        t(t.random((4, 9), np.bool_), I32(0), output_type=tf.int64)
        for shape in ((1,), (7, 1), (2, 133), (2, 2, 3, 2, 2), (0, 3)):
            t(t.random(shape), I32(-1), output_type=tf.int64)
    t.op("L2Loss")
    for shape in ((), (0,), (3, 4), (1031,)):
        t(t.random(shape))
    for dtype in (F64, F16):
        t(t.random((3, 4), dtype))


def scans(t):
    for op in ("Cumsum", "Cumprod"):
        t.op(op)
        for axis in (0, 1, 2, -1, -2):
            for exclusive in (False, True):
                for reverse in (False, True):
                    t(t.random((2, 3, 4)), I32(axis), exclusive=exclusive, reverse=reverse)
        for dtype in (F64, F16, I32, I64, U8):
            t(t.random((2, 5), dtype), I64(1), exclusive=False, reverse=False)
        for shape in ((7,), (0, 3), (1031,), (2, 1, 3, 2)):
            t(t.random(shape, F32, 0.5, 1.5), I32(0), exclusive=False, reverse=False)
    t.op("CumulativeLogsumexp")
    for exclusive in (False, True):
        for reverse in (False, True):
            t(t.random((2, 5)), I32(1), exclusive=exclusive, reverse=reverse)
    t.op("TopKV2")
    for shape, k in (((9,), 3), ((4, 9), 1), ((4, 9), 9), ((2, 3, 7), 4), ((4, 9), 0), ((3, 100), 5), ((3, 100), 60)):
        t(t.random(shape), I32(k), sorted=True)
    for dtype in FLOATS + INTS:
        t(t.random((3, 8), dtype), I32(4), sorted=True, note="ties: the lower index first")


def cases(t):
    reductions(t)
    scans(t)
