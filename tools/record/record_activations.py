"""Records every activation on a fixed input: tests/keras/data/activations/PRODUCER.json and .npz.

    python tools/record/record_activations.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3
"""
import inspect
import json
import pathlib
import sys
import zipfile

from producer import PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/activations"

ARGUMENTS = {  # name -> sets of arguments ({} is always tried)
    "elu": [{"alpha": 0.5}],
    "relu": [{"max_value": 3.0}, {"threshold": 1.0}, {"threshold": -1.0}, {"alpha": 0.2}, {"alpha": 0.2, "max_value": 6.0, "threshold": 0.5}, {"negative_slope": 0.2},
             {"negative_slope": 0.2, "max_value": 6.0, "threshold": 0.5}],
    "gelu": [{"approximate": True}, {"approximate": False}],
    "softmax": [{"axis": 0}, {"axis": 1}],
    "log_softmax": [{"axis": 0}],
    "leaky_relu": [{"negative_slope": 0.3}],
    "celu": [{"alpha": 0.5}],
    "glu": [{"axis": 1}, {"axis": 0}],
    "hard_shrink": [{"threshold": 1.5}],
    "soft_shrink": [{"threshold": 1.5}],
    "threshold": [{"threshold": 1.0, "default_value": -2.0}],
    "sparsemax": [{"axis": 0}],
    "squareplus": [{"b": 2.0}],
}
NEEDED = {"threshold": {"threshold": 0.5, "default_value": 7.0}}
ALONG_AXIS = ("softmax", "log_softmax", "glu", "sparsemax")
WORDS = ("relu ReLU relu6 elu selu gelu silu swish hard_silu hard_swish softmax log_softmax softplus softsign tanh sigmoid exponential exp hard_sigmoid linear mish leaky_relu LeakyReLU "
         "celu glu hard_tanh hard_shrink soft_shrink tanh_shrink threshold log_sigmoid sparse_plus sparsemax squareplus sparse_sigmoid Softmax").split()


def inputs():
    rng = np.random.RandomState(3)
    sweep = np.concatenate([np.linspace(-6, 6, 49), np.linspace(-1.1, 1.1, 23), [-2.5, 2.5, -3.0, 3.0, -20.0, 20.0, -89.0, 89.0, -104.0, 104.0, -1e4, 1e4, 1e-4, -1e-4, 0.0, -0.0],
                            rng.normal(0, 2, 8)]).reshape(8, 12)
    rng.shuffle(sweep.reshape(-1))
    return {
        "sweep": sweep.astype("float32"),
        "edges": np.array([[np.inf, -np.inf, np.nan, 0.0], [1e30, -1e30, 1e-30, -1e-30]], "float32"),
        "cube": rng.normal(0, 2, (2, 3, 4)).astype("float32"),
        "long": rng.normal(0, 2, (4, 262)).astype("float32"),
        "double": rng.normal(0, 3, (4, 10)),
        "half": rng.normal(0, 3, (4, 10)).astype("float16"),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    arrays, rows, by_name = inputs(), [], {}
    names = sorted(n for n in dir(keras.activations) if n[0] != "_" and n not in ("get", "serialize", "deserialize") and inspect.isfunction(getattr(keras.activations, n)))
    for word in WORDS:  # 2.15's get() also finds some of tf.nn's
        try:
            if word not in names and getattr(keras.activations.get(word), "__name__", None) == word:
                names.append(word)
        except (ValueError, TypeError):
            pass
    signatures = {}
    for name in names:
        f = getattr(keras.activations, name, None) or keras.activations.get(name)
        allowed = inspect.signature(f).parameters
        signatures[name] = [{"name": p.name} if p.default is p.empty else {"name": p.name, "default": p.default} for p in allowed.values()]
        for arguments in [NEEDED.get(name, {})] + ARGUMENTS.get(name, []):
            if not all(a in allowed for a in arguments):
                continue
            for key in ("sweep", "edges", "cube", "long", "double", "half"):
                if name in ALONG_AXIS and key in ("edges", "half"):
                    continue
                if name == "glu" and arrays[key].shape[arguments.get("axis", -1)] % 2:
                    continue
                try:
                    y = np.asarray(f(tf.constant(arrays[key]), **arguments))
                except Exception as e:
                    print(PRODUCER, name, arguments, key, type(e).__name__, str(e)[:100])
                    continue
                output = "y%d" % len(rows)
                arrays[output] = y
                rows.append({"activation": name, "arguments": arguments, "input": key, "output": output})
    for word in WORDS:
        try:
            got = keras.activations.get(word)
            by_name[word] = {"function": got.__name__} if hasattr(got, "__name__") else {"layer": type(got).__name__}
        except Exception as e:
            by_name[word] = {"error": type(e).__name__, "message": str(e)}
    head = {"producer": PRODUCER, "signatures": signatures, "by_name": by_name}
    text = json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + ",\n".join("  " + json.dumps(r) for r in rows) + "\n ]\n}\n"
    json.loads(text)
    (OUT / (PRODUCER + ".json")).write_text(text)
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    print(PRODUCER, len(rows), "rows;", names)
    print({w: v.get("function", "-") for w, v in by_name.items()})


main()
