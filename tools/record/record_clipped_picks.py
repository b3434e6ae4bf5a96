"""Records what clipping makes of gradients of picked rows, rows picked more than once among them, in each optimizer.

    python tools/record/record_clipped_picks.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

PRODUCER.json names arrays of PRODUCER.npz: {"sparse": rows as in tests/keras/data/optimizers}; a row whose Keras fails has its
"error" instead of steps. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/clipped_picks"
rng = np.random.RandomState(17)
arrays, rows = {}, []
CLASSES = [("SGD", {}), ("SGD", {"momentum": 0.9}), ("RMSprop", {}), ("RMSprop", {"momentum": 0.5, "centered": True}), ("Adam", {}), ("Adam", {"amsgrad": True}), ("Adagrad", {}),
           ("Adadelta", {}), ("Adamax", {}), ("Nadam", {}), ("Ftrl", {})]
NEWER = [("AdamW", {}), ("Lion", {})]
CLIPS = [{"clipnorm": 0.5}, {"clipvalue": 0.3}] + ([] if OLD else [{"global_clipnorm": 0.5}])


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def state(optimizer):
    if KERAS3 or not hasattr(optimizer, "get_weights"):
        return [v.numpy() for v in optimizer.variables]
    return optimizer.get_weights()


def record(module, generation, cls, arguments):
    keras.backend.clear_session()
    # Ftrl divides a difference of near numbers by its rate: 1 makes no rounding greater.
    optimizer = getattr(module, cls)(learning_rate=1.0 if cls == "Ftrl" else 0.1, **arguments)
    initial = rng.uniform(-1, 1, (6, 3)).astype("float32")
    variable = keras.Variable(initial, name="table") if KERAS3 else tf.Variable(initial, name="table")
    row = {"generation": generation, "class_name": cls, "config": optimizer.get_config(), "variable": keep(initial), "steps": []}
    rows.append(row)
    for indices in ([0, 2, 2, 5], [1, 2], [0, 0, 5], [3]):
        values = rng.normal(0, 1, (len(indices), 3)).astype("float32")
        given = [tf.IndexedSlices(tf.constant(values), tf.constant(indices), (6, 3))]
        try:
            if OLD:
                given = optimizer._clip_gradients(given)  # as its train_step does
            optimizer.apply_gradients(zip(given, [variable]))
        except Exception as e:
            row["error"] = type(e).__name__ + ": " + str(e)[:300]
            return
        row["steps"].append({"indices": indices, "values": keep(values), "variable": keep(variable.numpy()), "state": [keep(s) for s in state(optimizer)]})


def main():
    if OLD:
        generations = [("legacy", keras.optimizers, CLASSES)]
    elif KERAS3:
        generations = [("keras3", keras.optimizers, CLASSES + NEWER)]
    else:
        generations = [("legacy", keras.optimizers.legacy, CLASSES), ("modern", keras.optimizers, CLASSES + NEWER)]
    for generation, module, classes in generations:
        for cls, arguments in classes:
            for clip in CLIPS:
                record(module, generation, cls, dict(arguments, **clip))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"sparse": rows}, indent=1, default=plain) + "\n")
    np.savez(str(OUT / (PRODUCER + ".npz")), **arrays)
    print(PRODUCER, len(rows), "rows,", [r["generation"] + " " + r["class_name"] + " " + r["error"] for r in rows if "error" in r])


if __name__ == "__main__":
    main()
