"""Files of models with LoRA that Hornbeam wrote, from those that Keras 3 had written (tests/keras/data/lora): Keras 3 opens
them with the same weights and predictions, and trains on in the same steps.

    python open_lora.py HORNBEAM      (keras-3)
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
data = pathlib.Path(__file__).resolve().parents[1] / "keras/data/lora"
recorded = json.loads((data / "keras-3.15.1.json").read_text())["models"]
arrays = np.load(data / "keras-3.15.1.npz")
passed = failed = 0


def problem(name, kind, written):
    model = real.open(written, compiled=True)
    weights = [real_keras.plain(w) for w in model.weights]
    wanted = [arrays[f"{name}/{kind}/{i}"] for i in range(len(recorded[name]["paths"]))]
    if len(weights) != len(wanted) or not all(np.array_equal(a, b) for a, b in zip(weights, wanted)):
        return "other weights"
    x, y = arrays[f"{name}/x"], arrays[f"{name}/y_of_{kind}"]
    if not np.array_equal(model.predict(x, verbose=0).astype("float32"), y):
        return "other predictions"
    # What H5 holds trains on as it would have, but where alpha is forgotten (docs/limits.md).
    if kind == "h5" and not name.startswith("enabled"):
        model.compile(real.keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
        losses = [float(model.train_on_batch(x, arrays[f"{name}/towards"])) for _ in range(3)]
        if not np.allclose(losses, recorded[name]["losses"], 1e-4 if name != "mixed" else 2e-2):
            return f"trains to {losses}, not {recorded[name]['losses']}"
    return ""


with tempfile.TemporaryDirectory() as folder:
    for name in recorded:
        for kind in ("keras", "h5"):
            written = pathlib.Path(folder) / f"{name}.{kind}"
            command = [hornbeam, "convert", data / written.name, written, "--format", kind, "--target", "keras3"]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
            found = done.stderr if done.returncode else problem(name, kind, written)
            passed += not found
            failed += bool(found)
            if found:
                print(f"failed: {written.name}: {found}")
print(f"lora: {passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
