"""Records what fit and evaluate of real Keras do: record_fit.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.npz: per case the model's JSON, what it was compiled with, arrays, the history and the weights
after training. Read by tests/keras/training/fit_test.cpp.

"with_layers" (2.x): what model.add_loss and add_metric put into the JSON as layers; "plain" is the JSON before that.
"""
import json
import logging
import sys
import warnings

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


class Added(keras.layers.Layer):
    """Adds a loss, and in Keras 2 (Keras 3 has no add_metric) a metric."""

    def __init__(self, rate, metric, axis=None, **kwargs):
        super(Added, self).__init__(**kwargs)
        self.rate, self.metric, self.axis = rate, metric, axis

    def call(self, x):
        self.add_loss(self.rate * tf.reduce_mean(tf.square(x), axis=self.axis))
        if not KERAS3:
            self.add_metric(tf.abs(x), name=self.metric, aggregation="mean")
        return x

    def get_config(self):
        return dict(super(Added, self).get_config(), rate=self.rate, metric=self.metric, axis=self.axis)


def adding(*metrics, axis=None):
    """A chain of Added layers, the last named first."""
    x = keras.Input((5,), name="x")
    h = keras.layers.Dense(4, activation="tanh", name="h")(x)
    for i, metric in enumerate(metrics):
        h = Added(0.1 * (i + 1), metric, axis, name="added_%d" % (len(metrics) - i))(h)
    return keras.Model(x, keras.layers.Dense(2, name="o")(h), name="adding")


def added_to():
    """A model to which a loss and metrics are added from outside."""
    model = mlp(2)
    plain = model.to_json()
    h = model.get_layer("h").output
    model.add_loss(0.5 * tf.reduce_mean(tf.square(h)))
    model.add_metric(tf.reduce_sum(h), name="sum", aggregation="mean")
    model.add_metric(h, name="mean_h", aggregation="mean")
    model.plain = plain
    return model


def added_function():
    model = mlp(2)
    kernel = model.get_layer("h").kernel
    model.add_loss(lambda: 0.5 * tf.reduce_mean(tf.square(kernel)))
    return model


def frozen():
    x = keras.Input((5,), name="x")
    h = keras.layers.Dense(4, activation="tanh", name="h", kernel_regularizer=keras.regularizers.l2(0.05), trainable=False)(x)
    h = keras.layers.BatchNormalization(name="bn", trainable=False)(h)
    return keras.Model(x, keras.layers.Dense(2, name="o", kernel_regularizer=keras.regularizers.l2(0.05))(h), name="frozen")


def in_time():
    x = keras.Input((3, 5), name="x")
    return keras.Model(x, keras.layers.Dense(2, name="o")(x), name="time")


def cust_loss(y_true, y_pred):
    o = keras.ops if KERAS3 else tf
    return o.abs(y_true - y_pred) ** 1.5


def cust_metric(y_true, y_pred):
    return keras.ops.max(abs(y_true - y_pred), -1) if KERAS3 else tf.reduce_max(abs(y_true - y_pred), -1)


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


W = np.abs(wave(10, phase=3.0))
VALIDATION = dict(x=wave(7, 5, phase=5.0), y=wave(7, 2, phase=6.0))
SGD = dict(optimizer="sgd", loss="mse", metrics=[])
SPARSE = dict(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["sparse_categorical_crossentropy"])
CASES.update({
    "layers_add": (adding("first", "second"), dict(optimizer="sgd", loss="mse", metrics=["mae"]), X, Y, PLAIN),
    "layers_add_under_one_name": (adding("same", "same"), dict(optimizer="sgd", loss="mse", metrics=["mae"]), X, Y, PLAIN),
    "only_added_loss": (adding("first"), dict(optimizer="sgd"), X, None, PLAIN),
    "only_added_vector": (adding("first", axis=-1), dict(optimizer="sgd"), X, None, PLAIN),
    "frozen": (frozen(), SGD, X, Y, PLAIN),
    "steps_go_on": (mlp(2), SGD, X, Y, dict(batch_size=4, epochs=4, steps_per_epoch=2)),
    "steps_run_out": (mlp(2), SGD, X, Y, dict(batch_size=4, epochs=3, steps_per_epoch=5)),
    "steps_from_an_epoch": (mlp(2), SGD, X, Y, dict(batch_size=4, epochs=5, initial_epoch=2, steps_per_epoch=2)),
    "steps_end_with_the_data": (mlp(2), SGD, X[:8], Y[:8], dict(batch_size=4, epochs=4, steps_per_epoch=1)),
    "validation_data": (mlp(2), SGD, X, Y, dict(PLAIN, validation_data="v")),
    "validation_steps": (mlp(2), SGD, X, Y, dict(PLAIN, validation_data="v", validation_batch_size=3, validation_steps=2)),
    "class_weight_of_classes": (mlp(3, "softmax"), SPARSE, X, CLASSES, dict(PLAIN, class_weight={"0": 1.0, "1": 0.5, "2": 3.0})),
    "class_weight_of_one_hot": (mlp(3, "softmax"), dict(optimizer="sgd", loss="categorical_crossentropy", metrics=[]), X, ONE_HOT, dict(PLAIN, class_weight={"0": 1.0, "1": 0.5, "2": 3.0})),
    "class_weight_not_of_validation": (mlp(3, "softmax"), SPARSE, X, CLASSES, dict(PLAIN, class_weight={"0": 1.0, "1": 0.5, "2": 3.0}, validation_split=0.3)),
    "weights_in_a_column": (mlp(2), dict(SGD, weighted_metrics=["mae"]), X, Y, dict(PLAIN, sample_weight=W[:, None])),
    "weights_in_time": (in_time(), dict(SGD, weighted_metrics=["mae"]), wave(10, 3, 5), wave(10, 3, 2), dict(PLAIN, sample_weight=np.abs(wave(10, 3)))),
    "custom_loss_and_metric": (mlp(2), dict(optimizer="sgd", loss=cust_loss, metrics=[cust_metric]), X, Y, PLAIN),
    "no_gradient": (two_outputs(), dict(optimizer="sgd", loss=["mse", None]), X, [Y, ONE_HOT], PLAIN),
})
if KERAS3:
    CASES.update({
        "added_vector": (adding("first", axis=-1), SGD, X, Y, PLAIN),
        "class_weight_missing": (mlp(3, "softmax"), SPARSE, X, CLASSES, dict(PLAIN, class_weight={"0": 0.5, "2": 3.0})),
    })
else:
    CASES.update({
        "class_weight_and_sample_weight": (mlp(3, "softmax"), SPARSE, X, CLASSES, dict(PLAIN, class_weight={"0": 1.0, "1": 0.5, "2": 3.0}, sample_weight=W)),
        "weights_of_outputs": (two_outputs(), dict(optimizer="sgd", loss={"a": "mse", "b": "categorical_crossentropy"}, metrics={"a": ["mae"]}, weighted_metrics={"a": ["mse"], "b": ["accuracy"]}), X, [Y, ONE_HOT], dict(PLAIN, sample_weight={"a": W, "b": W[::-1].copy()})),
        "model_adds": (added_to(), dict(optimizer="sgd", loss="mse", metrics=["mae"]), X, Y, PLAIN),
        "model_adds_a_function": (added_function(), dict(optimizer="sgd", loss="mse", metrics=["mae"]), X, Y, PLAIN),
    })


class Warnings(logging.Handler):
    """What Keras 2 logs and Keras 3 warns of in training, each once."""

    SAID = ("Gradients do not exist", "ran out of data", "trainable weights")

    def __init__(self):
        super(Warnings, self).__init__()
        self.texts = []

    def take(self, text):
        text = text.replace("WARNING:tensorflow:", "")
        if any(said in text for said in self.SAID) and text not in self.texts:
            self.texts.append(text)

    def emit(self, record):
        self.take(record.getMessage())


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
        weight = kwargs.get("sample_weight")
        if weight is not None:
            if isinstance(weight, str):
                kwargs["sample_weight"] = weight = W
            parts = weight if isinstance(weight, dict) else {"": weight}
            for key, part in parts.items():
                arrays["%s/weight_%s" % (name, key)] = part
        if kwargs.get("validation_data"):
            kwargs["validation_data"] = (VALIDATION["x"], VALIDATION["y"], W[:7])
            arrays.update({name + "/val_x": VALIDATION["x"], name + "/val_y": VALIDATION["y"], name + "/val_w": W[:7]})
        if kwargs.get("class_weight"):
            kwargs["class_weight"] = {int(k): v for k, v in kwargs["class_weight"].items()}
        if isinstance(y, list) and KERAS3:
            y = dict(zip(("a", "b"), y))
        warned = Warnings()
        tf.get_logger().addHandler(warned)
        with warnings.catch_warnings(record=True) as list_of_warnings:
            warnings.simplefilter("always")
            try:
                history = model.fit(x, y, shuffle=False, verbose=0, **kwargs)
            except Exception as e:  # what this Keras cannot do is not recorded, but told
                print("left out: %s: %s: %s" % (name, type(e).__name__, str(e)[:200]), flush=True)
                arrays = {key: array for key, array in arrays.items() if not key.startswith(name + "/")}
                continue
            finally:
                tf.get_logger().removeHandler(warned)
        for warning in list_of_warnings:
            warned.take(str(warning.message))
        evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True) if hasattr(keras, "ops") else dict(
            zip(model.metrics_names, np.ravel(model.evaluate(x, y, batch_size=4, verbose=0)).tolist()))
        fit = {k: {key: "" for key in v} if k == "sample_weight" and isinstance(v, dict) else "" if isinstance(v, np.ndarray) else v for k, v in fit.items()}
        cases[name] = {"config": text, "compile": options, "fit": fit,
                       "history": {k: [float(v) for v in vs] for k, vs in history.history.items()},
                       "epoch": history.epoch, "evaluate": {k: float(v) for k, v in evaluated.items()}, "warnings": warned.texts,
                       "order": list(history.history)}
        if hasattr(model, "plain"):
            cases[name]["plain"] = model.plain
        arrays[name + "/x"] = x
        ys = [] if y is None else list(y.values()) if isinstance(y, dict) else y if isinstance(y, list) else [y]
        for i, part in enumerate(ys):
            arrays["%s/y%d" % (name, i)] = part
        for i, w in enumerate(before):
            arrays["%s/before%02d" % (name, i)] = w
        for i, w in enumerate(model.get_weights()):
            arrays["%s/after%02d" % (name, i)] = w
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump(cases, f, indent=1, sort_keys=True, default=lambda function: function.__name__)
    np.savez(folder + "/" + PRODUCER + ".npz", **arrays)


main(sys.argv[1])
