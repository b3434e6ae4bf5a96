"""Archives of models with a layer in several models within: a real Keras opens what Hornbeam makes of those that it cannot
open itself, with the same predictions.

    python open_shared.py HORNBEAM PRODUCER      (tf-2.15.1, tf_keras or keras-3)
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import real_keras

hornbeam, producer = sys.argv[1:]
real = real_keras.start(producer)
target = real_keras.TARGETS[producer][-1]
data = pathlib.Path(__file__).resolve().parents[1] / "keras/data/keras_v3"
numbers = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
words = np.array([[3, 1], [7, 4], [5, 3]])
passed = failed = 0
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for original in sorted(data.glob("shared-*.keras")):
        lookup = original.name.startswith("shared-lookup")
        x = words if lookup else numbers
        np.save(folder / "x.npy", x)
        written = folder / original.name
        for command in (["convert", original, written, "--format", "keras", "--target", target],
                        ["predict", original, "--input", folder / "x.npy", "--output-dir", folder]):
            subprocess.run([hornbeam, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
        ours = [np.load(folder / name) for name in ("0.npy", "1.npy")]
        model = real.open(written, compiled=True)
        theirs = [real_keras.plain(y) for y in model(real.input(x))]
        copied = lookup or len(model.weights) == 4
        if all(np.allclose(a, b, 1e-5, 1e-6) for a, b in zip(ours, theirs)) and copied:
            passed += 1
        else:
            failed += 1
            print(f"failed: {original.name}: {ours} {theirs}")
print(f"shared: {passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
