"""Ops on sparse tensors, and those that deal rows out and put them together."""
import numpy as np
import tensorflow as tf

from .table import F32, F64, I32, I64


def shapes(t):
    t.op("SparseReshape")
    index = np.array([[0, 1], [1, 0], [2, 3]], I64)
    for shape in ([12], [4, 3], [-1], [2, -1, 3], [3, 4], [1, 12, 1]):
        t(index, np.array([3, 4], I64), np.array(shape, I64))
    t(np.zeros((0, 2), I64), np.array([3, 4], I64), np.array([6, -1], I64))
    t(np.zeros((0, 2), I64), np.array([0, 4], I64), np.array([4, 0], I64))
    t.op("SparseFillEmptyRows")
    words = np.array(["a", "b", "c", "d"], dtype=object)
    for rows in ([0, 1, 1, 3], [0, 0, 0, 0], [3, 0, 3, 1], [1, 2, 4, 5]):
        index = np.stack([rows, range(4)], 1).astype(I64)
        for size in (6, 7):
            for values, default in ((words, np.array("", dtype=object)), (t.random((4,)), F32(-1)), (t.random((4,), F64), F64(2)), (t.random((4,), I64), I64(0))):
                t(index, values, np.array([size, 4], I64), default)
    t(np.zeros((0, 2), I64), t.random((0,)), np.array([3, 5], I64), F32(1))
    t(np.zeros((0, 2), I64), t.random((0,)), np.array([0, 5], I64), F32(1))
    t(np.array([[1], [0]], I64), t.random((2,), I64), np.array([3], I64), I64(9))


def segments(t):
    for name in ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"):
        for told in (False, True):
            t.op(name + ("WithNumSegments" if told else ""))
            for dtype in (F32, F64, I32, I64) if name.endswith("Sum") else (F32, F64):
                for index in (I32, I64):
                    for shape, ids in (((5, 3), [0, 0, 1, 3]), ((4,), [0, 1, 1, 1]), ((6, 2, 3), [2, 2]), ((3, 4), [])):
                        rows = t.random((len(ids),), index, 0, shape[0])
                        more = [np.array(5, index)] if told else []
                        t(t.random(shape, dtype), rows, np.array(ids, index), *more)
            ids = np.sort(t.random((200,), I32, 0, 30))
            t(t.random((50, 17)), t.random((200,), I32, 0, 50), ids, *([I32(40)] if told else []))


def parts(t):
    t.op("DynamicPartition")
    for shape, index in (((6,), (6,)), ((6, 3), (6,)), ((2, 3, 4), (2, 3)), ((0, 2), (0,)), ((3,), ())):
        for dtype in (F32, F64, I64):
            t(t.random(shape, dtype), t.random(index, I32, 0, 3), num_partitions=3)
    t(np.array(["a", "b", "c"], dtype=object), np.array([1, 0, 1], I32), num_partitions=2)
    for name in ("DynamicStitch", "ParallelDynamicStitch"):
        t.op(name)
        for dtype in (F32, F64, I64):
            t([np.array([0, 3], I32), np.array([2, 1], I32)], [t.random((2, 3), dtype), t.random((2, 3), dtype)])
            t([np.array(6, I32), np.array([4, 1], I32), np.array([[5, 2], [0, 3]], I32)], [t.random((2,), dtype), t.random((2, 2), dtype), t.random((2, 2, 2), dtype)])
        t([np.zeros((0,), I32), np.array([1, 0], I32)], [np.zeros((0,), dtype=object), np.array(["x", "y"], dtype=object)])
    t.op("DynamicStitch")
    # Not in floats: TensorFlow's gradient of what is overwritten is no derivative.
    t([np.array([0, 1], I32), np.array([1, 0, 2], I32)], [t.random((2,), I64), t.random((3,), I64)])
    t.op("StringSplit")
    texts = np.array(["a b", "", " x  y ", "a,b c", "é"], dtype=object)
    for skip in (True, False):
        for separator in (" ", ", ", ","):
            t(texts, np.array(separator, dtype=object), skip_empty=skip)
        t(texts[:4], np.array("", dtype=object), skip_empty=skip)
    t(np.zeros((0,), dtype=object), np.array(" ", dtype=object))


def example(**features):
    """Bytes that are UTF-8, too, as the records are: floats without high bits, small integers."""
    made = tf.train.Example()
    for name, values in features.items():
        feature = made.features.feature[name]
        if values and isinstance(values[0], str):
            feature.bytes_list.value.extend(v.encode() for v in values)
        elif values and isinstance(values[0], float):
            feature.float_list.value.extend(values)
        elif values:
            feature.int64_list.value.extend(values)
    return made.SerializeToString().decode()


def examples(t):
    texts = [example(w=["a", "bc"], f=[2.0, 0.5], i=[3], g=[8.0, 32.0], r=[4, 5], q=["x"]), example(f=[0.5, 0.5], g=[], w=[], q=["yy", "z"]),
             example(w=[""], i=[1, 2, 100], f=[8.0, 2.0], g=[2.0, 2.0, 2.0, 2.0], r=[6])]
    one, none = np.array(texts, dtype=object), np.zeros((0,), dtype=object)

    def keys(*names):
        return np.array(list(names), dtype=object)

    t.op("ParseExampleV2")
    wanted = dict(num_sparse=2, sparse_types=[tf.string, tf.int64], ragged_value_types=[tf.int64, tf.string], ragged_split_types=[tf.int32, tf.int64],
                  dense_shapes=[[2], [None, 2], [1]])
    defaults = [np.zeros((0,), F32), np.array([7], F32), np.array(["none"], dtype=object)]
    for serialized in (one, one[:1], one[1:2], none):
        t(serialized, none, keys("w", "i"), keys("f", "g", "x"), keys("r", "q"), defaults, **wanted)
    plain = dict(num_sparse=1, sparse_types=[tf.string], ragged_value_types=[], ragged_split_types=[], dense_shapes=[[2]])
    t(np.array(texts[0], dtype=object), none, keys("w"), keys("f"), keys(), [np.zeros((0,), F32)], **plain)
    t(np.array(example(i=[5]), dtype=object), none, keys("w"), keys("h"), keys(), [np.array([1, 2], F32)], **plain)
    t.op("ParseExample")
    t(one, none, [np.array("w", dtype=object), np.array("i", dtype=object)], [np.array("f", dtype=object), np.array("y", dtype=object)],
      [np.zeros((0,), F32), np.array([4, 5], I64)], sparse_types=[tf.string, tf.int64], dense_shapes=[[2], [2]])


def cases(t):
    examples(t)
    shapes(t)
    segments(t)
    parts(t)
