"""Records Lambda layers with `arguments`: tests/keras/data/lambda/PRODUCER.json and .npz, and of the case "all"
PRODUCER.h5, PRODUCER.keras (not of 2.2.3) and, of tf.keras, the SavedModel PRODUCER.

    python tools/record/record_lambda.py [DIR]   # TensorFlow 2.2.3, 2.15.1 and Keras 3.15.1
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/lambda")
# Keras 2 writes the bytecode of a function that was made by `def`, with the name of its file.
SOURCE = '''
def scaled(x, by=1.0, plus=0, table=None, nested=None, how="sum", flag=False, axes=(0,), none=3):
    x = x * by + plus
    if table is not None:
        x = x + tf.cast(tf.convert_to_tensor(np.asarray(table)), x.dtype)
    if nested is not None:
        x = x * nested["a"] - tf.cast(tf.convert_to_tensor(np.asarray(nested["b"])), x.dtype)
    if how == "mean":
        x = x / 4
    if flag:
        x = -x
    return x + len(axes) + (0 if none is None else 1)


def mixed(two, by=1.0):
    return two[0] * by - two[1]
'''
functions = {"tf": tf, "np": np, "__name__": "functions"}
exec(compile(SOURCE, "functions.py", "exec"), functions)
scaled, mixed = functions["scaled"], functions["mixed"]


class Named:
    """Keras 2 writes the name of what is callable and no Python function."""

    def __init__(self, function):
        self.function, self.__name__, self.__module__ = function, function.__name__, "functions"

    def __call__(self, x, by=1.0, plus=0):
        return self.function(x, by=by, plus=plus)


table, whole = np.array([1.5, 2.0, -3.0], "float32"), np.array([[1, 2, 3]], "int64")
CASES = {
    "none": (scaled, {}),
    "numbers": (scaled, dict(by=2.5, plus=3)),
    "words": (scaled, dict(how="mean", flag=True, none=None)),
    "tuple": (scaled, dict(axes=(0, 1, 2))),
    "array": (scaled, dict(table=table)),
    "whole": (scaled, dict(table=whole)),
    "numpy_number": (scaled, dict(by=np.float32(0.1), plus=np.int64(3))),
    "nested": (scaled, dict(nested={"a": 2.0, "b": [1, 2, 3]})),
    "nested_array": (scaled, dict(nested={"a": 2, "b": np.array([0.5, 1.0, 2.0])})),
    "all": (scaled, dict(by=2.5, plus=-1, table=table, nested={"a": 3, "b": whole}, how="mean", flag=True, axes=[1], none=None)),
    "two_inputs": (mixed, dict(by=0.5)),
    "named": (scaled if KERAS3 else Named(scaled), dict(by=2.5, plus=3)),
}

OUT.mkdir(parents=True, exist_ok=True)
records, arrays = {}, {}
for name, (function, arguments) in CASES.items():
    keras.backend.clear_session()
    inputs = [keras.Input((3,), name=n) for n in ("a", "b")] if name == "two_inputs" else keras.Input((3,), name="a")
    layer = keras.layers.Lambda(function, arguments=arguments, name="l")
    model = keras.Model(inputs, layer(inputs), name="m")
    rng = np.random.RandomState(len(name))
    x = [(rng.randint(-64, 64, (4, 3)) / 16).astype("float32") for _ in model.inputs]
    y = model.predict(x if len(x) > 1 else x[0], verbose=0)
    for i, each in enumerate(x):
        arrays["%s/x%d" % (name, i)] = each
    arrays[name + "/y"] = y
    records[name] = {"json": model.to_json()}
    if name == "all":
        model.save(str(OUT / (PRODUCER + ".h5")))
        if not OLD:
            model.save(str(OUT / (PRODUCER + ".keras")))
        if not KERAS3:
            model.save(str(OUT / PRODUCER), save_format="tf")
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records, indent=1) + "\n")
np.savez(OUT / (PRODUCER + ".npz"), **arrays)
print(PRODUCER, len(records))
