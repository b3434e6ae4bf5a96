"""Records what compiled models report, and how they are saved: record_compiled.py OUT_DIR, in each producer's environment.

Writes OUT_DIR/<producer>_<model>.h5, OUT_DIR/<producer>.json and OUT_DIR/arrays.npz. Of each case of compiled_cases.py:
"trained": the training_config of a file saved after a step; "fresh": before any;
"native": names and values of evaluate, then of train_on_batch, after that step, with the weights of the H5 file again;
"loaded", "loaded_fresh": the same of the model that this Keras makes of its own files. An error is {"error": its words}.
Read by tests/keras/saving/compiled_test.cpp and tests/reverse/open_compiled.py.
"""
import json
import sys
import tempfile

import h5py
import numpy as np
from compiled_cases import cases
from producer import PRODUCER, keras

KERAS3 = hasattr(keras, "ops")


def wave(*shape, phase=0.0):
    return np.sin(np.arange(int(np.prod(shape))) * 0.7 + phase).reshape(shape).astype("float32")


ARRAYS = {"x": wave(10, 4), "reg": wave(10, 2, phase=1.0), "cls": np.eye(3, dtype="float32")[np.arange(10) % 3],
          "classes": (np.arange(10) % 3).astype("int64"), "w": np.abs(wave(10, phase=3.0))}


def make(name):
    """The model and its weights."""
    keras.backend.clear_session()
    x = keras.Input((4,), name="x")
    h = keras.layers.Dense(4, activation="tanh", name="h")(x)
    cls = keras.layers.Dense(3, activation="softmax", name="cls")
    model = keras.Model(x, [keras.layers.Dense(2, name="reg")(h), cls(h)] if name == "two" else cls(h), name=name)
    weights = [0.6 * wave(*w.shape, phase=float(i)) for i, w in enumerate(model.weights)]
    model.set_weights(weights)
    return model, weights


def labels(case):
    sparse = "sparse" in repr(case["options"]["loss"]).lower()
    cls = ARRAYS["classes" if sparse else "cls"]
    if case["model"] == "one":
        return cls, ARRAYS["w"]
    if KERAS3:  # takes weights only in the form of y
        return [ARRAYS["reg"], cls], [ARRAYS["w"], ARRAYS["w"]]
    return [ARRAYS["reg"], cls], ARRAYS["w"]


def part(value, rows):
    return [v[rows] for v in value] if isinstance(value, list) else value[rows]


def told_error(error):
    """Its first line: the others may name files of this machine."""
    return "%s: %s" % (type(error).__name__, str(error).split("\n")[0][:300])


def told(results):
    return [[name, float(value)] for name, value in results.items()]


def results_of(model, case):
    """Evaluate over two batches of different size, then the next step."""
    y, w = labels(case)
    try:
        evaluated = model.evaluate(ARRAYS["x"], y, sample_weight=w, batch_size=6, verbose=0, return_dict=True)
        names = list(model.metrics_names)
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()
        step = model.train_on_batch(ARRAYS["x"][4:], part(y, slice(4, None)), sample_weight=part(w, slice(4, None)), return_dict=True)
        return {"evaluate": told(evaluated), "metrics_names": names, "next": told(step)}
    except Exception as e:
        return {"error": told_error(e)}


def loaded(path, case):
    try:
        model = keras.models.load_model(path)
        if KERAS3:  # its H5 loader builds the optimizer for no variables
            model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
            model.optimizer.build(model.trainable_variables)
    except Exception as e:
        return {"error": told_error(e)}
    return results_of(model, case)


def training_config(path):
    with h5py.File(path, "r") as file:
        text = file.attrs["training_config"]
        return text.decode() if isinstance(text, bytes) else text


def compiled(name, case):
    """Metric objects are of one compile, and Keras 3 keeps the metrics of the one before: a new model each time."""
    model, weights = make(name)
    made = cases(keras)[case]
    options = dict(made["options"], **((KERAS3 and made["keras3"]) or {}))
    model.compile(optimizer=keras.optimizers.SGD(0.1), **options)
    return model, weights


def record(name, case, path):
    model, weights = compiled(name, case)
    model.save(path)
    told = {"fresh": training_config(path), "loaded_fresh": loaded(path, cases(keras)[case])}
    model, weights = compiled(name, case)
    y, w = labels(cases(keras)[case])
    model.train_on_batch(ARRAYS["x"][:4], part(y, slice(0, 4)), sample_weight=part(w, slice(0, 4)))
    model.set_weights(weights)
    model.save(path)
    told.update(trained=training_config(path), loaded=loaded(path, cases(keras)[case]),
                native=results_of(model, cases(keras)[case]))
    return told


def main(folder):
    recorded = {}
    with tempfile.TemporaryDirectory() as temporary:
        for case, made in cases(keras).items():
            try:
                recorded[case] = record(made["model"], case, temporary + "/model.h5")
            except Exception as e:
                recorded[case] = {"error": told_error(e)}
            recorded[case].update(model=made["model"], sparse="sparse" in repr(made["options"]["loss"]).lower())
    for name in ("one", "two"):
        model, _ = make(name)
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
        model.save("%s/%s_%s.h5" % (folder, PRODUCER, name))
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump(recorded, f, indent=1, sort_keys=True)
        f.write("\n")
    np.savez(folder + "/arrays.npz", **ARRAYS)


main(sys.argv[1])
