"""Records transposed, depthwise and locally connected convolutions and ConvLSTM: outputs, last states and gradients:
tests/keras/data/conv_layers/PRODUCER.json and .npz, in the rows of record_rnn_layers.py.

    python tools/record/record_conv_layers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3

What a Keras cannot do on a CPU (most of channels first) is left out and printed.
"""
import json
import pathlib
import sys
import zipfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/conv_layers"
L = keras.layers
arrays, rows, left_out = {}, [], []


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def values(shape, scale=1.0):
    """The same values for the same shape in every case."""
    return np.random.RandomState(int(np.prod(shape)) + len(shape)).normal(0, scale, shape).astype("float32")


def listed(values):
    return list(values) if isinstance(values, (list, tuple)) else [values]


def case(name, cls, arguments, shape, mask=None, states=None, **more):
    if not hasattr(L, cls):
        return
    arguments = dict(arguments, name="layer", **more)
    x = values(shape)
    try:
        layer = getattr(L, cls)(**arguments)
        config = keras.layers.serialize(layer)
        inputs = [tf.constant(x)] + [tf.constant(values(s, 0.7 + i)) for i, s in enumerate(states or ())]
        kwargs = {}
        if mask is not None:
            kwargs["mask"] = tf.constant(mask)
        if states:
            kwargs["initial_state"] = inputs[1:]
        layer(inputs[0], **kwargs)
        layer.set_weights([values(tuple(w.shape), 0.6) for w in layer.get_weights()])
        if getattr(layer, "stateful", False):
            layer.reset_states()
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            flat = tf.nest.flatten(listed(layer(inputs[0], **kwargs)))
            loss = tf.add_n([tf.reduce_sum(o * tf.cos(tf.reshape(tf.range(tf.size(o), dtype=o.dtype), tf.shape(o)))) for o in flat])
        watched = inputs + [w.value if KERAS3 else w for w in layer.trainable_weights]
        gradients = tape.gradient(loss, watched, unconnected_gradients="zero")
    except Exception as e:
        left_out.append("%s %s: %s" % (cls, name, str(e).split("\n")[0][:110]))
        return
    rows.append({
        "name": "%s %s" % (cls, name), "layer": config, "x": store(x), "mask": None if mask is None else store(mask), "initial_state": [store(i) for i in inputs[1:]],
        "training": False, "weights": [store(w) for w in layer.get_weights()], "outputs": [store(o) for o in flat],
        "input_gradients": [store(g) for g in gradients[:len(inputs)]], "weight_gradients": [store(g) for g in gradients[len(inputs):]],
    })
    if getattr(layer, "stateful", False):
        rows[-1]["weights"] = rows[-1]["weights"][:len(layer.trainable_weights)]
        rows[-1]["again"] = [store(o) for o in tf.nest.flatten(layer(inputs[0], **kwargs))]


def transposed():
    for name, arguments in (("same", dict(kernel_size=3, strides=2, padding="same")), ("valid, wide strides", dict(kernel_size=2, strides=3)),
                            ("same, padding", dict(kernel_size=4, strides=3, padding="same", output_padding=2)), ("valid, padding", dict(kernel_size=3, strides=2, output_padding=0)),
                            ("no bias", dict(kernel_size=2, use_bias=False, activation="relu")), ("dilated", dict(kernel_size=2, dilation_rate=2)),
                            ("dilated, same", dict(kernel_size=3, dilation_rate=2, padding="same"))):
        arguments = dict(arguments, filters=3)
        case(name, "Conv1DTranspose", arguments, (2, 5, 2))
        case(name, "Conv2DTranspose", arguments, (2, 4, 5, 2))
        case(name, "Conv2DTranspose", dict(arguments, data_format="channels_first"), (2, 2, 4, 5))
        case(name, "Conv3DTranspose", arguments, (1, 3, 2, 4, 2))
    case("uneven", "Conv2DTranspose", dict(filters=2, kernel_size=(3, 2), strides=(1, 3), output_padding=(0, 2), padding="same"), (1, 3, 4, 3))
    case("uneven", "Conv3DTranspose", dict(filters=2, kernel_size=(3, 1, 2), strides=(1, 3, 2)), (1, 3, 2, 2, 3))


def depthwise():
    for name, arguments in (("valid", dict(kernel_size=3)), ("same", dict(kernel_size=2, strides=2, padding="same", depth_multiplier=3)),
                            ("dilated", dict(kernel_size=2, dilation_rate=2, activation="tanh", use_bias=False))):
        case(name, "DepthwiseConv1D", arguments, (2, 6, 3))


def locally_connected():
    for implementation in (1, 2, 3):
        for padding in ("valid", "same")[:2 if implementation > 1 else 1]:
            for kernel, strides in (((3, 2), (1, 1)), ((2, 3), (2, 1)), ((1, 4), (3, 2)), ((9, 5), (2, 1))):
                if padding == "valid" and kernel[0] > 6:
                    continue
                name = "%d %s %s %s" % (implementation, padding, kernel, strides)
                arguments = dict(filters=3, implementation=implementation, padding=padding)
                for first in (False, True):
                    how = dict(arguments, data_format="channels_first" if first else "channels_last")
                    case(name + (" first" if first else ""), "LocallyConnected1D", dict(how, kernel_size=kernel[0], strides=strides[0]), (2, 2, 6) if first else (2, 6, 2))
                    case(name + (" first" if first else ""), "LocallyConnected2D", dict(how, kernel_size=kernel, strides=strides), (2, 2, 6, 5) if first else (2, 6, 5, 2))
    case("no bias", "LocallyConnected1D", dict(filters=2, kernel_size=2, use_bias=False, activation="relu"), (2, 4, 3))


def conv_lstm():
    mask = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], bool)  # the last row is masked wholly
    sizes = {1: (5,), 2: (4, 5), 3: (3, 2, 3)}
    for rank, size in sizes.items():
        cls, shape, state = "ConvLSTM%dD" % rank, (3, 3) + size + (2,), (3,) + size + (2,)

        def add(name, x=shape, mask=None, states=None, cls=cls, rank=rank, **more):
            case(name, cls, dict(dict(filters=2, kernel_size=2, padding="same"), **more), x, mask, states)

        add("last")
        add("all", return_sequences=True, return_state=True, states=[state, state])
        add("backwards", return_sequences=True, return_state=True, go_backwards=True)
        add("masked", mask=mask)
        add("masked all", mask=mask, return_sequences=True, return_state=True, states=[state, state])
        add("valid", padding="valid", return_sequences=True)
        add("strided", strides=2, return_sequences=True, return_state=True)
        if rank < 3:
            add("dilated", dilation_rate=2, padding="valid", return_sequences=True)
        add("no bias", use_bias=False, activation="relu", recurrent_activation="sigmoid")
        add("no forget bias", unit_forget_bias=False)
        add("first", x=(3, 3, 2) + size, data_format="channels_first", return_sequences=True)
        add("stateful", stateful=True, return_sequences=True)
        if KERAS3:
            add("masked zeros", mask=mask, return_sequences=True, zero_output_for_mask=True, states=[state, state])


def main():
    transposed()
    depthwise()
    locally_connected()
    conv_lstm()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"producer": PRODUCER, "rows": rows}, default=plain, indent=1) + "\n")
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    print(PRODUCER, len(rows), "cases", len(arrays), "arrays; left out:", *left_out, sep="\n  ")


main()
