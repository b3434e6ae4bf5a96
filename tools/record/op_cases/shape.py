"""Identity, casts, shapes, reshaping, joining and cutting."""
import numpy as np
import tensorflow as tf

from .table import BF16, F16, F32, F64, FLOATS, I8, I16, I32, I64, INTS, NUMBERS, SIGNED, U8, U16, U32, U64, specials

ANY = NUMBERS + (np.bool_,)
WORDS = np.array([["a", "bc", ""], ["def", "é", "ghij"]], object)


def cast(t):
    t.op("Cast")
    for source in ANY + (BF16,):
        for target in ANY + (BF16,):
            if source == np.bool_:
                x = np.array([True, False, True])
            elif np.dtype(source).kind in "iu":
                info = np.iinfo(source)
                x = np.array([0, 1, 2, 100, info.max, info.max // 3, info.min, info.min // 3 + 7], source)
            else:
                whole = target == np.bool_ or target not in INTS
                low = [] if np.dtype(target).kind == "u" else [-0.1, -0.9, -1.0, -1.5, -2.7, -100.9]
                x = np.array([0.0, -0.0, 0.1, 0.5, 0.9, 1.0, 1.5, 2.5, 2.7, 99.99] + low, source)
                if whole:
                    far = [1e30, -1e30] if source != F16 else [60000.0]
                    x = np.concatenate([x, np.array([np.inf, -np.inf, np.nan] + far, source)])
            t(x, DstT=tf.as_dtype(target))
    t(np.zeros((0, 3), F32), DstT=tf.int32)
    t(F32(-3.99), DstT=tf.int64)
    t(t.random((5, 7, 41), F32, -1e4, 1e4), DstT=tf.float16)
    t(t.random((1031,), F64, -1e9, 1e9), DstT=tf.int32)
    t(t.random((1031,), I64, -2**62, 2**62), DstT=tf.float32)


def same(t):
    for op in ("Identity", "StopGradient", "ZerosLike", "OnesLike", "Snapshot"):
        t.op(op)
        for dtype in ANY:
            t(t.random((2, 3), dtype))
        for shape in ((), (0,), (1,), (2, 0, 3), (2, 1, 3, 1, 5)):
            t(t.random(shape))
        if op not in ("OnesLike", "Snapshot"):
            t(WORDS)
    for op in ("Shape", "Size"):
        t.op(op)
        for shape in ((), (0,), (7,), (2, 0, 3), (2, 3), (1, 2, 3, 4, 5, 6)):
            for out in (tf.int32, tf.int64):
                t(t.random(shape), out_type=out)
        t(WORDS, out_type=tf.int32)
        t(np.array([True]), out_type=tf.int32)
    t.op("ShapeN")
    t([t.random((2, 3)), t.random(()), t.random((0, 4))], out_type=tf.int32)
    t([t.random((2, 3))], out_type=tf.int64)
    t.op("Rank")
    for shape in ((), (0,), (7,), (2, 0, 3), (1, 2, 3, 4, 5, 6)):
        t(t.random(shape))
    t(WORDS)


def reshaping(t):
    t.op("Reshape")
    for shape, to in (((2, 3), (6,)), ((2, 3), (3, 2)), ((2, 3, 4), (-1, 4)), ((2, 3, 4), (2, -1)), ((1,), ()), ((), (1, 1)),
                      ((0, 3), (3, 0)), ((0, 3), (-1, 3)), ((6,), (1, -1, 2)), ((2, 3), (-1,))):
        t(t.random(shape), np.array(to, I32))
    t(t.random((2, 6), I64), np.array((3, -1), I64))
    t(t.random((2, 6), np.bool_), np.array((4, 3), I32))
    t(t.random((2, 6), U8), np.array((12,), I32))
    t(WORDS, np.array((3, 2), I32))
    t.op("ExpandDims")
    for axis in (0, 1, 2, 3, -1, -2, -4):
        t(t.random((2, 3, 4)), I32(axis))
    t(t.random(()), I32(0))
    t(t.random((3,), I32), I64(-1))
    t(t.random((3,)), np.array([1], I32))
    t(WORDS, I32(0))
    t.op("Squeeze")
    for shape, axes in (((1, 2, 1, 3, 1), ()), ((1, 2, 1, 3, 1), (0,)), ((1, 2, 1, 3, 1), (2, 4)), ((1, 2, 1, 3, 1), (-1,)),
                        ((1, 2, 1, 3, 1), (-3, 0)), ((1, 1), ()), ((2, 3), ()), ((1, 0), (0,))):
        t(t.random(shape), axis=list(axes))
    t(t.random((1, 3), np.bool_), axis=[0])
    t(WORDS[:1], axis=[0])
    t.op("Transpose")
    for shape, perm in (((2, 3), (1, 0)), ((2, 3), (0, 1)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (0, 2, 1)), ((2, 3, 4, 5), (0, 3, 1, 2)),
                        ((2, 3, 4, 5), (0, 2, 3, 1)), ((2, 3, 4, 5), (3, 2, 1, 0)), ((2, 3, 4, 5), (0, 2, 1, 3)), ((5,), (0,)), ((), ()),
                        ((2, 1, 3, 2, 2), (4, 1, 0, 3, 2)), ((2, 1, 3, 2, 2, 3), (5, 0, 4, 1, 3, 2)), ((0, 3), (1, 0)), ((37, 41), (1, 0)),
                        ((1, 3, 1, 5), (3, 2, 1, 0))):
        t(t.random(shape), np.array(perm, I32))
    for dtype in ANY:
        t(t.random((3, 2, 5), dtype), np.array((1, 2, 0), I64))
    t(WORDS, np.array((1, 0), I32))
    t.op("BroadcastTo")
    for shape, to in (((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2, 2)), ((1, 3, 1), (5, 2, 3, 4)), ((2, 3), (2, 3)), ((1,), (0,)), ((), ())):
        t(t.random(shape), np.array(to, I32))
    for dtype in ANY:
        t(t.random((3, 1), dtype), np.array((2, 3, 2), I64))
    t.op("Tile")
    for shape, times in (((3,), (2,)), ((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2, 1, 3), (1, 4, 2)), ((), ()), ((2, 3), (0, 2)), ((0, 3), (2, 2)),
                         ((2, 2, 1, 3), (1, 3, 2, 2))):
        t(t.random(shape), np.array(times, I32))
    for dtype in (F64, F16, I32, I64, U8, np.bool_):
        t(t.random((3, 2), dtype), np.array((2, 3), I64))
    t(WORDS, np.array((2, 1), I32))


def joining(t):
    t.op("Pack")
    for axis in (0, 1, 2, -1, -2, -3):
        t([t.random((2, 3)) for _ in range(3)], axis=axis)
    t([t.random(()) for _ in range(4)], axis=0)
    t([t.random((2,))], axis=1)
    t([t.random((0, 2)), t.random((0, 2))], axis=1)
    for dtype in (F64, F16, I32, I64, U8, np.bool_):
        t([t.random((2, 3), dtype) for _ in range(2)], axis=1)
    t([WORDS, WORDS], axis=0)
    t.op("Unpack")
    for axis in (0, 1, 2, -1, -3):
        t(t.random((2, 3, 4)), num=(2, 3, 4)[axis], axis=axis)
    t(t.random((3,), I32), num=3, axis=0)
    t(t.random((2, 1), np.bool_), num=1, axis=1)
    t(t.random((2, 0, 3)), num=2, axis=0)
    t(WORDS, num=2, axis=0)
    t.op("ConcatV2")
    for shapes, axis in ((((2, 3), (4, 3)), 0), (((2, 3), (2, 5)), 1), (((2, 3), (2, 5), (2, 1)), -1), (((2, 3, 4), (2, 1, 4)), -2),
                         (((3,), (0,), (2,)), 0), (((0, 2), (3, 2)), 0), (((2, 3), (2, 0)), 1), (((1, 4, 4, 3), (1, 4, 4, 5)), 3), (((2, 3), (2, 3)), 0),
                         (((5, 7, 33), (5, 7, 31)), 2)):
        t([t.random(s) for s in shapes], I32(axis))
    for dtype in ANY:
        t([t.random((2, 2), dtype), t.random((2, 3), dtype)], I64(-1))
    t([WORDS, WORDS], I32(0))
    t.op("Split")
    for shape, axis, num in (((4, 6), 0, 2), ((4, 6), 1, 3), ((4, 6), -1, 2), ((2, 3, 4), 1, 3), ((4,), 0, 1), ((0, 4), 1, 2)):
        t(I32(axis), t.random(shape), num_split=num)
    for dtype in (F64, F16, I32, I64, U8, np.bool_):
        t(I32(1), t.random((2, 4), dtype), num_split=2)
    t(I32(-1), WORDS, num_split=3)
    t.op("SplitV")
    for shape, sizes, axis in (((7, 2), (3, 4), 0), ((2, 7), (1, 2, 4), 1), ((2, 7), (1, -1, 4), -1), ((5,), (5,), 0), ((5,), (0, 5), 0), ((2, 3, 5), (2, 1), 1)):
        t(t.random(shape), np.array(sizes, I32), I32(axis), num_split=len(sizes))
    t(t.random((6, 2), I64), np.array((4, 2), I64), I32(0), num_split=2)
    t(WORDS, np.array((1, 2), I32), I32(1), num_split=2)


def slicing(t):
    t.op("Slice")
    for shape, begin, size in (((5,), (1,), (3,)), ((5, 6), (1, 2), (3, -1)), ((5, 6), (0, 0), (-1, -1)), ((2, 3, 4), (1, 0, 2), (1, 3, 2)),
                               ((5,), (2,), (0,)), ((5, 6), (4, 5), (1, 1)), ((), (), ()), ((2, 3, 4, 5), (0, 1, 1, 2), (2, 2, 3, 3))):
        t(t.random(shape), np.array(begin, I32), np.array(size, I32))
    for dtype in ANY:
        t(t.random((4, 3), dtype), np.array((1, 1), I64), np.array((2, -1), I64))
    t(WORDS, np.array((0, 1), I32), np.array((2, 2), I32))
    t.op("StridedSlice")
    for index in STRIDED:
        strided(t, t.random((5, 6, 7)), index)
    for index in STRIDED[:12]:
        strided(t, t.random((5, 6, 7), I32), index, I64)
    for dtype in ANY:
        strided(t, t.random((4, 5), dtype), (slice(1, None), slice(None, None, -2)))
    strided(t, WORDS, (0,))
    strided(t, WORDS, (slice(None), slice(None, None, 2)))
    for index in (slice(2, 5), slice(None, None, -1), slice(-3, -1), slice(10, 20), slice(-100, 3), slice(5, 2), slice(5, 2, -1), 3, -1, None, Ellipsis):
        strided(t, t.random((8,), I32), (index,))
    strided(t, t.random(()), (None,))
    strided(t, t.random(()), (Ellipsis,))
    strided(t, t.random((0, 3)), (slice(None), slice(1, None)))
    # An int given past begin's mask bits: shrink wins over the masks on the same place.
    t(t.random((3, 4)), np.array([1, 0], I32), np.array([2, 0], I32), np.array([1, 1], I32), begin_mask=2, end_mask=2, ellipsis_mask=0,
      new_axis_mask=0, shrink_axis_mask=1)
    t(t.random((3, 4)), np.array([1, 1], I32), np.array([9, 9], I32), np.array([1, 1], I32), begin_mask=3, end_mask=3, ellipsis_mask=0,
      new_axis_mask=3, shrink_axis_mask=0)


STRIDED = [
    (0,), (-1,), (slice(1, 4),), (slice(None, None, 2),), (slice(None, None, -1),), (Ellipsis, 0), (Ellipsis, -1), (0, Ellipsis), (slice(None), 2),
    (slice(None), slice(None), 3), (None,), (Ellipsis, None), (slice(None), None), (1, 2, 3), (1, slice(2, 5), -1), (slice(4, 1, -2), slice(None), slice(5, None, -3)),
    (None, 1, None, slice(1, 3)), (slice(1, 3), Ellipsis, slice(-2, None)), (Ellipsis, slice(None, None, 3)), (0, Ellipsis, None), (None, Ellipsis, None),
    (slice(3, 3),), (slice(None), slice(5, 1)), (slice(-4, -1), slice(-5, -2, 2), slice(-1, -6, -2)), (slice(None, 100), slice(-100, None)), (Ellipsis,),
    (slice(None), slice(None), slice(None)), (slice(None), Ellipsis, 1, slice(None)), (slice(2, None), slice(None, -1)), (None, None, 0, 0, 0),
    (slice(1, 2), slice(1, 2), slice(1, 2)), (slice(None), slice(None, None, -1)), (slice(None), -2, slice(6, None, -1)),
]


def strided(t, x, index, dtype=I32):
    """Writes a Python index as the op's begin, end, strides and masks, as tf.Tensor.__getitem__ does."""
    begin, end, strides, masks = [], [], [], dict(begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0)
    for i, item in enumerate(index):
        b, e, s = 0, 0, 1
        if item is None:
            masks["new_axis_mask"] |= 1 << i
        elif item is Ellipsis:
            masks["ellipsis_mask"] |= 1 << i
        elif isinstance(item, slice):
            b, e, s = item.start or 0, item.stop or 0, item.step or 1
            masks["begin_mask"] |= (item.start is None) << i
            masks["end_mask"] |= (item.stop is None) << i
        else:
            b, e = item, item + 1
            masks["shrink_axis_mask"] |= 1 << i
        begin.append(b), end.append(e), strides.append(s)
    t(x, np.array(begin, dtype), np.array(end, dtype), np.array(strides, dtype), note=str(index), **masks)


def cases(t):
    same(t)
    cast(t)
    reshaping(t)
    joining(t)
    slicing(t)
