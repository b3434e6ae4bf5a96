"""Records values and gradients of control flow and of lists of tensors: tests/graph/data/control_flow.npz. The test
builds the same functions (tests/graph/control_flow/recorded_test.cpp).

    python tools/record/record_control_flow.py        # TensorFlow 2.15.1, CPU
"""
import os
import pathlib
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow as tf

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/graph/data/control_flow.npz"
raw = tf.raw_ops
rng = np.random.default_rng(7)


def floats(*shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def cond(p, x, w):
    return tf.cond(p, lambda: tf.tanh(x * w) * x, lambda: x - w * w)


def switch_case(i, x):
    return tf.switch_case(i, [lambda: x * x, lambda: tf.exp(x), lambda: tf.sin(x) * 2.0])


def loop(n, x, w, b):
    return tf.while_loop(lambda i, h: i < n, lambda i, h: (i + 1, tf.tanh(h @ w + b)), [0, x])[1]


def exchange(n, a, b):
    return tf.while_loop(lambda i, a, b: i < n, lambda i, a, b: (i + 1, b, a * b), [0, a, b])[2]


def grow(n, x, w):
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.concat([y, y * w], 0)), [0, x],
                         shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])[1]


def nested(n, x, w):
    def body(i, y):
        inner = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, tf.sin(z * w) + y), [0, y])[1]
        return i + 1, inner * x
    return tf.while_loop(lambda i, y: i < n, body, [0, x])[1]


def cond_in_loop(n, x, w):
    def body(i, y):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.tanh(y * w), lambda: y + x * y)
    return tf.while_loop(lambda i, y: i < n, body, [0, x])[1]


def loop_in_cond(p, n, x, w):
    return tf.cond(p, lambda: loop(n, x, w, x[0]), lambda: x * 2.0)


def until(x):
    """As many turns as the values ask for."""
    return tf.while_loop(lambda y: tf.reduce_sum(tf.abs(y)) > 0.1, lambda y: (y * y * 0.5,), [x])[0]


def bounded(x):
    return tf.while_loop(lambda y: True, lambda y: (tf.sin(y) * y,), [x], maximum_iterations=3)[0]


def recurrent(x, kernel, recurrent_kernel, state):
    """x: time, batch, features."""
    steps = tf.shape(x)[0]
    inputs = tf.TensorArray(tf.float32, steps).unstack(x)
    outputs = tf.TensorArray(tf.float32, steps)

    def body(t, outputs, h):
        h = tf.tanh(inputs.read(t) @ kernel + h @ recurrent_kernel)
        return t + 1, outputs.write(t, h), h
    _, outputs, h = tf.while_loop(lambda t, *_: t < steps, body, (0, outputs, state))
    return tf.concat([tf.reshape(outputs.stack(), [-1]), tf.reshape(h, [-1])], 0)


# ---- lists ----

def attrs(**more):
    return dict(element_dtype=tf.float32, **more)


def push_pop(x, y):
    a = raw.EmptyTensorList(element_shape=tf.constant([-1]), max_num_elements=-1, **attrs())
    for t in (x, y, x * y):
        a = raw.TensorListPushBack(input_handle=a, tensor=t)
    a, last = raw.TensorListPopBack(input_handle=a, element_shape=tf.constant([-1]), **attrs())
    return last * 2.0 + raw.TensorListStack(input_handle=a, element_shape=tf.constant([3]), num_elements=2, **attrs())


def set_get(x, y):
    a = raw.TensorListReserve(element_shape=tf.constant([3]), num_elements=4, **attrs())
    a = raw.TensorListSetItem(input_handle=a, index=1, item=x)
    a = raw.TensorListSetItem(input_handle=a, index=3, item=x * y)
    a = raw.TensorListSetItem(input_handle=a, index=1, item=y)
    got = raw.TensorListGetItem(input_handle=a, index=3, element_shape=tf.constant([3]), **attrs())
    unset = raw.TensorListGetItem(input_handle=a, index=0, element_shape=tf.constant([3]), **attrs())
    return got * got + unset + raw.TensorListStack(input_handle=a, element_shape=tf.constant([3]), **attrs())


def from_tensor(m):
    a = raw.TensorListFromTensor(tensor=m, element_shape=tf.constant([3]))
    second = raw.TensorListGetItem(input_handle=a, index=1, element_shape=tf.constant([3]), **attrs())
    return raw.TensorListStack(input_handle=a, element_shape=tf.constant([-1]), **attrs()) * second


def gather_scatter(m):
    a = raw.TensorListScatterV2(tensor=m, indices=tf.constant([3, 0]), element_shape=tf.constant([3]), num_elements=5)
    a = raw.TensorListScatterIntoExistingList(input_handle=a, tensor=m * m, indices=tf.constant([1, 3]))
    return raw.TensorListGather(input_handle=a, indices=tf.constant([3, 2, 0, 3, 1]), element_shape=tf.constant([3]),
                                **attrs())


def resize(x, y):
    a = raw.TensorListReserve(element_shape=tf.constant([3]), num_elements=2, **attrs())
    a = raw.TensorListSetItem(input_handle=a, index=0, item=x)
    a = raw.TensorListSetItem(input_handle=a, index=1, item=y)
    more = raw.TensorListResize(input_handle=a, size=3)
    less = raw.TensorListResize(input_handle=a, size=1)
    return tf.concat([raw.TensorListStack(input_handle=more, element_shape=tf.constant([3]), **attrs()) * 2.0,
                      raw.TensorListStack(input_handle=less, element_shape=tf.constant([3]), **attrs())], 0)


def concat_split(m):
    a = raw.TensorListSplit(tensor=m, element_shape=tf.constant([-1, 3]), lengths=tf.constant([1, 0, 1], tf.int64))
    values, lengths = raw.TensorListConcatV2(input_handle=a, element_shape=tf.constant([-1, 3]),
                                             leading_dims=tf.constant([], tf.int64), **attrs())
    return values * values * tf.cast(tf.reduce_sum(lengths), tf.float32)


def lengths(m):
    a = raw.TensorListFromTensor(tensor=m, element_shape=tf.constant([-1]))
    shape = raw.TensorListElementShape(input_handle=a, shape_type=tf.int32)
    return m * tf.cast(raw.TensorListLength(input_handle=a) + tf.reduce_sum(shape), tf.float32)


N = np.int32
x3, w3, m23 = floats(3), floats(3), floats(2, 3)
CASES = {
    "cond_true": (cond, [np.bool_(True), x3, w3]),
    "cond_false": (cond, [np.bool_(False), x3, w3]),
    "switch_0": (switch_case, [N(0), x3]),
    "switch_1": (switch_case, [N(1), x3]),
    "switch_9": (switch_case, [N(9), x3]),
    "loop_0": (loop, [N(0), floats(2, 3), floats(3, 3), floats(3)]),
    "loop_1": (loop, [N(1), floats(2, 3), floats(3, 3), floats(3)]),
    "loop_4": (loop, [N(4), floats(2, 3), floats(3, 3), floats(3)]),
    "exchange": (exchange, [N(4), x3, w3]),
    "grow": (grow, [N(3), x3, np.float32(0.5)]),
    "nested": (nested, [N(4), x3, w3]),
    "cond_in_loop": (cond_in_loop, [N(5), x3, w3]),
    "loop_in_cond_true": (loop_in_cond, [np.bool_(True), N(3), floats(3, 3), floats(3, 3)]),
    "loop_in_cond_false": (loop_in_cond, [np.bool_(False), N(3), floats(3, 3), floats(3, 3)]),
    "until": (until, [x3]),
    "bounded": (bounded, [x3]),
    "recurrent": (recurrent, [floats(5, 2, 3), floats(3, 4), floats(4, 4), floats(2, 4)]),
    "push_pop": (push_pop, [x3, w3]),
    "set_get": (set_get, [x3, w3]),
    "from_tensor": (from_tensor, [m23]),
    "gather_scatter": (gather_scatter, [m23]),
    "resize": (resize, [x3, w3]),
    "concat_split": (concat_split, [m23]),
    "lengths": (lengths, [m23]),
}


def main():
    arrays = {}
    for name, (function, inputs) in CASES.items():
        tensors = [tf.constant(v) for v in inputs]
        sources = [t for t in tensors if t.dtype.is_floating]

        @tf.function(autograph=False)
        def run(*tensors):
            sources = [t for t in tensors if t.dtype.is_floating]
            y = function(*tensors)
            weights = tf.cos(tf.range(tf.cast(tf.size(y), tf.float32)))
            loss = tf.reduce_sum(tf.reshape(y, [-1]) * weights)
            return y, tf.gradients(loss, sources, unconnected_gradients="zero")

        y, gradients = run(*tensors)
        for i, t in enumerate(inputs):
            arrays[f"{name}/input_{i}"] = np.asarray(t)
        arrays[f"{name}/output"] = y.numpy()
        for i, g in enumerate(gradients):
            arrays[f"{name}/gradient_{i}"] = g.numpy()
    with zipfile.ZipFile(OUT, "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    print(len(CASES), "cases,", OUT.stat().st_size, "bytes")


main()
