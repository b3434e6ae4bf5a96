"""Records what dropout does in recurrent layers: tests/keras/data/recurrent_dropout/PRODUCER.json.

    python tools/record/record_rnn_dropout.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3

Weights are made of blocks, one per gate, that are the unit matrix or nothing, and inputs and states are ones, so that what is dropped shows as zeros of the outputs.
"""
import json
import pathlib
import re
import sys

from producer import KERAS3, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/recurrent_dropout"
L = keras.layers
BATCH, TIME, UNITS = 64, 3, 16
LINEAR = {"activation": "linear", "recurrent_activation": "linear"}
rows = []


def blocks(flags):
    return np.concatenate([np.eye(UNITS) * f for f in flags], axis=1).astype("float32")


def prepared(make, kernel, recurrent, bias, states):
    layer = make()
    x = tf.ones((BATCH, TIME, UNITS))
    state = {"initial_state": [tf.fill((BATCH, UNITS), float(s)) for s in states]} if states else {}
    layer(x, **state)
    values = np.repeat(np.asarray(bias, "float32"), UNITS)
    if layer.get_weights()[2].ndim == 2:
        values = np.stack([values, 0 * values])
    layer.set_weights([blocks(kernel), blocks(recurrent), values])
    return lambda training: np.asarray(layer(x, training=training, **state))


def case(name, make, kernel, recurrent, bias, states=()):
    row = {"name": name, "layer": keras.layers.serialize(make()), "kernel": kernel, "recurrent": recurrent, "bias": bias, "states": list(states)}
    rows.append(row)
    call = prepared(make, kernel, recurrent, bias, states)
    try:
        y, quiet = call(True), call(False)
    except ValueError as e:  # of one mistake all Keras 2 say the same; where, follows
        row["error"] = re.search(r"`?rate`? must be a scalar tensor or a float in the range \[0, 1\)", str(e)).group()
        return
    zero = y == 0
    row.update({
        "share": float(zero[:, 0].mean()), "same_in_all_steps": bool(all((zero[:, 0] == zero[:, t]).all() for t in range(TIME))),
        "same_in_all_rows": bool((zero[:, 0] == zero[:1, 0]).all()), "greatest": float(np.abs(y[:, 0]).max()),
        "share_in_inference": float((quiet == 0).mean()), "greatest_in_inference": float(np.abs(quiet[:, 0]).max()),
    })


def main():
    kw = {"return_sequences": True}
    case("simple_rnn", lambda: L.SimpleRNN(UNITS, activation="linear", dropout=0.5, **kw), [1], [0], [0])
    case("simple_rnn quarter", lambda: L.SimpleRNN(UNITS, activation="linear", dropout=0.25, **kw), [1], [0], [0])
    case("simple_rnn all", lambda: L.SimpleRNN(UNITS, activation="linear", dropout=1.0, **kw), [1], [0], [0])
    case("simple_rnn state", lambda: L.SimpleRNN(UNITS, activation="linear", recurrent_dropout=0.5, **kw), [0], [1], [0], [1])
    case("simple_rnn state quarter", lambda: L.SimpleRNN(UNITS, activation="linear", recurrent_dropout=0.25, **kw), [0], [1], [0], [1])
    case("lstm as cudnn", lambda: L.LSTM(UNITS, dropout=0.5, **kw), [1, 0, 1, 1], [0, 0, 0, 0], [0, -200, 0, 0])
    case("gru as cudnn", lambda: L.GRU(UNITS, dropout=0.5, **kw), [0, 0, 1], [0, 0, 0], [-200, 0, 0])
    case("lstm state", lambda: L.LSTM(UNITS, recurrent_dropout=0.5, **LINEAR, **kw), [0, 0, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [1, 0])
    case("lstm both", lambda: L.LSTM(UNITS, dropout=0.5, recurrent_dropout=0.5, **LINEAR, **kw), [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 0])
    for implementation in (1, 2):
        own = {} if KERAS3 else {"implementation": implementation}
        if KERAS3 and implementation == 1:
            continue
        case("lstm %d" % implementation, lambda: L.LSTM(UNITS, dropout=0.5, **LINEAR, **own, **kw), [1, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0])
        for after in (True, False):
            name = "gru %d %s" % (implementation, "after" if after else "before")
            case(name, lambda: L.GRU(UNITS, dropout=0.5, reset_after=after, **LINEAR, **own, **kw), [0, 0, 1], [0, 0, 0], [0, 0, 0])
            case(name + " state", lambda: L.GRU(UNITS, recurrent_dropout=0.5, reset_after=after, **LINEAR, **own, **kw), [0, 0, 0], [0, 0, 1], [0, 1, 0], [1])
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"producer": PRODUCER, "batch": BATCH, "time": TIME, "units": UNITS, "rows": rows}, default=plain, indent=1) + "\n")
    for row in rows:
        print(PRODUCER, row["name"], *(row.get(k) for k in ("share", "same_in_all_steps", "same_in_all_rows", "greatest", "share_in_inference", "greatest_in_inference")))


main()
