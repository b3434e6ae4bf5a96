"""Records the first steps of a model under every optimizer: compiled ones, which TensorFlow traces, not those of apply_gradients.

    python tools/record/record_compiled_optimizers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

A function that makes variables is traced twice, and 2.15's Nadam counts what it traces: its steps depend on whether optimizer and
metrics were made before. See tests/keras/data/compiled_optimizers/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import os
import pathlib
import sys
import tempfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/compiled_optimizers"
STEPS, RATE = 9, 0.05
NOT_RULES = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
rng = np.random.RandomState(29)
X, Y, Z = (rng.uniform(-1, 1, (8, n)).astype("float32") for n in (4, 2, 3))
WEIGHTS = [rng.uniform(-1, 1, shape).astype("float32") for shape in ((4, 3), (3,), (3, 2), (2,))]
arrays, rows = {"x": X, "y": Y, "z": Z}, []
arrays.update({"weight%d" % i: w for i, w in enumerate(WEIGHTS)})


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def compiled(make, metrics, outputs, rate=RATE):
    keras.backend.clear_session()
    x = keras.Input((4,), name="x")
    h = keras.layers.Dense(3, activation="tanh", name="h")(x)
    o = keras.layers.Dense(2, name="o")(h)
    model = keras.Model(x, [o, h] if outputs == 2 else o)
    model.set_weights(WEIGHTS)
    model.compile(make(learning_rate=rate), "mean_squared_error", metrics=metrics)
    return model


def record(generation, make, way="compiled", metrics=(), outputs=1, rate=RATE):
    """`way`: "compiled"; "built": with an optimizer that was built before; else loaded from what it was saved as."""
    model = compiled(make, list(metrics), outputs, rate)
    config = model.optimizer.get_config()
    if way == "built":
        model.optimizer.build(model.trainable_variables)
    elif way != "compiled":
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m" + {"keras_v3": ".keras", "h5": ".h5", "saved_model": ""}[way])
            model.save(path)
            model = keras.models.load_model(path)
    losses, weights = [], []
    for _ in range(STEPS):
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()
        losses.append(np.ravel(model.train_on_batch(X, [Y, Z] if outputs == 2 else Y))[0])
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    rows.append({"generation": generation, "class_name": make.__name__, "config": config, "way": way, "metrics": list(metrics), "outputs": outputs, "losses": keep(np.float32(losses)), "weights": keep(weights)})


def main():
    rooms = {"legacy": keras.optimizers} if OLD else {"keras3": keras.optimizers} if KERAS3 else {"modern": keras.optimizers, "legacy": keras.optimizers.legacy}
    for generation, room in rooms.items():
        for name in sorted(dir(room)):
            make = getattr(room, name)
            if isinstance(make, type) and issubclass(make, room.Optimizer) and name not in NOT_RULES:
                record(generation, make)
    nadam = keras.optimizers.Nadam
    if OLD:
        for way in ("h5", "saved_model"):
            record("legacy", nadam, way)
        # Schedules that no later Keras has.
        linear = keras.experimental.LinearCosineDecay(0.2, 6, num_periods=1.5, beta=0.05)
        silent = keras.experimental.NoisyLinearCosineDecay(0.2, 6, initial_variance=0.0)
        for way in ("compiled", "h5", "saved_model"):
            record("legacy", keras.optimizers.SGD, way, rate=linear)
        record("legacy", keras.optimizers.Adam, rate=silent)
    elif KERAS3:
        for make in (nadam, keras.optimizers.ScheduleFreeAdamW):
            record("keras3", make, "built")
        record("keras3", nadam, "keras_v3")
    else:
        for way in ("built", "keras_v3", "h5", "saved_model"):
            for metrics, outputs in (((), 1), (("mae",), 1), ((), 2)):
                record("modern", nadam, way, metrics, outputs)
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"rows": rows}, default=plain) + "\n")
    print(PRODUCER, len(rows), "trainings")


if __name__ == "__main__":
    main()
