"""Files of models with LoRA that Hornbeam wrote, from those that Keras 3 had written (tests/keras/data/lora): Keras 3 opens
them with the same weights and predictions, and trains on in the same steps.

    python open_lora.py HORNBEAM      (keras-3)
"""
import pathlib
import sys
import tempfile

import numpy as np

from recorded_files import RecordedFiles

files = RecordedFiles("lora", sys.argv[1])


def problem(name, kind, written):
    model = files.real.open(written, compiled=True)
    weights, wanted = files.weights(model, name, kind)
    if len(weights) != len(wanted) or not all(np.array_equal(a, b) for a, b in zip(weights, wanted)):
        return "other weights"
    x, y = files.arrays[f"{name}/x"], files.arrays[f"{name}/y_of_{kind}"]
    if not np.array_equal(model.predict(x, verbose=0).astype("float32"), y):
        return "other predictions"
    # What H5 holds trains on as it would have, but where alpha is forgotten (docs/limits.md).
    if kind == "h5" and not name.startswith("enabled"):
        return files.problem_of_training(model, name, name == "mixed")
    return ""


with tempfile.TemporaryDirectory() as folder:
    for name in files.models:
        for kind in ("keras", "h5"):
            written = pathlib.Path(folder) / f"{name}.{kind}"
            files.check(written.name, written, kind, lambda: problem(name, kind, written))
files.finish()
