"""Records Lambda layers with a `mask`, before an LSTM that minds it: tests/keras/data/lambda_masks/PRODUCER.json.

    python tools/record/record_lambda_masks.py [DIR]   # TensorFlow 2.2.3, 2.15.1 and Keras 3.15.1
"""
import json
import pathlib
import sys

from producer import KERAS3, PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/lambda_masks"
# Keras 2 writes the bytecode of a function that was made by `def`, with the name of its file.
SOURCE = '''
def twice(x):
    return x * 2


def summed(two):
    return two[0] + two[1]


def positive(x, mask):
    return x[:, :, 0] > 0


def also_positive(x, mask):
    return logical_and(mask, x[:, :, 0] > 0)


def of_the_second(two, masks):
    return logical_and(masks[1], two[0][:, :, 0] > 0)
'''
functions = {"logical_and": keras.ops.logical_and if KERAS3 else tf.logical_and, "__name__": "functions"}
exec(compile(SOURCE, "functions.py", "exec"), functions)


class Named:
    """Keras 2 writes the name of what is callable and no Python function."""

    def __init__(self, function):
        self.function, self.__name__, self.__module__ = function, function.__name__, "functions"

    def __call__(self, *given):
        return self.function(*given)


CASES = {"dropped": ("twice", None, 1, True), "made": ("twice", "positive", 1, False), "replaced": ("twice", "positive", 1, True), "joined": ("twice", "also_positive", 1, True),
         "named": ("twice", "also_positive", 1, True), "of_two": ("summed", "of_the_second", 2, True)}


def recorded(name, function, mask, count, masked):
    keras.backend.clear_session()
    rng = np.random.RandomState(len(name))
    inputs = [keras.Input((4, 3), name="x%d" % i) for i in range(count)]
    h = [keras.layers.Masking(0.0, name="m%d" % i)(x) if masked else x for i, x in enumerate(inputs)]
    function, mask_of = functions[function], functions.get(mask)
    if name == "named" and not KERAS3:
        mask_of = Named(mask_of)
    y = keras.layers.Lambda(function, mask=mask_of, name="l")(h if count > 1 else h[0])
    model = keras.Model(inputs, keras.layers.LSTM(2, name="r")(y), name="model")
    model.set_weights([(rng.randint(-16, 16, w.shape) / 16).astype("float32") for w in model.get_weights()])
    x = [(rng.randint(-32, 32, (5, 4, 3)) / 16).astype("float32") for _ in inputs]
    for each in x:
        each[rng.uniform(size=(5, 4)) < 0.3] = 0.0
    y = model.predict(x if count > 1 else x[0], verbose=0)
    return {"json": model.to_json(), "function": CASES[name][0], "mask": mask, "x": [each.tolist() for each in x], "y": y.tolist(), "weights": [w.tolist() for w in model.get_weights()]}


records = {name: recorded(name, *case) for name, case in CASES.items()}
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records, indent=1) + "\n")
