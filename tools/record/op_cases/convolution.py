"""Convolutions, pools, batch normalisation, space-to-batch."""
import numpy as np
import tensorflow as tf

from .table import F16, F32, F64, I32, I64


def conv2d(t):
    t.op("Conv2D")

    def one(x, f, strides=(1, 1), padding="VALID", dilations=(1, 1), explicit=(), dtype=F32):
        t(t.random(x, dtype), t.random(f, dtype), strides=[1, *strides, 1], padding=padding, dilations=[1, *dilations, 1], explicit_paddings=list(explicit),
          data_format="NHWC", use_cudnn_on_gpu=True)

    for padding in ("VALID", "SAME"):
        for kernel in ((1, 1), (3, 3), (2, 2), (5, 3), (1, 4)):
            for strides in ((1, 1), (2, 2), (1, 3)):
                one((2, 9, 11, 3), (*kernel, 3, 4), strides, padding)
        for dilations in ((2, 2), (1, 3), (2, 1)):
            one((2, 11, 12, 3), (3, 3, 3, 4), (1, 1), padding, dilations)
        one((2, 12, 12, 3), (3, 3, 3, 4), (2, 2), padding, (2, 2))
        one((1, 8, 8, 6), (3, 3, 2, 6), padding=padding)
        one((2, 7, 8, 4), (3, 3, 1, 8), (2, 2), padding)
        one((1, 8, 8, 6), (3, 2, 3, 4), (1, 1), padding, (2, 2))
        one((1, 14, 14, 32), (3, 3, 32, 48), padding=padding)
        one((1, 13, 13, 24), (1, 1, 24, 40), padding=padding)
        one((3, 15, 15, 1), (3, 3, 1, 17), (2, 2), padding)
        one((1, 20, 20, 3), (7, 7, 3, 8), (2, 2), padding)
        one((1, 9, 1, 5), (3, 1, 5, 7), (2, 1), padding)
        for dtype in (F64, F16):
            one((2, 6, 7, 3), (3, 3, 3, 4), (1, 2), padding, dtype=dtype)
        one((0, 6, 7, 3), (3, 3, 3, 4), padding=padding)
    for explicit in ((0, 0, 1, 1, 1, 1, 0, 0), (0, 0, 0, 1, 2, 0, 0, 0), (0, 0, 3, 3, 3, 3, 0, 0)):
        one((2, 8, 9, 3), (3, 3, 3, 4), (1, 1), "EXPLICIT", explicit=explicit)
        one((2, 8, 9, 3), (3, 3, 3, 4), (2, 2), "EXPLICIT", explicit=explicit)
        one((2, 8, 9, 3), (3, 3, 3, 4), (1, 1), "EXPLICIT", (2, 2), explicit)


def depthwise(t):
    t.op("DepthwiseConv2dNative")

    def one(x, f, stride=1, padding="VALID", dilations=(1, 1), explicit=(), dtype=F32):
        a, b = t.random(x, dtype), t.random(f, dtype)
        out = None
        if dilations != (1, 1):  # composed with SpaceToBatchND by tf.nn: the CPU kernel itself ignores or refuses them
            out = tf.nn.depthwise_conv2d(a, b, [1, stride, stride, 1], padding, dilations=list(dilations))
        t(a, b, outputs=out, strides=[1, stride, stride, 1], padding=padding, dilations=[1, *dilations, 1], explicit_paddings=list(explicit), data_format="NHWC")

    for padding in ("VALID", "SAME"):
        for multiplier in (1, 2, 3):
            for stride in (1, 2):
                one((2, 8, 9, 5), (3, 3, 5, multiplier), stride, padding)
        for kernel in ((1, 1), (2, 3), (5, 5), (1, 4)):
            one((1, 9, 8, 4), (*kernel, 4, 1), 1, padding)
        for dilations in ((2, 2), (3, 3), (1, 2)):
            one((1, 10, 11, 3), (3, 3, 3, 2), 1, padding, dilations)
        one((1, 14, 14, 40), (3, 3, 40, 1), 1, padding)
        one((1, 15, 15, 33), (5, 5, 33, 1), 2, padding)
        one((2, 7, 7, 1), (3, 3, 1, 4), 3, padding)
        for dtype in (F64, F16):
            one((1, 6, 7, 3), (3, 3, 3, 2), 1, padding, dtype=dtype)
    for stride in (1, 2):
        one((1, 8, 9, 4), (3, 3, 4, 1), stride, "EXPLICIT", explicit=(0, 0, 0, 1, 0, 1, 0, 0))


def conv3d(t):
    t.op("Conv3D")
    for padding in ("VALID", "SAME"):
        for strides in ((1, 1, 1), (2, 2, 2), (1, 2, 1)):
            for kernel in ((2, 3, 3), (1, 1, 1)):
                t(t.random((2, 5, 6, 5, 3)), t.random((*kernel, 3, 4)), strides=[1, *strides, 1], padding=padding, dilations=[1] * 5, data_format="NDHWC")
        for dtype in (F64, F16):
            t(t.random((1, 4, 4, 4, 2), dtype), t.random((3, 3, 3, 2, 3), dtype), strides=[1] * 5, padding=padding, dilations=[1] * 5, data_format="NDHWC")


def backprop_input(t):
    t.op("Conv2DBackpropInput")
    for padding in ("VALID", "SAME"):
        for kernel in ((3, 3), (2, 2), (4, 3), (1, 1)):
            for stride in (1, 2, 3):
                size = (2, 9, 10, 3)
                f = t.random((*kernel, 3, 4))
                out = tf.nn.conv2d(np.zeros(size, F32), f, stride, padding).shape
                t(np.array(size, I32), f, t.random(tuple(out)), strides=[1, stride, stride, 1], padding=padding, dilations=[1, 1, 1, 1], data_format="NHWC",
                  explicit_paddings=[], use_cudnn_on_gpu=True)
    for dtype in (F64, F16):
        t(np.array((1, 6, 6, 2), I32), t.random((3, 3, 2, 3), dtype), t.random((1, 3, 3, 3), dtype), strides=[1, 2, 2, 1], padding="SAME", dilations=[1, 1, 1, 1],
          data_format="NHWC", explicit_paddings=[], use_cudnn_on_gpu=True)
    t(np.array((1, 6, 6, 2), I32), t.random((3, 3, 2, 3)), t.random((1, 6, 6, 3)), strides=[1] * 4, padding="EXPLICIT", explicit_paddings=[0, 0, 1, 1, 1, 1, 0, 0],
      dilations=[1, 1, 1, 1], data_format="NHWC", use_cudnn_on_gpu=True)
    t(np.array((1, 9, 9, 2), I32), t.random((3, 3, 2, 3)), t.random((1, 5, 5, 3)), strides=[1] * 4, padding="VALID", explicit_paddings=[], dilations=[1, 2, 2, 1],
      data_format="NHWC", use_cudnn_on_gpu=True)


def pools(t):
    for op in ("MaxPool", "AvgPool"):
        t.op(op)
        extra = {"explicit_paddings": []} if op == "MaxPool" else {}
        for padding in ("VALID", "SAME"):
            for k, s in (((2, 2), (2, 2)), ((3, 3), (1, 1)), ((3, 3), (2, 2)), ((2, 3), (3, 1)), ((1, 1), (1, 1)), ((1, 1), (2, 2)), ((5, 5), (2, 2)), ((7, 8), (1, 1))):
                t(t.random((2, 7, 8, 3)), ksize=[1, *k, 1], strides=[1, *s, 1], padding=padding, data_format="NHWC", **extra)
            t(t.random((1, 12, 12, 40)), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding=padding, data_format="NHWC", **extra)
            t(t.random((2, 9, 1, 5)), ksize=[1, 2, 1, 1], strides=[1, 2, 1, 1], padding=padding, data_format="NHWC", **extra)
            t(t.random((0, 6, 6, 3)), ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding=padding, data_format="NHWC", **extra)
            for dtype in (F64, F16):
                t(t.random((1, 5, 6, 3), dtype), ksize=[1, 3, 2, 1], strides=[1, 2, 2, 1], padding=padding, data_format="NHWC", **extra)
    t.op("MaxPool")
    t(t.random((1, 6, 7, 3)), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="EXPLICIT", explicit_paddings=[0, 0, 1, 1, 1, 0, 0, 0], data_format="NHWC")
    t(-np.abs(t.random((1, 5, 5, 2))) - 1, ksize=[1, 3, 3, 1], strides=[1, 1, 1, 1], padding="SAME", explicit_paddings=[], data_format="NHWC", note="padding never wins")
    t(np.array([1, np.nan, 2, -np.inf, -np.inf, -np.inf, np.inf, 0], F32).reshape(1, 8, 1, 1), ksize=[1, 2, 1, 1], strides=[1, 1, 1, 1], padding="VALID",
      explicit_paddings=[], data_format="NHWC", note="edges")
    for op in ("MaxPool3D", "AvgPool3D"):
        t.op(op)
        for padding in ("VALID", "SAME"):
            for k, s in (((2, 2, 2), (2, 2, 2)), ((3, 2, 3), (1, 2, 1)), ((1, 1, 1), (2, 2, 2))):
                t(t.random((2, 5, 6, 5, 3)), ksize=[1, *k, 1], strides=[1, *s, 1], padding=padding, data_format="NDHWC")
            t(t.random((1, 4, 4, 4, 2), F64), ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding=padding, data_format="NDHWC")


def batch_norm(t):
    t.op("FusedBatchNormV3")
    for fmt, shape, c in (("NHWC", (2, 4, 5, 3), 3), ("NHWC", (1, 1, 1, 7), 7), ("NHWC", (4, 1, 1, 17), 17), ("NHWC", (2, 3, 3, 33), 33), ("NCHW", (2, 3, 4, 5), 3)):
        for training in (False, True):
            for epsilon in (1e-3, 1.001e-5):
                mean = t.random((c,)) if not training else np.zeros((0,), F32)
                variance = t.random((c,), F32, 0.1, 3) if not training else np.zeros((0,), F32)
                t(t.random(shape), t.random((c,), F32, 0.5, 2), t.random((c,)), mean, variance, epsilon=epsilon, exponential_avg_factor=1.0, data_format=fmt, is_training=training)
    t(t.random((2, 4, 5, 3)), t.random((3,), F32, 0.5, 2), t.random((3,)), t.random((3,)), t.random((3,), F32, 0.1, 3), epsilon=1e-3, exponential_avg_factor=0.1,
      data_format="NHWC", is_training=True)
    for training in (False, True):
        t(t.random((2, 4, 5, 3), F16), t.random((3,), F32, 0.5, 2), t.random((3,)), t.random((3,)), t.random((3,), F32, 0.1, 3), epsilon=1e-3, exponential_avg_factor=1.0,
          data_format="NHWC", is_training=training)
    t(t.random((2, 4, 5, 3)), np.ones((3,), F32), np.zeros((3,), F32), np.zeros((3,), F32), np.zeros((3,), F32), epsilon=1e-3, exponential_avg_factor=1.0, data_format="NHWC",
      is_training=False, note="variance zero")


def blocks(t):
    t.op("SpaceToBatchND")
    for shape, block, pads in (((1, 4, 4, 2), (2, 2), ((0, 0), (0, 0))), ((2, 5, 7, 1), (2, 3), ((1, 0), (0, 2))), ((2, 6, 3), (3,), ((0, 0),)), ((1, 4, 1, 2), (2, 1), ((2, 0), (0, 0)))):
        t(t.random(shape), np.array(block, I32), np.array(pads, I32))
    t(t.random((1, 4, 4, 1), I32), np.array((2, 2), I64), np.array(((0, 0), (2, 0)), I64))
    t.op("BatchToSpaceND")
    for shape, block, crops in (((4, 2, 2, 2), (2, 2), ((0, 0), (0, 0))), ((12, 3, 3, 1), (2, 3), ((1, 0), (0, 2))), ((6, 2, 3), (3,), ((0, 1),)), ((2, 3, 1, 2), (2, 1), ((2, 0), (0, 0)))):
        t(t.random(shape), np.array(block, I32), np.array(crops, I32))
    t(t.random((4, 2, 2, 1), I32), np.array((2, 2), I64), np.array(((0, 0), (1, 0)), I64))
    t.op("SpaceToDepth")
    t(t.random((2, 4, 6, 3)), block_size=2, data_format="NHWC")
    t.op("DepthToSpace")
    t(t.random((2, 2, 3, 8)), block_size=2, data_format="NHWC")


def cases(t):
    conv2d(t)
    depthwise(t)
    conv3d(t)
    backprop_input(t)
    pools(t)
    batch_norm(t)
    blocks(t)
