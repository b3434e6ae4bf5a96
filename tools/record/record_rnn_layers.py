"""Records recurrent layers, Bidirectional and TimeDistributed: outputs, last states and gradients, with masks, initial
states and flags: tests/keras/data/recurrent/PRODUCER.json and .npz.

    python tools/record/record_rnn_layers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3
"""
import json
import pathlib
import sys
import zipfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/recurrent"
L = keras.layers
BATCH, TIME, FEATURES, UNITS = 3, 4, 2, 3
arrays, rows = {}, []
rng = np.random.RandomState(11)


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def normal(*shape):
    return rng.normal(0, 1, shape).astype("float32")


X = normal(BATCH, TIME, FEATURES)
X4 = normal(BATCH, TIME, 3, FEATURES)
MASK = np.array([[1, 1, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]], bool)  # the last row is masked wholly
STATES = [normal(BATCH, UNITS) for _ in range(4)]
WEIGHTS = {}


def weight(shape):
    """The same values for the same shape in every case."""
    if shape not in WEIGHTS:
        WEIGHTS[shape] = np.random.RandomState(int(np.prod(shape)) + len(shape)).normal(0, 0.6, shape).astype("float32")
    return WEIGHTS[shape]


def listed(values):
    return list(values) if isinstance(values, (list, tuple)) else [values]


def case(name, make, x=X, mask=None, states=(), training=False, built_on=None):
    layer = make()
    config = keras.layers.serialize(layer)
    inputs = [tf.constant(x)] + [tf.constant(s) for s in states]
    kwargs = {}
    if mask is not None:
        kwargs["mask"] = tf.constant(mask)
    if states:
        kwargs["initial_state"] = inputs[1:]
    if training:
        kwargs["training"] = True
    layer(inputs[0], **kwargs)
    layer.set_weights([weight(tuple(w.shape)) if len(w.shape) else np.asarray(w) for w in layer.get_weights()])
    if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
        layer.reset_states()
    before = [np.asarray(w) for w in layer.get_weights()]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = listed(layer(inputs[0], **kwargs))
        flat = [o for o in tf.nest.flatten(outputs)]
        loss = tf.add_n([tf.reduce_sum(o * tf.cos(tf.reshape(tf.range(tf.size(o), dtype=o.dtype), tf.shape(o)))) for o in flat])
    watched = inputs + [w.value if KERAS3 else w for w in layer.trainable_weights]
    gradients = tape.gradient(loss, watched, unconnected_gradients="zero")
    rows.append({
        "name": name, "layer": config, "x": store(x), "mask": None if mask is None else store(mask), "initial_state": [store(s) for s in states], "training": training,
        "weights": [store(w) for w in before], "outputs": [store(o) for o in flat],
        "input_gradients": [store(g) for g in gradients[:len(inputs)]], "weight_gradients": [store(g) for g in gradients[len(inputs):]],
    })
    if getattr(layer, "stateful", False):
        rows[-1]["again"] = [store(o) for o in tf.nest.flatten(layer(inputs[0], **kwargs))]


def kinds():
    gates = {"recurrent_activation": "sigmoid"}
    yield "simple_rnn", L.SimpleRNN, {}, 1
    yield "lstm", L.LSTM, gates, 2
    yield "gru", L.GRU, gates, 1
    yield "gru_before", L.GRU, dict(gates, reset_after=False), 1


def layers():
    for kind, cls, own, count in kinds():
        def add(name, x=X, mask=None, states=False, cls=cls, own=own, kind=kind, count=count, **kw):
            case("%s %s" % (kind, name), lambda: cls(UNITS, **dict(own, **kw)), x, mask, STATES[:count] if states else ())

        add("last")
        add("all", return_sequences=True, return_state=True, states=True)
        add("backwards", return_sequences=True, return_state=True, go_backwards=True)
        add("masked", mask=MASK)
        add("masked all", mask=MASK, return_sequences=True, return_state=True, states=True)
        add("masked backwards", mask=MASK, return_sequences=True, return_state=True, go_backwards=True, states=True)
        add("masked zeros", mask=MASK, return_sequences=True, return_state=True, zero_output_for_mask=True, states=True)
        add("masked zeros last", mask=MASK, zero_output_for_mask=True, states=True)
        add("unrolled", mask=MASK, return_sequences=True, unroll=True, states=True)
        add("unrolled zeros", mask=MASK, return_sequences=True, unroll=True, zero_output_for_mask=True, states=True)
        add("no bias", use_bias=False, return_sequences=True)
        add("relu", activation="relu", return_sequences=True, **({} if cls is L.SimpleRNN else {"recurrent_activation": "hard_sigmoid"}))
        add("softsign", activation="softsign", return_sequences=True, **({} if cls is L.SimpleRNN else {"recurrent_activation": "softplus"}))
        if cls is not L.SimpleRNN:
            add("implementation 1", implementation=1, return_sequences=True, states=True)
        if not KERAS3:
            add("time major", x=np.swapaxes(X, 0, 1), time_major=True, return_sequences=True, return_state=True)
            add("time major masked", x=np.swapaxes(X, 0, 1), mask=MASK.T, time_major=True, return_sequences=True, return_state=True, go_backwards=True)
        add("stateful", stateful=True, return_sequences=True)


def cells():
    case("rnn of lstm cell", lambda: L.RNN(L.LSTMCell(UNITS), return_sequences=True, return_state=True), states=STATES[:2])
    case("rnn of gru cell, masked", lambda: L.RNN(L.GRUCell(UNITS), return_sequences=True, go_backwards=True), mask=MASK)
    stack = lambda: L.StackedRNNCells([L.GRUCell(UNITS), L.LSTMCell(2), L.SimpleRNNCell(4)])
    case("rnn of stacked cells", lambda: L.RNN(stack(), return_sequences=True, return_state=True))
    case("rnn of stacked cells, masked", lambda: L.RNN(stack(), return_sequences=True), mask=MASK)


def wrappers():
    for mode in ("concat", "sum", "ave", "mul", None):
        case("bidirectional %s" % mode, lambda mode=mode: L.Bidirectional(L.LSTM(UNITS, return_sequences=True), merge_mode=mode))
        case("bidirectional %s last" % mode, lambda mode=mode: L.Bidirectional(L.GRU(UNITS), merge_mode=mode))
    case("bidirectional masked", lambda: L.Bidirectional(L.GRU(UNITS, return_sequences=True)), mask=MASK)
    case("bidirectional masked last", lambda: L.Bidirectional(L.GRU(UNITS)), mask=MASK)
    case("bidirectional states", lambda: L.Bidirectional(L.LSTM(UNITS, return_state=True, return_sequences=True)), states=STATES[:4])
    case("bidirectional states apart", lambda: L.Bidirectional(L.SimpleRNN(UNITS, return_state=True), merge_mode=None), states=STATES[:2], mask=MASK)
    backward = lambda: L.SimpleRNN(2, go_backwards=True, return_sequences=True, name="other")
    case("bidirectional of two", lambda: L.Bidirectional(L.GRU(UNITS, return_sequences=True), backward_layer=backward()))
    case("time distributed dense", lambda: L.TimeDistributed(L.Dense(3, activation="tanh")))
    case("time distributed dense, masked", lambda: L.TimeDistributed(L.Dense(3)), mask=MASK)
    case("time distributed conv", lambda: L.TimeDistributed(L.Conv1D(2, 2)), X4)
    case("time distributed lstm", lambda: L.TimeDistributed(L.LSTM(2)), X4)
    case("time distributed pooling", lambda: L.TimeDistributed(L.GlobalMaxPooling1D()), X4)
    case("time distributed norm, training", lambda: L.TimeDistributed(L.BatchNormalization(momentum=0.5)), training=True)


def main():
    layers()
    cells()
    wrappers()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"producer": PRODUCER, "rows": rows}, default=plain, indent=1) + "\n")
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    print(PRODUCER, len(rows), "cases", len(arrays), "arrays")


main()
