"""Files of quantised models that Hornbeam wrote, from those that Keras 3 had written (tests/keras/data/quantized): Keras 3
opens them with the same weights and predictions, and trains on in the same steps where a layer of integers has a bias to
train.

    python open_quantized.py HORNBEAM      (keras-3)
"""
import pathlib
import sys
import tempfile

import numpy as np

from recorded_files import RecordedFiles

files = RecordedFiles("quantized", sys.argv[1])
limits = 0


def refused_by_keras(path):
    try:
        files.real.open(path, compiled=False)
    except ValueError as error:
        return str(error).splitlines()[0]
    return ""


def configs(model):
    return [files.real.keras.saving.serialize_keras_object(layer)["config"] for layer in model.layers]


def problem(name, source, kind, written):
    model = files.real.open(written, compiled=False)
    # LoRA's sum is quantised whenever an archive is written.
    anew = kind == "keras" and "lora" in name
    weights, wanted = files.weights(model, name, f"again_{source}" if anew else source)
    if len(weights) != len(wanted) or not all(np.allclose(a, b, 1e-6 if anew else 0, 0) for a, b in zip(weights, wanted)):
        return "other weights"
    if configs(model) != configs(files.real.open(files.data / f"{name}.{source}", compiled=False)):
        return "other configs"
    x, y = files.arrays[f"{name}/x"], files.arrays[f"{name}/y_of_{source}"]
    if not anew and not np.array_equal(model.predict(x, verbose=0).astype("float32"), y):
        return "other predictions"
    # An archive has LoRA's sum in the kernel.
    if "losses" in files.models[name] and "lora" not in name:
        return files.problem_of_training(model, name, "mixed" in name)
    return ""


with tempfile.TemporaryDirectory() as folder:
    for name, record in files.models.items():
        # As archives all can be read here; H5 of Keras's own only where Keras can, too.
        for source, kind in (("keras", "keras"), ("keras", "h5"), ("h5", "h5")):
            if "paths_of_" + source not in record:
                limits += bool(refused_by_keras(files.data / f"{name}.{source}"))
                continue
            written = pathlib.Path(folder) / f"{name}-{source}.{kind}"
            files.check(f"{name}.{source}", written, kind, lambda: problem(name, source, kind, written))
files.finish(f", {limits} files that Keras cannot read itself")
