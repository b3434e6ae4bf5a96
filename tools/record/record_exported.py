"""Makes tests/conformance/data/exported.npz: what the corpus's exported SavedModels give in real TensorFlow where that
is not what the model itself predicted. There, Keras 3 traced the tf.function that is the model's `call` with the
values its variables had before.

    python tools/record/record_exported.py CORPUS    # run with Keras 3's TensorFlow
"""
import json
import pathlib
import sys

import numpy as np
import tensorflow as tf

arrays = {}
for case in sorted((pathlib.Path(sys.argv[1]) / "keras-3.15.1").iterdir()):
    if not (case / "export").exists():
        continue
    told = json.loads((case / "case.json").read_text())
    if any(item["file"].endswith(".json") for item in told["inputs"] + told["outputs"]):
        continue  # texts: no model of the kind
    inputs, outputs = [[(item["name"], np.load(case / item["file"])) for item in told[key]]
                       for key in ["inputs", "outputs"]]
    # Subclassed models are exported for float32, whatever they were called on.
    values = {name: tf.constant(value.astype("float32")) for name, value in inputs}
    structure = told.get("input_structure", "single")
    given = values if structure == "dict" else list(values.values())
    loaded = tf.saved_model.load(str(case / "export"))  # its functions do not keep its variables
    result = loaded.serve(given[0] if structure == "single" else given)
    by_name = result if isinstance(result, dict) else dict(zip([name for name, _ in outputs], tf.nest.flatten(result)))
    for name, expected in outputs:
        if not np.allclose(by_name[name], expected, rtol=told["tolerances"]["rtol"], atol=told["tolerances"]["atol"]):
            arrays[case.name + "/" + name] = np.asarray(by_name[name])
            print(case.name, name, float(np.max(np.abs(by_name[name] - expected))))
out = pathlib.Path(__file__).resolve().parents[2] / "tests/conformance/data"
np.savez(out / "exported.npz", **arrays)
