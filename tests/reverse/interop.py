"""The real Kerases' side of the interop matrix.

    python interop.py PRODUCER write FOLDER    # tf-2.2.3, tf-2.15.1 or tf_keras
    python interop.py PRODUCER read FOLDER

write: each model of interop_models.py, after one training step, as FOLDER/PRODUCER/<model>/saved_model, ckpt/w and
model.h5; state.npz has what it predicts (p...), its weights (w...), and what the next step gives: results (logs), weights
(n...); written.json what could not be saved. read: opens what every writer wrote; FOLDER/PRODUCER.json says of each
writer, format and model whether the weights were the same bits and the largest differences of predictions and of the
next step, or the error.
"""
import json
import os
import pathlib
import sys

import numpy as np

from checks import flat
from interop_models import MODELS, Builder, x_of, y_of
from real_keras import plain, start, told

FILES = {"saved_model": "saved_model", "checkpoint": "ckpt/w", "h5": "model.h5"}


def step(real, model, name):
    return real.train(model, x_of(name, 1), y_of(name, 1)).astype("float32")


def write(real, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    model = Builder(real).build(name)
    model.train_on_batch(x_of(name, 0), y_of(name, 0))
    written = {}
    for form, save in (("saved_model", lambda path: model.save(path, save_format="tf")),
                       ("checkpoint", lambda path: model.save_weights(path, save_format="tf")), ("h5", model.save)):
        try:
            save(str(folder / FILES[form]))
            written[form] = {}
        except Exception as error:
            written[form] = {"error": told(error)}
    (folder / "written.json").write_text(json.dumps(written))
    state = {"p%03d" % i: p for i, p in enumerate(flat(model.predict(x_of(name, 2), verbose=0)))}
    state.update({"w%03d" % i: plain(w) for i, w in enumerate(model.weights)})
    state["logs"] = step(real, model, name)
    state.update({"n%03d" % i: plain(w) for i, w in enumerate(model.weights)})
    np.savez(str(folder / "state.npz"), **state)


class Expected:
    def __init__(self, path):
        with np.load(str(path)) as file:
            self.arrays = {name: file[name] for name in file.files}

    def of(self, kind):
        return [self.arrays[name] for name in sorted(self.arrays) if name[0] == kind]


def difference(got, expected):
    if len(got) != len(expected):
        raise ValueError("%d arrays instead of %d" % (len(got), len(expected)))
    return max(float(np.max(np.abs(a.astype("float64") - b))) for a, b in zip(got, expected))


def open_checkpoint(real, path, name):
    """The model, the checkpoint's status, and what had to be done for it to load."""
    try:
        model = Builder(real).build(name)
        return model, model.load_weights(path), ""
    except Exception as error:
        problem = told(error)
    model = Builder(real).build(name, legacy=True)
    return model, model.load_weights(path), "with keras.optimizers.legacy, else " + problem


def read(real, form, folder, name):
    expected = Expected(folder / "state.npz")
    path, status, result = str(folder / FILES[form]), None, {}
    try:
        if form == "checkpoint":
            model, status, result["note"] = open_checkpoint(real, path, name)
        else:
            real.keras.backend.clear_session()
            model = real.keras.models.load_model(path, custom_objects={"far_loss": Builder(real).far_loss()})
        weights, was = [plain(w) for w in model.weights], expected.of("w")
        result["weights"] = len(weights) == len(was) and all(a.tobytes() == b.tobytes() for a, b in zip(weights, was))
        y = flat(model(real.tf.constant(x_of(name, 2)), training=False))
        result["predictions"] = difference([plain(v) for v in y], expected.of("p"))
        if form == "saved_model":
            result["iterations"] = int(model.optimizer.iterations)
            model.load_weights(path + "/variables/variables")
        logs = difference([step(real, model, name)], expected.of("l"))
        result["next"] = max(logs, difference([plain(w) for w in model.weights], expected.of("n")))
        if status is not None:
            try:
                status.assert_consumed()
            except AssertionError as error:
                result["note"] = told(error)[:400]
    except Exception as error:
        result["error"] = told(error)[:400]
    return result


def main():
    producer, what, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    real = start(producer, deterministic=False)
    if what == "write":
        for name in MODELS:
            write(real, root / producer / name, name)
        (root / (producer + ".version")).write_text(real.tf.__version__)
        return
    results = {}
    for writer in sorted(p.name for p in root.iterdir() if p.is_dir()):
        results[writer] = {form: {} for form in FILES}
        for name in MODELS:
            folder = root / writer / name
            written = json.loads((folder / "written.json").read_text())
            for form in FILES:
                if "error" not in written[form]:
                    results[writer][form][name] = read(real, form, folder, name)
    (root / (producer + ".json")).write_text(json.dumps(results, indent=1))



main()
