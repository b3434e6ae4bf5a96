"""Runs an op of TensorFlow on given inputs and collects attributes, inputs and outputs."""
import inspect
import zlib

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry, ops

F16, F32, F64 = np.float16, np.float32, np.float64
I8, I16, I32, I64 = np.int8, np.int16, np.int32, np.int64
U8, U16, U32, U64 = np.uint8, np.uint16, np.uint32, np.uint64
FLOATS = (F32, F64, F16)
SIGNED = (I32, I64, I8, I16)
INTS = SIGNED + (U8, U16, U32, U64)
NUMBERS = FLOATS + INTS
BF16 = tf.bfloat16.as_numpy_dtype
# Later outputs are private to the kernel, or TensorFlow differentiates them only in part.
DIFFERENTIATED_OUTPUTS = {"FusedBatchNormV3": 1, "FusedBatchNormGradV3": 3, "CTCLoss": 1, "SoftmaxCrossEntropyWithLogits": 1, "SparseSoftmaxCrossEntropyWithLogits": 1, "TopKV2": 1}


def specials(dtype):
    """Values at the edges of a floating-point type; no subnormals, which TensorFlow flushes to zero."""
    info = tf.experimental.numpy.finfo(dtype)
    one = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 2.0, 100.25, np.inf, -np.inf, np.nan]
    return np.array(one + [float(info.max), float(info.min), float(info.tiny)], dtype)


def attr_value(attr):
    """An AttrValue as JSON: types by name, shapes as lists (-1 unknown) or null, lists as lists."""
    kind = attr.WhichOneof("value")
    one = {
        "s": lambda v: v.decode(), "i": int, "f": float, "b": bool,
        "type": lambda v: tf.dtypes.as_dtype(v).name,
        "shape": lambda v: None if v.unknown_rank else [d.size for d in v.dim],
    }
    if kind == "list":
        for name, convert in one.items():
            values = getattr(attr.list, name)
            if len(values):
                return [convert(v) for v in values]
        return []
    return one[kind](getattr(attr, kind))


class Table:
    def __init__(self):
        self.ops = {}       # op -> [case entry]
        self.arrays = {}    # op -> {key: array}
        self.refused = []   # what TensorFlow has no kernel for
        self.gradients = {}        # op -> [gradient entry]
        self.gradient_arrays = {}  # op -> {key: array}
        self.rng = None
        self._op = None

    def op(self, name):
        """Chooses the op that later calls mean; each has its own seeded numbers, so that adding one changes no other."""
        self._op = name
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        return self

    def random(self, shape, dtype=F32, low=None, high=None):
        dtype = np.dtype(dtype)
        if dtype == np.bool_:
            return self.rng.random(shape) < 0.5
        if dtype.kind in "iu":
            lo = (0 if dtype.kind == "u" else -9) if low is None else low
            return np.asarray(self.rng.integers(lo, 10 if high is None else high, size=shape)).astype(dtype)
        if low is None:
            return np.asarray(self.rng.normal(0.0, 2.0, size=shape)).astype(dtype)
        return np.asarray(self.rng.uniform(low, high, size=shape)).astype(dtype)

    def _arguments(self, inputs, attrs):
        raw = getattr(tf.raw_ops, self._op)
        parameters = [p for p in inspect.signature(raw).parameters if p != "name"]
        arg_names = [a.name for a in op_def_registry.get(self._op).input_arg]
        left = [p for p in parameters if p not in arg_names and p not in attrs]
        arguments = dict(attrs)
        for name, value in zip(arg_names, inputs, strict=True):
            arguments[name if name in parameters else left.pop(0)] = value
        return raw, arguments

    def __call__(self, *inputs, outputs=None, note=None, **attrs):
        """One case. An input is an array or (for ops taking many) a list of arrays. `outputs`, when given, replace
        what the op's own kernel yields: for what TensorFlow's CPU kernel refuses but its composed functions define."""
        def plain(x):
            return tf.constant(x, tf.string) if isinstance(x, np.ndarray) and x.dtype.kind in "OSU" else tf.constant(x)

        tensors = [[plain(y) for y in x] if isinstance(x, list) else plain(x) for x in inputs]
        raw, arguments = self._arguments(tensors, attrs)
        composed = outputs is not None
        try:
            if outputs is None:
                outputs = raw(**arguments)
        except (tf.errors.NotFoundError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, TypeError) as e:
            self.refused.append((self._op, [getattr(x, "dtype", None) for x in inputs], str(e).split("\n")[0][:150]))
            return
        if isinstance(outputs, tuple) or isinstance(outputs, list):
            outputs = [y for x in outputs for y in (x if isinstance(x, list) else [x])]
        else:
            outputs = [outputs]
        with tf.Graph().as_default():
            def hold(t):
                return tf.compat.v1.placeholder(t.dtype, t.shape)
            made = [[hold(y) for y in x] if isinstance(x, list) else hold(x) for x in tensors]
            _, graph_arguments = self._arguments(made, attrs)
            raw(**graph_arguments)
            node = [o for o in tf.compat.v1.get_default_graph().get_operations() if o.type == self._op][-1].node_def
        flat = [y for x in tensors for y in (x if isinstance(x, list) else [x])]
        case = self._store(node, flat, outputs, note)
        if not composed:
            self._differentiate(case, tensors, attrs, flat)

    def _differentiate(self, case, tensors, attrs, flat):
        """The gradients of the float inputs for random gradients of the float outputs, by the op's own rule."""
        op = self._op
        watched = [x for x in flat if x.dtype in (tf.float32, tf.float64)]
        if not watched or any(x.dtype in (tf.float16, tf.bfloat16) for x in flat):
            return
        if op == "Digamma" and np.any(np.asarray(flat[0]) <= 0):
            return  # TensorFlow's trigamma is wrong below zero
        if op.startswith("SparseSegment") and not flat[2].shape[0]:
            return  # TensorFlow gives memory that nobody filled
        if op == "StatelessRandomGammaV2":
            return  # not differentiated here
        try:
            if ops.gradient_registry.lookup(op) is None:
                return
        except LookupError:
            return
        raw, arguments = self._arguments(tensors, attrs)
        rng = np.random.default_rng(zlib.crc32(f"{op} {case} gradient".encode()))
        with tf.GradientTape() as tape:
            tape.watch(watched)
            outputs = raw(**arguments)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        outputs = outputs[:DIFFERENTIATED_OUTPUTS.get(op, len(outputs))]
        given = [np.asarray(rng.normal(0.0, 1.0, size=y.shape)).astype(y.dtype.as_numpy_dtype) if y.dtype.is_floating else None for y in outputs]
        targets = [y for y, g in zip(outputs, given) if g is not None]
        if any(y.dtype.is_complex for y in outputs):
            return  # complex numbers: tests/ops/signal_test.cpp
        try:
            found = tape.gradient(targets, watched, [tf.constant(g) for g in given if g is not None])
        except (tf.errors.OpError, LookupError, TypeError, ValueError, NotImplementedError) as e:
            self.refused.append((op + " gradient", case, [x.dtype.name for x in flat], str(e).split("\n")[0][:150]))
            return
        found = iter(found)
        arrays = self.gradient_arrays.setdefault(op, {})
        entry = {"case": case, "output_gradients": [], "gradients": []}

        def keep(kind, i, value):
            if value is None:
                entry[kind].append(None)
                return
            key = f"{case}_{'dy' if kind[0] == 'o' else 'dx'}{i}"
            arrays[key] = np.asarray(tf.convert_to_tensor(value).numpy() if hasattr(value, "dtype") and not isinstance(value, np.ndarray) else value)
            entry[kind].append(key)

        for i, g in enumerate(given):
            keep("output_gradients", i, g)
        for i, x in enumerate(flat):
            keep("gradients", i, next(found) if x.dtype in (tf.float32, tf.float64) else None)
        self.gradients.setdefault(op, []).append(entry)

    def _store(self, node, inputs, outputs, note):
        cases = self.ops.setdefault(self._op, [])
        arrays = self.arrays.setdefault(self._op, {})
        case = f"c{len(cases)}"
        entry = {"case": case, "attrs": {k: attr_value(v) for k, v in sorted(node.attr.items()) if k[0] != "_"}}
        if note:
            entry["note"] = note
        for side, tensors in (("in", inputs), ("out", outputs)):
            keys = []
            for i, tensor in enumerate(tensors):
                key = f"{case}_{side}{i}"
                keys.append(key)
                value = np.asarray(tensor.numpy() if hasattr(tensor, "numpy") else tensor)
                if value.dtype.kind in "OS":
                    text = [v.decode() for v in value.reshape(-1).tolist()]
                    entry.setdefault("strings", {})[key] = {"shape": list(value.shape), "values": text}
                elif value.dtype == BF16:
                    entry.setdefault("bits", {})[key] = "bfloat16"
                    arrays[key] = value.view(np.uint16)
                else:
                    arrays[key] = value
            entry["inputs" if side == "in" else "outputs"] = keys
        cases.append(entry)
        return case
