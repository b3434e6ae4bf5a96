"""Loads checkpoints that Hornbeam wrote in the real Keras of their cases: weights and predictions must be the case's,
everything in the file must be consumed, and training must go on as it does there.

    python open_checkpoints.py PRODUCER MANIFEST    # tf-2.2.3, tf-2.15.1 or tf_keras; manifest of save_checkpoints

Ends with "checkpoints: N passed, N failed"; exit code 1 when one failed, or there was none.
"""
import json
import pathlib
import sys

import numpy as np

from checks import flat
from corpus_case import Case, archive
from real_keras import plain, start, told


def wipe(model):
    variables = list(model.weights)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        more = optimizer.variables
        variables += list(more() if callable(more) else more)
    for variable in variables:
        if variable.dtype != "string":
            variable.assign(np.zeros(variable.shape, plain(variable).dtype))


def problem_of(real, item):
    case = Case(item["folder"])
    # An optimizer that Hornbeam does not have yet is not in the file.
    trains = (case.folder / "continue/continue.json").exists() and item["compiled"]
    h5 = case.folder / "h5/model.h5"
    if not h5.exists():
        return None
    try:
        model = real.open(h5, compiled=trains)
    except Exception:
        return None  # it does not read its own file
    wipe(model)
    status = model.load_weights(item["path"])
    # A case that never trained has no optimizer state in its file, and real Kerases differ in when they make it: what
    # came after a step is asked for after a step.
    before = archive(case.folder / "continue/optimizer_before.npz") if trains else []
    fresh = trains and (not before or not before[0])  # iterations come first
    if not fresh:
        status.assert_existing_objects_matched()
        if trains:
            status.assert_consumed()
    if item["state"] == "loaded":
        expected = case.weights()
        got = real.weights(model)
        if expected is not None:
            if len(got) != len(expected) or any(a.shape != b.shape or a.tobytes() != b.astype(a.dtype).tobytes() for a, b in zip(got, expected)):
                return "other weights"
        if case.has_arrays() and "channels_first" not in case.folder.name:  # which TensorFlow has no CPU kernels for
            text = case.differences([plain(y) for y in flat(model.predict(case.inputs()))], case.outputs(), "output")
            if text:
                return text
    if not trains:
        return ""
    first = 1 if item["state"] == "trained" else 0
    steps = case.continued()["train_on_batch"]
    for i in range(first, len(steps)):
        x, y, keywords = case.training_batch(i)
        got = real.train(model, x, y, **keywords)
        if fresh and item["state"] == "trained" and i == first:
            status.assert_consumed()
        text = case.difference(np.asarray(got, "float32"), np.asarray(np.ravel(steps[i]), "float32"))
        if text:
            return f"train_on_batch {i}: {text}"
    return case.differences(real.weights(model), archive(case.folder / "continue/weights_after.npz"), "weight")


def main():
    producer, manifest = sys.argv[1], pathlib.Path(sys.argv[2])
    real = start(producer)
    passed = failed = skipped = 0
    for item in json.loads(manifest.read_text()):
        if not item["producer"].startswith(producer):
            continue
        try:
            # The learning rate of this case is of its process's floatx.
            wide = pathlib.Path(item["folder"]).name == "c_float64"
            real.keras.backend.set_floatx("float64" if wide else "float32")
            problem = problem_of(real, item)
        except Exception as error:
            problem = told(error)[:400]
        if problem is None:
            skipped += 1
        elif problem:
            failed += 1
            print(f"failed: {item['producer']} {pathlib.Path(item['folder']).name} {item['state']}: {problem}", flush=True)
        else:
            passed += 1
    print(f"checkpoints: {passed} passed, {failed} failed, {skipped} left out (without an H5 file that the real Keras reads)")
    sys.exit(1 if failed or not passed else 0)


main()
