"""Records what fit and evaluate of real Keras do: record_fit.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.npz: per case the model's JSON, what it was compiled with, arrays, the history and the weights
after training. Read by tests/keras/training/fit_test.cpp.
"""
import json
import sys

import numpy as np
import tensorflow as tf

try:
    import keras

    KERAS3 = keras.__version__.startswith("3")
except ImportError:
    KERAS3 = False
if not KERAS3:
    from tensorflow import keras
PRODUCER = "keras-" + keras.__version__ if KERAS3 else "tf-" + tf.__version__


def wave(*shape, phase=0.0):
    n = int(np.prod(shape))
    return np.sin(np.arange(n) * 0.7 + phase).reshape(shape).astype("float32")


def mlp(outputs, activation=None, **dense):
    x = keras.Input((5,), name="x")
    h = keras.layers.Dense(4, activation="tanh", name="h", **dense)(x)
    return keras.Model(x, keras.layers.Dense(outputs, activation=activation, name="o")(h), name="mlp")


def normalised():
    x = keras.Input((6, 6, 2), name="x")
    h = keras.layers.Conv2D(3, 3, name="c")(x)
    h = keras.layers.BatchNormalization(name="bn")(h)
    h = keras.layers.GlobalAveragePooling2D(name="p")(keras.layers.ReLU(name="r")(h))
    return keras.Model(x, keras.layers.Dense(2, name="o")(h), name="cnn")


def two_outputs():
    x = keras.Input((5,), name="x")
    h = keras.layers.Dense(4, activation="relu", name="h")(x)
    return keras.Model(x, [keras.layers.Dense(2, name="a")(h), keras.layers.Dense(3, activation="softmax", name="b")(h)], name="two")


X, Y = wave(10, 5), wave(10, 2, phase=1.0)
BINARY = (wave(10, 1, phase=2.0) > 0).astype("float32")
CLASSES = (np.arange(10) % 3).astype("int64")
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
PLAIN = dict(batch_size=4, epochs=2)
CASES = {
    "sgd_smaller_last_batch": (mlp(2), dict(optimizer="sgd", loss="mse", metrics=["mae"]), X, Y, PLAIN),
    "rmsprop": (mlp(2), dict(optimizer="rmsprop", loss="mse", metrics=[]), X, Y, PLAIN),
    "adam_validation_split": (mlp(2), dict(optimizer="adam", loss="mae", metrics=["mse"]), X, Y, dict(PLAIN, validation_split=0.25)),
    "validation_freq": (mlp(2), dict(optimizer="sgd", loss="mse", metrics=[]), X, Y, dict(batch_size=4, epochs=4, validation_split=0.3, validation_freq=2)),
    "initial_epoch": (mlp(2), dict(optimizer="sgd", loss="mse", metrics=[]), X, Y, dict(batch_size=4, epochs=5, initial_epoch=3)),
    "steps_per_epoch": (mlp(2), dict(optimizer="sgd", loss="mse", metrics=[]), X, Y, dict(batch_size=4, epochs=1, steps_per_epoch=2)),
    "sample_weight": (mlp(2), dict(optimizer="sgd", loss="mse", metrics=["mae"], weighted_metrics=["mse"]), X, Y, dict(PLAIN, sample_weight="w")),
    "class_weight": (mlp(1, "sigmoid"), dict(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"]), X, BINARY, dict(PLAIN, class_weight={"0": 0.5, "1": 3.0})),
    "binary": (mlp(1, "sigmoid"), dict(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"]), X, BINARY, PLAIN),
    "binary_labels_without_a_dim": (mlp(1, "sigmoid"), dict(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"]), X, BINARY[:, 0], PLAIN),
    "sparse": (mlp(3, "softmax"), dict(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"]), X, CLASSES, PLAIN),
    "categorical": (mlp(3, "softmax"), dict(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy", "categorical_crossentropy"]), X, ONE_HOT, PLAIN),
    "regularized_and_constrained": (
        mlp(2, kernel_regularizer=keras.regularizers.l2(0.05), activity_regularizer=keras.regularizers.l2(0.02), kernel_constraint=keras.constraints.MaxNorm(0.8)),
        dict(optimizer="sgd", loss="mse", metrics=[]), X, Y, PLAIN),
    "batch_norm": (normalised(), dict(optimizer="sgd", loss="mse", metrics=[]), wave(10, 6, 6, 2), Y, PLAIN),
    "two_outputs": (two_outputs(), dict(optimizer="sgd", loss={"a": "mse", "b": "categorical_crossentropy"}, loss_weights={"a": 0.5, "b": 2.0}, metrics={"a": ["mae"], "b": ["accuracy"]}), X, [Y, ONE_HOT], PLAIN),
}


def main(folder):
    arrays = {}
    cases = {}
    for name, (model, options, x, y, fit) in CASES.items():
        for i, w in enumerate(model.weights):
            w.assign(0.6 * wave(*w.shape, phase=float(i)) + (1.0 if "variance" in w.name or "gamma" in w.name else 0.0))
        before = model.get_weights()
        text = model.to_json()
        model.compile(**options)
        kwargs = dict(fit)
        if kwargs.get("sample_weight"):
            kwargs["sample_weight"] = np.abs(wave(10, phase=3.0))
            arrays[name + "/sample_weight"] = kwargs["sample_weight"]
        if kwargs.get("class_weight"):
            kwargs["class_weight"] = {int(k): v for k, v in kwargs["class_weight"].items()}
        if isinstance(y, list) and KERAS3:
            y = dict(zip(("a", "b"), y))
        history = model.fit(x, y, shuffle=False, verbose=0, **kwargs)
        evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True) if hasattr(keras, "ops") else dict(
            zip(model.metrics_names, np.ravel(model.evaluate(x, y, batch_size=4, verbose=0)).tolist()))
        cases[name] = {"config": text, "compile": options, "fit": fit,
                       "history": {k: [float(v) for v in vs] for k, vs in history.history.items()},
                       "epoch": history.epoch, "evaluate": {k: float(v) for k, v in evaluated.items()}}
        arrays[name + "/x"] = x
        ys = list(y.values()) if isinstance(y, dict) else y if isinstance(y, list) else [y]
        for i, part in enumerate(ys):
            arrays["%s/y%d" % (name, i)] = part
        for i, w in enumerate(before):
            arrays["%s/before%02d" % (name, i)] = w
        for i, w in enumerate(model.get_weights()):
            arrays["%s/after%02d" % (name, i)] = w
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump(cases, f, indent=1, sort_keys=True)
    np.savez(folder + "/" + PRODUCER + ".npz", **arrays)


main(sys.argv[1])
