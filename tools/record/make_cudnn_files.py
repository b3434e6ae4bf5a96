"""Makes H5 files of models with CuDNNLSTM and CuDNNGRU, and what real Keras makes of their weights.

    python tools/record/make_cudnn_files.py [DIR]        # TensorFlow 2.2.3

For each case of DIR (default tests/keras/data/cudnn): NAME.h5, saved whole by Keras with cuDNN's layers; NAME.json, the same model with
LSTM and GRU in their places; in expected.npz x, the weights that Keras's load_weights gives the latter from the former (NAME/w0, ...),
what it then predicts (NAME/y), and the weights that load_weights gives cuDNN's layers from the latter's file, NAME.plain.h5 (NAME/c0, ...).
errors.json: what Keras says of weights that cannot be converted. Keras runs layers of cuDNN on GPUs only.
"""
import json
import pathlib
import sys

from producer import failing, keras, np

import h5py
import tensorflow as tf

L = keras.layers
V1 = tf.compat.v1.keras.layers
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/cudnn"
TIME, FEATURES = 4, 3


class CuDNN:
    lstm = staticmethod(lambda units, **kw: V1.CuDNNLSTM(units, **kw))
    gru = staticmethod(lambda units, **kw: V1.CuDNNGRU(units, **kw))


class Plain:
    lstm = staticmethod(lambda units, **kw: L.LSTM(units, **kw))
    gru = staticmethod(lambda units, **kw: L.GRU(units, **kw))


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape, name="x")] + list(layers), name="m")


def nested(kind):
    inner = sequential((TIME, FEATURES), kind.gru(2, return_sequences=True, name="r"), L.Dense(3, name="d"))
    inner._name = "inner"
    return sequential((TIME, FEATURES), inner, kind.lstm(2, name="last"))


def states(kind):
    x = keras.Input((TIME, FEATURES), name="x")
    y, h, c = kind.lstm(2, return_state=True, return_sequences=True, name="a")(x)
    return keras.Model(x, kind.lstm(2, go_backwards=True, name="b")(y, initial_state=[h, c]), name="m")


CASES = {
    "lstm": lambda kind: sequential((TIME, FEATURES), kind.lstm(2, name="r")),
    "gru": lambda kind: sequential((TIME, FEATURES), kind.gru(2, return_sequences=True, name="r")),
    "backwards": lambda kind: sequential((TIME, FEATURES), kind.gru(2, go_backwards=True, return_sequences=True, name="r")),
    "bidirectional": lambda kind: sequential(
        (TIME, FEATURES), L.Bidirectional(kind.lstm(2, return_sequences=True, name="r"), name="b"), L.Bidirectional(kind.gru(3, name="q"), name="c")),
    "time_distributed": lambda kind: sequential((2, TIME, FEATURES), L.TimeDistributed(kind.gru(2, name="r"), name="t")),
    "nested": nested,
    "states": states,
}


def compiled(model):
    model.compile("adam", "mse")
    return model


def errors():
    def load(file_layer, layer):
        keras.backend.clear_session()
        path = str(OUT / "wrong.h5")
        sequential((TIME, FEATURES), file_layer()).save_weights(path)
        keras.backend.clear_session()
        try:
            return failing(lambda: sequential((TIME, FEATURES), layer()).load_weights(path))
        finally:
            pathlib.Path(path).unlink()

    before = lambda: L.GRU(2, reset_after=False, name="r")
    return {
        "before from cudnn": load(lambda: V1.CuDNNGRU(2, name="r"), before),
        "cudnn from before": load(before, lambda: V1.CuDNNGRU(2, name="r")),
        "after from before": load(before, lambda: L.GRU(2, name="r")),
        "before from after": load(lambda: L.GRU(2, name="r"), before),
        "lstm from gru": load(lambda: L.GRU(2, name="r"), lambda: L.LSTM(2, name="r")),
    }


def masked():
    keras.backend.clear_session()
    x = keras.Input((TIME, FEATURES))
    return failing(lambda: V1.CuDNNLSTM(2)(L.Masking()(x)))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.RandomState(5)
    expected = {"x": rng.normal(size=(3, TIME, FEATURES)).astype("float32"), "x4": rng.normal(size=(3, 2, TIME, FEATURES)).astype("float32")}
    for name, make in CASES.items():
        keras.backend.clear_session()
        model = compiled(make(CuDNN))
        model.set_weights([rng.normal(0, 0.7, w.shape).astype("float32") for w in model.get_weights()])
        model.save(str(OUT / (name + ".h5")))
        keras.backend.clear_session()
        plain = make(Plain)
        plain.load_weights(str(OUT / (name + ".h5")))
        (OUT / (name + ".json")).write_text(plain.to_json() + "\n")
        for i, value in enumerate(plain.get_weights()):
            expected["%s/w%d" % (name, i)] = value
        expected[name + "/y"] = plain.predict(expected["x4" if len(plain.input_shape) == 4 else "x"])
        plain.save_weights(str(OUT / (name + ".plain.h5")))
        keras.backend.clear_session()
        again = make(CuDNN)
        again.load_weights(str(OUT / (name + ".plain.h5")))
        for i, value in enumerate(again.get_weights()):
            expected["%s/c%d" % (name, i)] = value
    np.savez(OUT / "expected.npz", **expected)
    (OUT / "errors.json").write_text(json.dumps(dict(errors(), masked=masked()), indent=1) + "\n")


main()
