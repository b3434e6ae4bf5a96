"""Calls the signatures of SavedModels that Hornbeam wrote (save_signatures) in a real TensorFlow: names, dtypes, shapes and
numbers must be those that Hornbeam tells; also as a server runs them, and by saved_model_cli.

    python open_signatures.py PRODUCER FOLDER    # tf-2.2.3, tf-2.15.1 or tf_keras; what save_signatures wrote

Ends with "signatures: N passed, N failed"; exit code 1 when one failed, or there was none.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from real_keras import plain, start, told

READS = {"tf-2.2.3": ["tf2.2"], "tf-2.15.1": ["tf2.2", "tf2.15"], "tf_keras": ["tf2.2", "tf2.15"]}


def array(item):
    return np.array(item["values"], dtype=item.get("dtype", "float32")).reshape(item["shape"])


def differences(got, expected):
    if sorted(got) != sorted(expected):
        return f"gives {sorted(got)}, expected {sorted(expected)}"
    for name, item in expected.items():
        want, have = array(item), plain(got[name])
        if have.shape != want.shape or not np.allclose(have, want, rtol=1e-5, atol=1e-6):
            return f"{name}: {have.ravel()[:4]}, expected {want.ravel()[:4]}"
    return ""


def called(real, path, key, arrays):
    loaded = real.tf.saved_model.load(path)  # variables live as long as it does
    function = loaded.signatures[key]
    specs = function.structured_input_signature[1]
    if sorted(specs) != sorted(arrays) or any(specs[n].dtype.as_numpy_dtype != a.dtype for n, a in arrays.items()):
        raise ValueError(f"takes {specs}")
    return function(**{name: real.tf.constant(a) for name, a in arrays.items()})


def served(real, path, key, arrays):
    """The main graph alone, in a session, as servers run it."""
    v1 = real.tf.compat.v1
    with v1.Session(graph=real.tf.Graph()) as session:
        signature = v1.saved_model.load(session, ["serve"], path).signature_def[key]
        return session.run({name: info.name for name, info in signature.outputs.items()},
                           {signature.inputs[name].name: a for name, a in arrays.items()})


def by_command(real, path, key, arrays):
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/x.npz", **arrays)
        command = [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli", "run", "--dir", path, "--tag_set", "serve",
                   "--signature_def", key, "--outdir", folder]
        if arrays:
            command += ["--inputs", ";".join(f"{name}={folder}/x.npz[{name}]" for name in arrays)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-300:])
        return {p.stem: np.load(p) for p in pathlib.Path(folder).glob("*.npy")}


def main():
    producer, root = sys.argv[1], pathlib.Path(sys.argv[2])
    real = start(producer, deterministic=False)
    manifest = json.loads((root / "manifest.json").read_text())
    passed = failed = 0
    for folder in READS[producer]:
        for key, signature in manifest["signatures"].items():
            arrays = {name: array(manifest["inputs"][name]) for name in signature["inputs"]}
            ways = [called, served]
            if key == "scaled":  # one is enough: each starts a Python
                ways.append(by_command)
            for way in ways:
                try:
                    problem = differences(way(real, str(root / folder), key, arrays), signature["outputs"])
                except Exception as error:
                    problem = told(error)[:400]
                if problem:
                    failed += 1
                    print(f"failed: {folder} {key} {way.__name__}: {problem}", flush=True)
                else:
                    passed += 1
        try:
            model = real.open(root / folder, compiled=False)
            got = {"output_0": model.predict(array(manifest["inputs"]["rows"])) + 1}
            problem = differences(got, manifest["signatures"]["plain"]["outputs"])
        except Exception as error:
            problem = told(error)[:400]
        if problem:
            failed += 1
            print(f"failed: {folder} load_model: {problem}", flush=True)
        else:
            passed += 1
    print(f"signatures: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
