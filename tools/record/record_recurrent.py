"""Records what Keras's recurrent layers make of sequences, and their gradients: tests/ops/data/recurrent/PRODUCER.json, .npz.

    python tools/record/record_recurrent.py [DIR]   # with each of TensorFlow 2.2.3, 2.15.1 and Keras 3.15.1
"""
import json
import pathlib
import sys

from producer import KERAS3, PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/ops/data/recurrent"
rng = np.random.RandomState(5)
numbers, rows = {}, []  # all arrays of a dtype, one behind the other
BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 5


def keep(value):
    """Where the array is kept: its dtype, place and shape."""
    value = np.asarray(value)
    flat = numbers.setdefault(value.dtype.name, [])
    at = sum(map(len, flat))
    flat.append(value.ravel())
    return [value.dtype.name, at, list(value.shape)]


def uniform(bound, shape):
    return np.round(rng.uniform(-bound, bound, shape) * 64) / 64


def masks():
    """Nothing, padding at the end, and one with a row that is all masked, rows that begin masked, and gaps."""
    right = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]], bool)
    mixed = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 0, 1], [1, 0, 0, 1, 0]], bool)
    return [("none", None), ("right", right), ("mixed", mixed)]


def record(kind, mask_name, mask, attrs, bias=True, initial=True, dtype="float32"):
    """attrs: the fused op's, by its names."""
    options = dict(attrs)
    major = options.pop("time_major", False)
    if major and KERAS3:
        return  # has no such option
    if options.get("recurrent_activation") == "hard_sigmoid_3" or options.get("activation") == "hard_sigmoid_3":
        if not KERAS3:
            return
        options = {k: "hard_sigmoid" if v == "hard_sigmoid_3" else v for k, v in options.items()}
    elif KERAS3 and "hard_sigmoid" in options.values():
        return
    if major:
        options["time_major"] = True
    layer = getattr(keras.layers, kind)(UNITS, use_bias=bias, return_sequences=True, return_state=True, dtype=dtype, **options)
    shape = (TIME, BATCH, FEATURES) if major else (BATCH, TIME, FEATURES)
    x = tf.constant(uniform(1, shape), dtype)
    layer.build(shape)
    layer.set_weights([uniform(0.8, w.shape) for w in layer.get_weights()])
    states = 2 if kind == "LSTM" else 1
    low = 1 if initial else 0
    given = [tf.constant(uniform(low, (BATCH, UNITS)), dtype) for _ in range(states)]
    m = None if mask is None else tf.constant(mask.T if major else mask)
    with tf.GradientTape() as tape:
        tape.watch([x] + given)
        outputs = layer(x, mask=m, initial_state=given)
        seeds = [tf.constant(uniform(1, o.shape), dtype) for o in outputs]
        loss = tf.add_n([tf.reduce_sum(o * s) for o, s in zip(outputs, seeds)])
    weights = [w.value if KERAS3 else w for w in layer.trainable_weights]
    gradients = tape.gradient(loss, [x] + given + weights)
    rows.append({
        "op": "_Fused" + kind, "mask_name": mask_name, "attrs": attrs, "dtype": dtype,
        "inputs": [keep(v) for v in [x] + given + layer.get_weights()],
        "mask": None if m is None else keep(m), "bias": bias,
        "outputs": [keep(o) for o in outputs], "seeds": [keep(s) for s in seeds],
        "gradients": [keep(tf.convert_to_tensor(g)) for g in gradients]})


for kind in ("SimpleRNN", "LSTM", "GRU"):
    forms = [{"reset_after": True}, {"reset_after": False}] if kind == "GRU" else [{}]
    for form in forms:
        for mask_name, mask in masks():
            for go_backwards in (False, True):
                for major in (False, True):
                    for zeros in (False, True):
                        if mask is None and zeros:
                            continue
                        attrs = dict(form, go_backwards=go_backwards, time_major=major, zero_output_for_mask=zeros)
                        record(kind, mask_name, mask, attrs, initial=not (go_backwards and zeros), bias=not (major and zeros))
        for activation in ("relu", "linear", "elu", "selu", "softsign", "softplus", "hard_sigmoid", "hard_sigmoid_3"):
            record(kind, "none", None, dict(form, activation=activation))
        if kind != "SimpleRNN":
            for activation in ("hard_sigmoid", "hard_sigmoid_3", "tanh", "softsign"):
                record(kind, "none", None, dict(form, recurrent_activation=activation))
        for dtype in ("float64", "float16"):
            record(kind, "mixed", masks()[2][1], form, dtype=dtype)
OUT.mkdir(parents=True, exist_ok=True)
np.savez_compressed(str(OUT / PRODUCER), **{k: np.concatenate(v) for k, v in numbers.items()})
(OUT / (PRODUCER + ".json")).write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
print(len(rows), "cases")
