"""Records what callbacks that set the learning rate do where a schedule says it: record_scheduled_rates.py OUT_DIR, in
an environment of one producer.

Writes OUT_DIR/<producer>.json, read by tests/keras/callbacks/scheduled_rates_test.cpp, which makes the same runs.
"""
import json
import sys

from producer import PRODUCER, keras

import numpy as np

RATES = keras.optimizers.schedules


def callbacks():
    plateau = {"monitor": "loss", "factor": 0.5, "patience": 0, "min_delta": 10.0}
    scheduler = keras.callbacks.LearningRateScheduler
    yield "none", lambda: []
    yield "scheduler", lambda: [scheduler(lambda epoch, rate: 0.001)]
    yield "halving", lambda: [scheduler(lambda epoch, rate: rate * 0.5)]
    yield "plateau", lambda: [keras.callbacks.ReduceLROnPlateau(**plateau)]
    yield "both", lambda: [scheduler(lambda epoch, rate: rate * 0.5), keras.callbacks.ReduceLROnPlateau(**plateau)]


def run(made):
    x = np.arange(12, dtype="float32").reshape(6, 2) * 0.1
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(RATES.ExponentialDecay(0.1, 3, 0.5)), "mse")
    try:
        history = model.fit(x, x[:, :1] * 3, batch_size=2, epochs=3, shuffle=False, verbose=0, callbacks=made).history
        return {"history": {name: [float(v) for v in values] for name, values in history.items()}}
    except Exception as e:
        return {"error": type(e).__name__, "message": str(e)}


with open("%s/%s.json" % (sys.argv[1], PRODUCER), "w") as out:
    json.dump({name: run(make()) for name, make in callbacks()}, out, indent=1)
    out.write("\n")
