"""Opens files that Hornbeam wrote in a real Keras and compares predictions with the corpus's, within the case's
tolerances; the weights must be the original's bit for bit.

    python open_with_keras.py MANIFEST PRODUCER

PRODUCER: tf-2.2.3, tf-2.15.1, tf_keras or keras-3; its Python runs this. A case counts as that Keras's own limit, and not
as a failure, only on evidence: the file that real Keras wrote fails there with the same words, or the error is one of
LIMITS, which no file could avoid. Ends with "N passed, N failed, N limits"; exit code 1 when one failed.
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
manifest, producer = pathlib.Path(sys.argv[1]), sys.argv[2]
if producer == "tf_keras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
import numpy as np
import tensorflow as tf

if producer == "keras-3":
    import keras
else:
    keras = tf.keras
    tf.get_logger().setLevel("ERROR")
# What this TensorFlow cannot compute on a CPU, and functions that are not in any file.
LIMITS = ("only supports NHWC", "only supports the NHWC", "format: NCHW", "NHWC tensor format", "NHWC format",
          "Unknown function in Lambda layer", "bad marshal data", "Requested the deserialization of a `Lambda` layer")
TARGETS = {"tf-2.2.3": "tf2.2", "tf-2.15.1": "tf2.15", "tf_keras": "tf2.15", "keras-3": "keras3"}


def array(path):
    if path.suffix == ".json":
        value = json.loads(path.read_text())
        return np.array(value["values"] if isinstance(value, dict) else value, dtype=object)
    return np.load(path)


def flat(value):
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, (list, tuple)) else [value]


class Case:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.description = json.loads((self.folder / "case.json").read_text())

    def inputs(self):
        items = self.description["inputs"]
        arrays = [tf.constant(array(self.folder / item["file"])) for item in items]
        structure = self.description.get("input_structure", "single")
        if structure == "dict":
            return {item["name"]: value for item, value in zip(items, arrays)}
        return arrays[0] if structure == "single" else arrays

    def expected(self):
        outputs = self.description["outputs"]
        arrays = {item["name"]: array(self.folder / item["file"]) for item in outputs}
        names = [item["name"] for item in outputs]
        return [arrays[n] for n in (sorted(names) if self.description.get("output_structure") == "dict" else names)]

    def difference(self, got):
        """Of outputs from the recorded ones; empty when there is none."""
        rtol, atol = max(self.description["tolerances"]["rtol"], 4.8e-7), max(self.description["tolerances"]["atol"], 2.4e-7)
        expected = self.expected()
        if len(got) != len(expected):
            return f"{len(got)} outputs, expected {len(expected)}"
        for ours, theirs in zip(got, expected):
            ours = np.asarray(ours)
            if ours.dtype.name == "bfloat16":
                ours = ours.astype("float32")
            if ours.shape != theirs.shape:
                return f"shape {ours.shape}, expected {theirs.shape}"
            if theirs.dtype == object or theirs.dtype.kind in "SU":
                continue
            if not np.allclose(ours.astype("float64"), theirs.astype("float64"), rtol, atol, equal_nan=True):
                return f"largest difference {np.nanmax(np.abs(ours.astype('float64') - theirs.astype('float64')))}"
        return ""

    def weights(self):
        path = self.folder / "arrays/weights.npz"
        return [np.load(path)[key] for key in sorted(np.load(path).files)] if path.exists() else None


def opened(path, case):
    """What is wrong with this file in this Keras; empty when nothing is."""
    keras.backend.clear_session()
    try:
        model = keras.models.load_model(str(path), compile=False)
        weights = case.weights()
        if weights is not None:
            got = [w for w in model.get_weights() if getattr(w, "dtype", None) != object]
            if len(got) != len(weights):
                return f"{len(got)} weights, expected {len(weights)}"
            # Other Kerases list them in another order.
            for ours, theirs in zip(sorted(map(key, got)), sorted(map(key, weights))):
                if ours != theirs:
                    return "the weights differ"
        if not case.description.get("inputs") or not case.description.get("outputs"):
            return ""
        return case.difference([np.asarray(y) for y in flat(model(case.inputs(), training=False))])
    except Exception as e:
        return f"{type(e).__name__}: {' '.join(str(e).split())}"


def key(weight):
    weight = np.asarray(weight)
    return weight.shape, np.ascontiguousarray(weight.astype("float64")).tobytes()


passed, failed, limits, refused = 0, 0, 0, 0
for item in json.loads(manifest.read_text()):
    if item["target"] != TARGETS[producer]:
        continue
    if producer == "tf-2.15.1" and item["producer"].startswith("tf_keras"):
        continue  # written as tf-keras writes, which 2.15 does not read
    if "refused" in item:
        refused += 1
        print(f"not written: {item['producer']} {item['case']}: {item['refused']}")
        continue
    case = Case(item["folder"])
    problem = opened(item["file"], case)
    if not problem:
        passed += 1
        continue
    own = "" if any(words in problem for words in LIMITS) else opened(case.folder / "h5/model.h5", case)
    limit = any(words in problem for words in LIMITS) or own[:60] == problem[:60]
    limits, failed = limits + limit, failed + (not limit)
    told = "limit" if limit else "failed"
    print(f"{told}: {item['producer']} {item['case']}: {problem[:300]}", f"[the original: {own[:100]}]" if own else "", flush=True)
print(f"{producer}: {passed} passed, {failed} failed, {limits} limits, {refused} not written")
sys.exit(1 if failed else 0)
