"""Stateless random numbers: TensorFlow's Philox, to the bit in integers and uniform floats."""
import numpy as np
import tensorflow as tf

from .table import F32, F64, I32, I64, U64

SHAPES = ((), (1,), (4,), (5,), (3, 4), (0,), (7, 37), (1031,))
SEEDS = ((0, 0), (1, 2), (42, 0), (-1, -7), (2**31 - 1, 123456789), (2**62, -(2**61)))


def cases(t):
    philox = I32(1)
    t.op("StatelessRandomGetKeyCounter")
    for seed in SEEDS:
        t(np.array(seed, I64), note="from V1's seed to V2's key and counter")
    t(np.array((1, 2), I32))
    t.op("StatelessRandomGetKeyCounterAlg")
    t(np.array((1, 2), I64))
    for name in ("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal"):
        t.op(name)
        for seed in SEEDS:
            t(np.array((13,), I32), np.array(seed, I64), dtype=tf.float32)
        for shape in SHAPES:
            t(np.array(shape, I32), np.array((5, 6), I32), dtype=tf.float32)
        for dtype in (tf.float64, tf.float16, tf.bfloat16):
            for shape in ((5,), (2, 33)):
                t(np.array(shape, I64), np.array((7, 8), I64), dtype=dtype)
        t(np.array((20000,), I32), np.array((9, 10), I64), dtype=tf.float32, note="crosses the pieces that TensorFlow gives to threads")
        t.op(name + "V2")
        for shape in SHAPES:
            t(np.array(shape, I32), np.array([123], U64), np.array([4, 5], U64), philox, dtype=tf.float32)
        for dtype in (tf.float64, tf.float16, tf.bfloat16):
            t(np.array((2, 33), I64), np.array([2**63 + 11], U64), np.array([2**64 - 1, 7], U64), philox, dtype=dtype)
    t.op("StatelessRandomUniformInt")
    for dtype in (I32, I64):
        for low, high in ((0, 10), (-5, 3), (0, 2**31 - 1), (7, 8)):
            t(np.array((2, 9), I32), np.array((3, 4), I64), np.asarray(low, dtype), np.asarray(high, dtype))
    t.op("StatelessRandomUniformIntV2")
    for dtype in (I32, I64, np.uint32, U64):
        for low, high in ((0, 10), (2, 2**31 - 1), (7, 8)):
            t(np.array((2, 9), I32), np.array([3], U64), np.array([4, 5], U64), philox, np.asarray(low, dtype), np.asarray(high, dtype))
    t.op("StatelessRandomUniformFullInt")
    for dtype in (tf.int32, tf.int64, tf.uint32, tf.uint64):
        t(np.array((2, 9), I32), np.array((3, 4), I64), dtype=dtype)
    t.op("StatelessRandomUniformFullIntV2")
    for dtype in (tf.int32, tf.int64, tf.uint32, tf.uint64):
        t(np.array((2, 9), I32), np.array([3], U64), np.array([4, 5], U64), philox, dtype=dtype)
    t.op("StatelessRandomGammaV2")
    for dtype in (F32, F64):
        for alpha in (0.1, 0.5, 0.999, 1.0, 1.5, 7.0, 100.0):
            t(np.array((9,), I32), np.array((3, 4), I64), np.asarray(alpha, dtype))
        t(np.array((5, 2, 3), I32), np.array((5, 6), I64), np.array([[0.2, 1.0, 3.0], [0.7, 2.0, 1.0]], dtype))
    t(np.array((0,), I32), np.array((5, 6), I32), np.asarray(2.0, F32))
