"""Records what fit, evaluate and predict of real Keras make of numbers of steps, of arrays in batches that nobody gave
the size of, and of data without a batch: record_steps.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.json, read by tests/keras/training/step_count_test.cpp, which makes the same calls.
"""
import itertools
import json
import sys
import warnings

from producer import PRODUCER, keras

import numpy as np
import tensorflow as tf

ROWS = 10


class Count(keras.callbacks.Callback):
    """How many batches each epoch, or the call, had."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def begin(self, *_):
        self.counts.append(0)

    def count(self, *_):
        self.counts[-1] += 1
        if self.counts[-1] > 50:
            raise OverflowError("without end")

    def on_epoch_begin(self, epoch, logs=None):
        self.begin()

    def on_train_batch_end(self, batch, logs=None):
        self.count()


class CountOne(Count):
    def on_test_begin(self, logs=None):
        self.begin()

    def on_predict_begin(self, logs=None):
        self.begin()

    def on_test_batch_end(self, batch, logs=None):
        self.count()

    def on_predict_batch_end(self, batch, logs=None):
        self.count()


def numbers(rows):
    x = np.arange(rows, dtype="float32").reshape(-1, 1) * 0.1
    return x, 2 * x


def data_of(kind, rows, size):
    """Arrays, or batches of so many rows of them, whose number is known or is not."""
    x, y = numbers(rows)
    if kind == "arrays":
        return (x, y), {} if size is None else {"batch_size": size}
    if kind == "known":
        return (tf.data.Dataset.from_tensor_slices((x, y)).batch(size),), {}

    def cut():
        for i in range(0, rows, size):
            yield x[i:i + size], y[i:i + size]
    shapes = (tf.TensorShape((None, 1)), tf.TensorShape((None, 1)))
    return (tf.data.Dataset.from_generator(cut, output_types=(tf.float32, tf.float32), output_shapes=shapes),), {}


def model():
    m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    m.compile("sgd", "mse", metrics=["mae"])
    return m


def fit(given, options, steps):
    count = Count()
    history = model().fit(*given, epochs=2, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[count], **options)
    return {"epoch": history.epoch, "history": {k: [float(v) for v in vs] for k, vs in history.history.items()}, "counts": count.counts}


def evaluate(given, options, steps):
    count = CountOne()
    results = model().evaluate(*given, steps=steps, verbose=0, callbacks=[count], **options)
    return {"results": results if isinstance(results, list) else [results], "counts": count.counts}


def predict(given, options, steps):
    count = CountOne()
    x = given[0] if len(given) == 2 else given[0].map(lambda x, y: x)
    return {"predicted": len(model().predict(x, steps=steps, verbose=0, callbacks=[count], **options)), "counts": count.counts}


def validate(given, options, steps):
    validation = given[0] if len(given) == 1 else given
    more = {"validation_batch_size": options["batch_size"]} if options else {}
    x, y = numbers(4)
    history = model().fit(x, y, epochs=2, shuffle=False, verbose=0, validation_data=validation, validation_steps=steps, **more)
    return {"epoch": history.epoch, "history": {k: [float(v) for v in vs] for k, vs in history.history.items()}}


CALLS = {"fit": fit, "evaluate": evaluate, "predict": predict, "validate": validate}


def answer(call, kind, rows, size, steps):
    case = {"call": call, "data": kind, "rows": rows, "batch_size": size, "steps": steps}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            case.update(CALLS[call](*data_of(kind, rows, size), steps))
        except Exception as e:
            case.update(error=type(e).__name__, message=str(e).split("\n")[0])
    return case


def cases():
    for call in CALLS:
        for size, steps in itertools.product((None, 0, 4), (None, 0, -1, -2, 2, 3, 7)):
            if call != "validate" or steps != 7:
                yield answer(call, "arrays", ROWS, size, steps)
        for kind, steps in itertools.product(("known", "unknown"), (None, 0, -1, -2, 2, 7)):
            if call != "validate" or steps != 7:
                yield answer(call, kind, ROWS, 4, steps)
        for kind, steps in itertools.product(("arrays", "known", "unknown"), (None, 2)):
            yield answer(call, kind, 0, 4, steps)


with open("%s/%s.json" % (sys.argv[1], PRODUCER), "w") as out:
    json.dump({"cases": list(cases())}, out, indent=1)
    out.write("\n")
