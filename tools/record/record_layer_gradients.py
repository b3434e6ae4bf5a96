"""Records calls of every layer class whose gradients no other recorder has: outputs, gradients of inputs and weights (null where
Keras has none), and weights after a call that changed them: tests/keras/data/layer_gradients/PRODUCER.json and .npz.

    python tools/record/record_layer_gradients.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3

The calls are in layer_gradient_cases.py. What a Keras does not have, or refuses, is left out there and printed.
"""
import json
import logging
import pathlib
import sys
import zipfile

from producer import KERAS3, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

import layer_gradient_cases

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/layer_gradients"
L = keras.layers
EXPERIMENTAL = getattr(L, "experimental", None)
PREPROCESSING = getattr(EXPERIMENTAL, "preprocessing", None)
arrays, rows, left_out = {}, [], []


def store(value):
    value = np.asarray(value)
    if value.dtype.kind in "OU":
        value = np.char.encode(value.astype("U"), "utf-8")
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and known.tobytes() == value.tobytes():
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def normal(shape, scale=1.0):
    """The same values for the same shape in every case."""
    return np.random.RandomState(int(np.prod(shape)) + len(shape)).normal(0, scale, shape).astype("float32")


def class_of(name):
    return getattr(L, name, None) or getattr(PREPROCESSING, name, None) or getattr(EXPERIMENTAL, name, None)


def weight_of(w):
    """Nothing that is a variance is negative, and what counts stays an integer."""
    w = np.asarray(w)
    return np.abs(normal(w.shape, 0.6)) + 0.2 if w.dtype.kind == "f" else w


def kept(gradient):
    return None if gradient is None else store(tf.convert_to_tensor(gradient))


def case(name, cls, arguments, inputs, training=None, mask=None, states=None, call=None, adapt=None):
    """`inputs`: a shape (of normal values), an array, or a list of either; `call`: further plain arguments of it."""
    made = class_of(cls)
    if made is None:
        return
    name = "%s %s" % (cls, name)
    keras.backend.clear_session()
    listed = isinstance(inputs, list)
    values = [normal(x) if isinstance(x, tuple) else x for x in (inputs if listed else [inputs])]
    kwargs = dict(call or {})
    if training is not None:
        kwargs["training"] = training
    try:
        arguments = arguments() if callable(arguments) else arguments
        layer = made(**dict(arguments, name="layer"))
        tensors = [tf.constant(x) for x in values]
        held = [tf.constant(normal(s, 0.7 + i)) for i, s in enumerate(states or ())]
        if mask is not None:
            kwargs["mask"] = tf.constant(mask)

        def output():
            x = tensors if listed else tensors[0]
            if states is None:
                return layer(x, **kwargs)
            return layer(x, tf.nest.pack_sequence_as(tf.nest.map_structure(lambda s: 0, layer.state_size), held) if len(held) > 1 else held, **kwargs)

        if adapt is not None:
            layer.adapt(adapt)
        config = keras.layers.serialize(layer)
        if isinstance(config["config"].get("function"), (list, tuple)):
            config["config"]["function"] = ["bytecode of " + layer.function.__name__, None, None]  # which has the paths of this machine in it
        output()
        if adapt is None:
            layer.set_weights([weight_of(w) for w in layer.get_weights()])
        before = [np.array(w) for w in layer.get_weights()]
        with tf.GradientTape() as tape:
            tape.watch(tensors + held)
            flat = tf.nest.flatten(output())
            loss = tf.add_n([tf.reduce_sum(tf.cast(o, "float32") * tf.cos(tf.reshape(tf.range(tf.size(o), dtype="float32"), tf.shape(o)))) for o in flat if o.dtype != tf.string] or [tf.constant(0.0)])
        weights = [w.value if KERAS3 else w for w in layer.trainable_weights]
        try:
            found = tape.gradient(loss, tensors + held + weights)
            error = None
        except LookupError as e:  # TensorFlow has none
            found, error = [None] * len(tensors + held + weights), str(e).split("\n")[0]
    except Exception as e:
        left_out.append("%s: %s: %s" % (name, type(e).__name__, str(e).split("\n")[0][:150]))
        return
    count = len(tensors + held)
    row = {"name": name, "layer": config, "inputs": [store(x) for x in values], "listed": listed, "states": [store(s) for s in held], "mask": None if mask is None else store(mask),
           "training": training, "call": call or {}, "weights": [store(w) for w in before], "outputs": [store(o) for o in flat],
           "input_gradients": [kept(g) for g in found[:count]], "weight_gradients": [kept(g) for g in found[count:]]}
    if error:
        row["error"] = error
    after = [np.asarray(w) for w in layer.get_weights()]
    if any(not np.array_equal(a, b) for a, b in zip(before, after)):
        row["after"] = [store(w) for w in after]
    rows.append(row)


def main():
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # gradients of integers are asked for on purpose
    for family in layer_gradient_cases.FAMILIES:
        family(case, keras)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text('{"rows": [\n' + ",\n".join(json.dumps(row, default=plain) for row in rows) + "\n]}\n")
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w", zipfile.ZIP_DEFLATED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    print(PRODUCER, len(rows), "rows,", len(arrays), "arrays; left out:", *left_out, sep="\n  ")


main()
