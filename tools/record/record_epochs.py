"""Records what fit of real Keras makes of data that end within epochs, of class weights by labels of any form and of
floatx float64, and what single batches give one after the other: record_epochs.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.json, read by tests/keras/training/epochs_test.cpp, which makes the same runs.
"""
import json
import subprocess
import sys
import warnings

from producer import KERAS3, PRODUCER, keras

import numpy as np
import tensorflow as tf


def line_model(units=1, shape=(1,), activation=None, kernel="ones", loss="mse", metrics=()):
    model = keras.Sequential([keras.Input(shape), keras.layers.Dense(units, activation=activation, kernel_initializer=kernel)])
    model.compile("sgd", loss, metrics=list(metrics))
    return model


def ran(fit):
    """The history of one run, or what it raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            history = fit()
            return {"epoch": history.epoch, "history": {k: [float(v) for v in vs] for k, vs in history.history.items()}}
        except Exception as e:
            return {"error": type(e).__name__, "message": str(e)}


def steps(batches, of_epoch, epochs, known):
    x = np.arange(2 * batches, dtype="float32").reshape(-1, 1) * 0.1
    if known:
        data = tf.data.Dataset.from_tensor_slices((x, 2 * x)).batch(2)
    else:
        def cut():
            for i in range(batches):
                yield x[2 * i:2 * i + 2], 2 * x[2 * i:2 * i + 2]
        data = tf.data.Dataset.from_generator(cut, output_types=(tf.float32, tf.float32), output_shapes=((None, 1), (None, 1)))
    counts = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: counts.append(0))
    note.on_train_batch_end = lambda batch, logs=None: counts.__setitem__(-1, counts[-1] + 1)
    model = line_model(metrics=["mae"])
    case = {"batches": batches, "steps": of_epoch, "epochs": epochs, "known": known}
    case.update(ran(lambda: model.fit(data, epochs=epochs, steps_per_epoch=of_epoch, verbose=0, callbacks=[note])))
    case["counts"] = counts
    return case


def class_weights(labels, model, weights, loss="mse", sample_weight=None):
    y = np.array(labels, "float32")
    x = np.ones((len(y),) + tuple(model.input_shape[1:]), "float32")
    case = {"labels": labels, "class_weight": weights, "sample_weight": sample_weight, "x": list(x.shape[1:]), "units": model.output_shape[-1], "loss": loss}
    given = None if sample_weight is None else np.array(sample_weight, "float32")
    case.update(ran(lambda: model.fit(x, y, verbose=0, epochs=2, shuffle=False, sample_weight=given,
                                      class_weight={i: w for i, w in enumerate(weights)})))
    return case


def all_steps():
    for batches in (5, 6):
        for of_epoch in (3, 4, 7):
            for known in (True, False):
                yield steps(batches, of_epoch, 6, known)


def all_class_weights():
    def flat():
        return line_model(kernel="zeros")

    def soft(loss):
        return line_model(2, (3, 1), "softmax", "ones", loss)

    yield class_weights([0.9, 0.9], flat(), [1.0, 10.0])
    yield class_weights([[0.9], [0.4]], flat(), [1.0, 10.0])
    yield class_weights([0.5, 1.5, 2.5], flat(), [1.0, 10.0, 100.0])
    yield class_weights([[[1, 0], [0, 1], [0, 1]], [[0, 1], [1, 0], [1, 0]]], soft("categorical_crossentropy"), [1.0, 10.0], "categorical_crossentropy")
    yield class_weights([[[1], [0], [1]], [[0], [0], [1]]], soft("sparse_categorical_crossentropy"), [1.0, 10.0], "sparse_categorical_crossentropy")


# A call, and whether it resets the metrics (Keras 3 has no choice).
CALLS = [("train_on_batch", True), ("train_on_batch", False), ("train_on_batch", False), ("test_on_batch", False), ("test_on_batch", True),
         ("train_on_batch", True), ("fit", True), ("train_on_batch", True), ("test_on_batch", True), ("evaluate", True), ("test_on_batch", True), ("evaluate", True)]


def single_batches():
    model = line_model(metrics=["mae"])
    for i, (call, resets) in enumerate(CALLS):
        if KERAS3 and not resets:
            continue
        x = np.arange(4, dtype="float32").reshape(-1, 1) * 0.1 + i
        given = {"verbose": 0} if call in ("fit", "evaluate") else {} if KERAS3 else {"reset_metrics": resets}
        if call == "fit":
            given["batch_size"] = 4
        results = getattr(model, call)(x, 0.5 * x, **given)
        if call == "fit":
            results = [results.history[name][0] for name in ("loss", "mae")]
        yield {"call": call, "resets": resets, "first": i, "results": [float(v) for v in results]}


def in_float64():
    keras.backend.set_floatx("float64")
    x, y = np.array([[0.1], [0.2], [0.3]]), np.array([[0.15], [0.7], [0.9]])
    model = line_model(metrics=["mae"])
    evaluated = model.evaluate(x, y, verbose=0)
    return {"evaluate": evaluated, "history": {k: [float(v) for v in vs] for k, vs in model.fit(x, y, epochs=2, verbose=0).history.items()}}


def main(folder):
    # In a process of its own: Keras 3 asks for floatx once.
    float64 = subprocess.check_output([sys.executable, __file__, "--float64"])
    out = {"steps": list(all_steps()), "class_weights": list(all_class_weights()), "single_batches": list(single_batches()), "float64": json.loads(float64.decode())}
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


if sys.argv[1] == "--float64":
    print(json.dumps(in_float64()))
else:
    main(sys.argv[1])
