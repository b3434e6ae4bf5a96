"""Files of quantised models that Hornbeam wrote, from those that Keras 3 had written (tests/keras/data/quantized): Keras 3
opens them with the same weights and predictions, and trains on in the same steps where a layer of integers has a bias to
train.

    python open_quantized.py HORNBEAM      (keras-3)
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import real_keras

hornbeam = sys.argv[1]
real = real_keras.start("keras-3")
data = pathlib.Path(__file__).resolve().parents[1] / "keras/data/quantized"
recorded = json.loads((data / "keras-3.15.1.json").read_text())["models"]
arrays = np.load(data / "keras-3.15.1.npz")
passed = failed = limits = 0


def refused_by_keras(path):
    try:
        real.open(path, compiled=False)
    except ValueError as error:
        return str(error).splitlines()[0]
    return ""


def configs(model):
    return [real.keras.saving.serialize_keras_object(layer)["config"] for layer in model.layers]


def problem(name, source, kind, written):
    model = real.open(written, compiled=False)
    weights = [real_keras.plain(w) for w in model.weights]
    # LoRA's sum is quantised whenever an archive is written.
    anew = kind == "keras" and "lora" in name
    stem = f"{name}/again_{source}" if anew else f"{name}/{source}"
    wanted = [arrays[f"{stem}/{i}"] for i in range(len(recorded[name]["paths"]))]
    if len(weights) != len(wanted) or not all(np.allclose(a, b, 1e-6 if anew else 0, 0) for a, b in zip(weights, wanted)):
        return "other weights"
    if configs(model) != configs(real.open(data / f"{name}.{source}", compiled=False)):
        return "other configs"
    x, y = arrays[f"{name}/x"], arrays[f"{name}/y_of_{source}"]
    if not anew and not np.array_equal(model.predict(x, verbose=0).astype("float32"), y):
        return "other predictions"
    # An archive has LoRA's sum in the kernel.
    if "losses" in recorded[name] and "lora" not in name:
        model.compile(real.keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
        losses = [float(model.train_on_batch(x, arrays[f"{name}/towards"])) for _ in range(3)]
        if not np.allclose(losses, recorded[name]["losses"], 1e-4 if "mixed" not in name else 2e-2):
            return f"trains to {losses}, not {recorded[name]['losses']}"
    return ""


with tempfile.TemporaryDirectory() as folder:
    for name, record in recorded.items():
        # As archives all can be read here; H5 of Keras's own only where Keras can, too.
        for source, kind in (("keras", "keras"), ("keras", "h5"), ("h5", "h5")):
            if "paths_of_" + source not in record:
                limits += bool(refused_by_keras(data / f"{name}.{source}"))
                continue
            written = pathlib.Path(folder) / f"{name}-{source}.{kind}"
            command = [hornbeam, "convert", data / f"{name}.{source}", written, "--format", kind, "--target", "keras3"]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
            found = done.stderr if done.returncode else problem(name, source, kind, written)
            passed += not found
            failed += bool(found)
            if found:
                print(f"failed: {written.name}: {found}")
print(f"quantized: {passed} passed, {failed} failed, {limits} files that Keras cannot read itself")
sys.exit(1 if failed or not passed else 0)
