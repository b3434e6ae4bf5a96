"""Op layers that Hornbeam brought from one Keras to another, opened by that one: it must predict what the first did.

    python open_op_layers.py HORNBEAM PRODUCER    # HORNBEAM: the program; PRODUCER as real_keras.start takes it

The models are those of tests/keras/data/op_layers. Exit code 1 when one is not opened, or predicts something else; what
Hornbeam refuses to write for this Keras is counted (tests/keras/engine/op_layers_test.cpp says what that must be).
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import real_keras

DATA = pathlib.Path(__file__).resolve().parents[1] / "keras/data/op_layers"
hornbeam, producer = sys.argv[1:3]
real = real_keras.start(producer)
target = real_keras.TARGETS[producer][-1]


def problem_of(text, folder, rows, wanted):
    """What is wrong with the converted model; None when Hornbeam refuses to make it."""
    given, made = folder / "given.json", folder / "made.json"
    given.write_text(text)
    done = subprocess.run([hornbeam, "convert", str(given), str(made), "--format", "json", "--target", target],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        return None if b"Choose another target" in done.stderr else done.stderr.decode()
    try:
        model = real.keras.models.model_from_json(made.read_text())
        got = np.asarray(model.predict_on_batch(rows if len(rows) > 1 else rows[0]))
    except Exception as error:
        return real_keras.told(error)[:300]
    if got.dtype != wanted.dtype or got.shape != wanted.shape:
        return f"{got.dtype} {got.shape} instead of {wanted.dtype} {wanted.shape}"
    return "" if np.allclose(got, wanted, rtol=1e-6, atol=1e-6) else "other values"


passed, failed, refused = 0, 0, 0
with tempfile.TemporaryDirectory() as temporary:
    for source in sorted(DATA.glob("*.json")):
        arrays = np.load(str(source.with_suffix(".npz")))
        for name, recorded in json.loads(source.read_text()).items():
            if "error" in recorded:
                continue
            config = json.loads(recorded["json"])["config"]
            inputs = [layer["config"]["name"] for layer in config["layers"] if layer["class_name"] == "InputLayer"]
            # In the order of the model's inputs: x before y, n before m.
            rows = [arrays[i] for i in ("x", "y", "n", "m") if i in inputs]
            problem = problem_of(recorded["json"], pathlib.Path(temporary), rows, arrays[name])
            if problem is None:
                refused += 1
            elif problem:
                failed += 1
                print(f"failed: {name} of {source.stem}: {problem}", flush=True)
            else:
                passed += 1
print(f"ops: {passed} passed, {failed} failed, {refused} refused")
sys.exit(1 if failed else 0)
