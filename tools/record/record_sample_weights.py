"""Records what real Keras makes of sample weights in any form for a model of two outputs: record_sample_weights.py
OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.json, read by tests/keras/training/sample_weights_test.cpp, which makes the same calls.
"""
import json
import re
import sys
import warnings

from producer import PRODUCER, keras

import numpy as np

X = np.arange(8, dtype="float32").reshape(4, 2) * 0.25
A, B = X * 2, X[:, :1] - 1
V, W = np.array([1, 0, 2, 0.5], "float32"), np.array([0, 3, 1, 1], "float32")
TARGETS = {"list": [A, B], "dict": {"a": A, "b": B}}
WEIGHTS = {
    "one": V,
    "one_column": V[:, None],
    "one_of_all": A,
    "list_of_one": [V],
    "list_of_two": [V, W],
    "list_of_three": [V, W, V],
    "list_of_first": [V, None],
    "list_of_second": [None, W],
    "dict_of_one": {"a": V},
    "dict_of_two": {"a": V, "b": W},
    "dict_of_another": {"c": V},
}


def model():
    x = keras.Input((2,), name="x")
    m = keras.Model(x, [keras.layers.Dense(n, name=name, kernel_initializer="ones")(x) for n, name in ((2, "a"), (1, "b"))])
    m.compile("sgd", "mse", weighted_metrics=[["mae"], ["mae"]])
    return m


def fit(y, w):
    history = model().fit(X, y, sample_weight=w, epochs=2, batch_size=4, shuffle=False, verbose=0).history
    return {name: [float(v) for v in values] for name, values in history.items()}


def evaluate(y, w):
    return [float(v) for v in model().evaluate(X, y, sample_weight=w, batch_size=4, verbose=0)]


def train_on_batch(y, w):
    return [float(v) for v in model().train_on_batch(X, y, sample_weight=w)]


def words(error):
    """The first line; of a trace through Keras's own files that of what it ends with."""
    text = str(error)
    if text.startswith("in user code:"):
        text = re.sub(r"^\s*\w+: ", "", re.split(r"\n\s*\n?(?=\s+\w+(?:Error|Exception): )", text)[-1])
    return text.split("\n")[0]


def cases():
    for call in (fit, evaluate, train_on_batch):
        for of_y, y in TARGETS.items():
            for of_w, w in WEIGHTS.items():
                case = {"call": call.__name__, "y": of_y, "weights": of_w}
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        case["results"] = call(y, w)
                    except Exception as e:
                        case.update(error=type(e).__name__, message=words(e))
                yield case


with open("%s/%s.json" % (sys.argv[1], PRODUCER), "w") as out:
    json.dump({"cases": list(cases())}, out, indent=1)
    out.write("\n")
