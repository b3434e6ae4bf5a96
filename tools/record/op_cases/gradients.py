"""The ops that gradients are made of."""
import numpy as np
import tensorflow as tf

from .table import F32, F64, FLOATS, I32, I64


def elementwise(t):
    for op in "ReluGrad Relu6Grad EluGrad SeluGrad SoftplusGrad SoftsignGrad LeakyReluGrad".split():
        t.op(op)
        for dtype in FLOATS:
            t(t.random((5, 7), dtype), t.random((5, 7), dtype))
        for shape in ((), (0, 3), (1031,)):
            t(t.random(shape), t.random(shape, low=-8, high=8))
    t.op("LeakyReluGrad")
    t(t.random((4, 5)), t.random((4, 5)), alpha=0.3)
    for op in "SigmoidGrad TanhGrad SqrtGrad RsqrtGrad ReciprocalGrad InvGrad".split():
        t.op(op)
        for dtype in FLOATS:
            t(t.random((5, 7), dtype, 0.1, 0.9), t.random((5, 7), dtype))
        for shape in ((), (0, 3), (1031,)):
            t(t.random(shape, F32, 0.1, 0.9), t.random(shape))


def array(t):
    t.op("BroadcastGradientArgs")
    for a, b in (((2, 3), (2, 3)), ((2, 3), (1, 3)), ((1,), (1,)), ((1, 1), (2, 1)), ((), (1, 2)), ((1,), (1, 1)), ((1, 3, 1), (3, 1)), ((0, 3), (1, 3)), ((0,), ()), ((), ()),
                 ((4, 1, 3), (2, 1))):
        for dtype in (I32, I64):
            t(np.array(a, dtype), np.array(b, dtype))
    t.op("BiasAddGrad")
    for shape in ((2, 5), (2, 3, 5), (2, 3, 4, 5), (0, 5), (7, 33), (700, 40)):
        t(t.random(shape), data_format="NHWC")
    for shape in ((2, 5, 3), (2, 5, 3, 4), (2, 5, 2, 3, 2)):
        t(t.random(shape), data_format="NCHW")
    t(t.random((3, 4), F64), data_format="NHWC")
    t.op("UnsortedSegmentSum")
    for shape, ids, n in (((6, 3), (6,), 4), ((4, 5, 2), (4, 5), 7), ((5,), (5,), 3), ((0, 3), (0,), 2), ((300, 17), (300,), 11), ((2, 3), (), 2)):
        for dtype in (F32, F64, I32):
            index = I64 if dtype == F64 else I32
            t(t.random(shape, dtype), np.asarray(t.rng.integers(-1, n, size=ids)).astype(index), np.int32(n))
    t.op("StridedSliceGrad")
    for shape, begin, end, strides, masks in (
            ((5, 6), (1, 2), (4, 5), (1, 1), {}), ((5, 6), (1, 0), (4, 6), (2, 3), {}), ((5, 6), (4, 5), (0, 1), (-1, -2), {}),
            ((5, 6), (1, 0), (4, 0), (1, 1), {"end_mask": 2}), ((5, 6), (2, 1), (3, 4), (1, 1), {"shrink_axis_mask": 1}),
            ((5, 6, 2), (0, 1, 0), (0, 4, 1), (1, 1, 1), {"ellipsis_mask": 1}), ((5, 6), (0, 1, 0), (1, 3, 6), (1, 1, 1), {"new_axis_mask": 1, "end_mask": 4})):
        x = np.zeros(shape, F32)
        kept = tf.raw_ops.StridedSlice(input=x, begin=np.array(begin, I32), end=np.array(end, I32), strides=np.array(strides, I32), **masks).shape
        for dtype, index in ((F32, I32), (F64, I64)):
            t(np.array(shape, index), np.array(begin, index), np.array(end, index), np.array(strides, index), t.random(tuple(kept), dtype), **masks)
    t.op("MirrorPadGrad")
    for mode in ("REFLECT", "SYMMETRIC"):
        for shape, paddings in (((7,), ((2, 1),)), ((6, 7), ((1, 2), (0, 2))), ((2, 5, 6, 3), ((0, 0), (1, 1), (2, 1), (0, 0)))):
            for dtype in (F32, F64):
                t(t.random(shape, dtype), np.array(paddings, I32), mode=mode)
    t.op("ScatterNd")
    t(np.array([[1], [3], [1]], I32), t.random((3, 4)), np.array([5, 4], I32))
    t(np.array([[1, 0], [3, 2]], I64), t.random((2,), F64), np.array([5, 4], I64))
    for op in ("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "TensorScatterMin", "TensorScatterMax"):
        t.op(op)
        for dtype in (F32, F64):
            t(t.random((5, 4), dtype), np.array([[1], [3]], I32), t.random((2, 4), dtype))
            t(t.random((5, 4), dtype), np.array([[1, 0], [3, 2]], I64), t.random((2,), dtype))


def linear(t):
    t.op("MatrixTriangularSolve")
    for lower in (True, False):
        for adjoint in (True, False):
            for dtype in (F32, F64):
                t(t.random((2, 4, 4), dtype, -1, 1) + 4 * np.eye(4, dtype=dtype), t.random((2, 4, 3), dtype), lower=lower, adjoint=adjoint)
    t.op("Qr")
    for shape in ((4, 4), (5, 3), (3, 5), (2, 4, 3)):
        for dtype in (F32, F64):
            t(t.random(shape, dtype), full_matrices=False)
    t.op("Zeta")
    t(t.random((4, 1), F64, 1.1, 9), t.random((1, 5), F64, 0.1, 20))
    t(t.random((7,), F32, 1.1, 9), t.random((7,), F32, 0.1, 20))
    t.op("Polygamma")
    t(np.array([[0], [1], [2], [3]], F64), t.random((1, 6), F64, 0.1, 20))
    t(np.array([1, 1, 2, 3], F32), t.random((4,), F32, 0.1, 20))
    t.op("SparseSoftmaxCrossEntropyWithLogits")
    for dtype, index in ((F32, I32), (F64, I64)):
        t(t.random((5, 7), dtype), np.asarray(t.rng.integers(0, 7, size=5)).astype(index))
    t.op("SoftmaxCrossEntropyWithLogits")
    for dtype in (F32, F64):
        labels = t.random((5, 7), dtype, 0, 1)
        t(t.random((5, 7), dtype), labels / labels.sum(axis=1, keepdims=True))
    t.op("Digamma")
    for dtype in (F32, F64):
        t(t.random((20,), dtype, 0.1, 20))


def convolution(t):
    """Sizes come from the forward op, whose result the gradient is of."""
    def conv(forward, x, f, strides, padding, dtype=F32, **attrs):
        inputs = {"input": t.random(x, dtype), "filter": t.random(f, dtype)}
        y = forward(strides=strides, padding=padding, **inputs, **attrs)
        return inputs["input"], inputs["filter"], t.random(tuple(y.shape), dtype)

    for op, forward, depthwise in (("Conv2DBackpropFilter", tf.raw_ops.Conv2D, False), ("DepthwiseConv2dNativeBackpropFilter", tf.raw_ops.DepthwiseConv2dNative, True),
                                   ("DepthwiseConv2dNativeBackpropInput", tf.raw_ops.DepthwiseConv2dNative, True)):
        t.op(op)
        for padding in ("VALID", "SAME"):
            for kernel in ((1, 1), (3, 3), (2, 4), (5, 5)):
                for stride in (1, 2, 3):
                    for channels, out in (((5, 1), (5, 2), (33, 1)) if depthwise else ((3, 4), (1, 7), (8, 33)))[:3 if kernel == (3, 3) and stride < 3 else 1]:
                        strides = [1, stride, stride, 1]
                        x, f, dy = conv(forward, (2, 9, 7, channels), (*kernel, channels, out), strides, padding)
                        first, second = (np.array(x.shape, I32), f) if op.endswith("Input") else (x, np.array(f.shape, I32))
                        t(first, second, dy, strides=strides, padding=padding)
        x, f, dy = conv(forward, (2, 6, 7, 3), (3, 2, 3, 2), [1, 1, 1, 1], "SAME", F64)
        t(*((np.array(x.shape, I32), f) if op.endswith("Input") else (x, np.array(f.shape, I32))), dy, strides=[1, 1, 1, 1], padding="SAME")
    for op in ("Conv3DBackpropFilterV2", "Conv3DBackpropInputV2"):
        t.op(op)
        for padding in ("VALID", "SAME"):
            for stride in (1, 2):
                strides = [1, stride, stride, stride, 1]
                x, f, dy = conv(tf.raw_ops.Conv3D, (2, 4, 5, 4, 3), (2, 3, 1, 3, 4), strides, padding)
                t(*((np.array(x.shape, I32), f) if "Input" in op else (x, np.array(f.shape, I32))), dy, strides=strides, padding=padding)


def pooling(t):
    def window(rank, size, stride):
        return {"ksize": [1] + [size] * rank + [1], "strides": [1] + [stride] * rank + [1]}

    for rank, suffix, shape in ((2, "", (2, 7, 6, 5)), (3, "3D", (2, 4, 5, 4, 3))):
        for padding in ("VALID", "SAME"):
            for size, stride in ((2, 2), (3, 2), (2, 1), (1, 2)):
                attrs = dict(window(rank, size, stride), padding=padding)
                x = t.op(f"MaxPool{suffix}Grad").random(shape)
                y = getattr(tf.raw_ops, f"MaxPool{suffix}")(input=x, **attrs).numpy()
                t(x, y, t.random(y.shape), **attrs)
                t.op(f"MaxPool{suffix}GradGrad")(x, y, t.random(x.shape), **attrs)
                t.op(f"AvgPool{suffix}Grad")(np.array(x.shape, I32), t.random(y.shape), **attrs)
    for padding in ("VALID", "SAME"):
        for size, stride in ((2, 2), (3, 1)):
            k, s = np.array([1, size, size, 1], I32), np.array([1, stride, stride, 1], I32)
            x = t.op("MaxPoolV2").random((2, 7, 6, 5))
            y = tf.raw_ops.MaxPoolV2(input=x, ksize=k, strides=s, padding=padding).numpy()
            t(x, k, s, padding=padding)
            t.op("MaxPoolGradV2")(x, y, t.random(y.shape), k, s, padding=padding)
    t.op("MaxPoolGrad")
    x = np.asarray(t.rng.integers(0, 3, size=(2, 6, 6, 4))).astype(F32)  # many equal maxima
    y = tf.raw_ops.MaxPool(input=x, **window(2, 3, 2), padding="SAME").numpy()
    t(x, y, t.random(y.shape), **window(2, 3, 2), padding="SAME", note="ties")


def normalisation(t):
    # The CPU kernels of the gradients are themselves the reference of what the reserve spaces hold.
    for op, shape in (("FusedBatchNormGradV3", (3, 4, 5, 7)), ("FusedBatchNormGradV3", (20, 5, 4, 17)), ("FusedBatchNormGradV3", (2, 1, 1, 3))):
        for training in (True, False):
            t.op(op)
            x = t.random(shape)
            mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
            t(t.random(shape), x, t.random(shape[-1:], F32, 0.5, 2), mean, variance, mean, epsilon=1e-3, is_training=training)


def others(t):
    t.op("Concat")
    for axis in (0, 1):
        t(np.int32(axis), [t.random((2, 3)), t.random((2, 3))])
    t.op("BiasAddV1")
    t(t.random((4, 5)), t.random((5,)))
    t.op("IdentityN")
    t([t.random((2, 3)), t.random((4,), F64), np.arange(3)])
    t.op("CheckNumerics")
    t(t.random((2, 3)), message="")
    t.op("EnsureShape")
    t(t.random((2, 3)), shape=[None, 3])
    t.op("ReverseSequence")
    for dtype in (F32, F64):
        t(t.random((3, 5, 2), dtype), np.array([2, 5, 0], I64), seq_dim=1, batch_dim=0)
        t(t.random((4, 3, 2), dtype), np.array([4, 1, 2], I32), seq_dim=0, batch_dim=1)
    t.op("MatrixBandPart")
    for dtype in (F32, F64):
        for lower, upper in ((0, 0), (1, -1), (-1, 0), (1, 2)):
            t(t.random((2, 4, 5), dtype), np.int64(lower), np.int64(upper))
    for align in ("RIGHT_LEFT", "LEFT_RIGHT"):
        for dtype in (F32, F64):
            zero = np.zeros((), dtype)
            t.op("MatrixDiagV3")(t.random((2, 3), dtype), np.int32(0), np.int32(-1), np.int32(-1), zero, align=align)
            t.op("MatrixDiagV3")(t.random((2, 3, 4), dtype), np.array([-1, 1], I32), np.int32(4), np.int32(4), zero, align=align)
            t.op("MatrixDiagPartV3")(t.random((2, 4, 5), dtype), np.array([-1, 2], I32), zero, align=align)
            t.op("MatrixDiagPartV3")(t.random((3, 3), dtype), np.int32(1), zero, align=align)
            t.op("MatrixSetDiagV3")(t.random((2, 4, 5), dtype), t.random((2, 4), dtype), np.int32(0), align=align)
            t.op("MatrixSetDiagV3")(t.random((4, 4), dtype), t.random((3, 4), dtype), np.array([-1, 1], I32), align=align)


def cases(t):
    elementwise(t)
    array(t)
    linear(t)
    convolution(t)
    pooling(t)
    normalisation(t)
    others(t)
