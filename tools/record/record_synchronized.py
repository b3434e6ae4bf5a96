"""Records synchronised batch normalisation in training: tests/keras/data/synchronized/PRODUCER.json.

    python tools/record/record_synchronized.py [DIR]   # each producer, one after another

Inputs are far from 0, and such that their sums and those of their squares are exact: the variance is the mean of the
squares less the square of the mean, which loses digits that the mean of squared differences keeps.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/synchronized"
RENORM = {"renorm": True, "renorm_clipping": {"rmin": 0.75, "rmax": 1.5, "dmax": 0.25}, "renorm_momentum": 0.5}
MASK = [[1, 1, 0, 1], [0, 0, 1, 0]]
CASES = {"vectors": ((4, 3), {}),
         "steps": ((2, 4, 3), {"momentum": 0.75}),
         "steps, axis 1": ((2, 4, 3), {"axis": 1, "epsilon": 0.0625}),
         "images": ((2, 4, 2, 3), {"momentum": 0.5}),
         "images, axis 1": ((2, 3, 4, 2), {"axis": 1, "momentum": 0.5}),
         "images, neither": ((2, 4, 2, 3), {"scale": False, "center": False}),
         "volumes": ((2, 2, 2, 4, 2), {"momentum": 0.5}),
         "one value": ((1, 3), {"momentum": 0.5}),
         "renorm": ((4, 3), RENORM),
         "renorm of images": ((2, 4, 2, 3), dict(RENORM, momentum=0.5))}
if not KERAS3:
    CASES["two axes"] = ((4, 2, 2, 2), {"axis": [1, 3]})
if not OLD:
    CASES["masked"] = ((2, 4, 3), {"momentum": 0.5})
CLASSES = {"BatchNormalization": {"synchronized": True}} if KERAS3 else {"SyncBatchNormalization": {}}


def layer_class(name):
    return getattr(keras.layers, name, None) or getattr(keras.layers.experimental, name)


def eighths(rng, shape, low, high):
    return (np.round(rng.uniform(low, high, shape) * 8) / 8).astype("float32")


def recorded(cls, name, shape, options):
    rng = np.random.RandomState(len(name))
    layer = layer_class(cls)(**options)
    layer.build((None,) + shape[1:])
    layer.set_weights([eighths(rng, w.shape, 0.5, 1.5) for w in layer.get_weights()])
    record = {"class": cls, "options": options, "shape": shape, "before": [w.tolist() for w in layer.get_weights()], "steps": []}
    mask = {"mask": tf.constant(np.array(MASK, bool))} if name == "masked" else {}
    if mask:
        record["mask"] = MASK
    for far in (0, 16, 64):
        x, towards = tf.constant(eighths(rng, shape, -2, 3) + far), tf.constant(eighths(rng, shape, -1, 1))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True, **mask)
            loss = tf.reduce_sum(y * towards)
        gradients = tape.gradient(loss, [x] + [getattr(w, "value", w) if KERAS3 else w for w in layer.trainable_weights])
        record["steps"].append({"x": x.numpy().tolist(), "towards": towards.numpy().tolist(), "y": y.numpy().tolist(),
                                "gradients": [g.numpy().tolist() for g in gradients],
                                "after": [w.tolist() for w in layer.get_weights()]})
    return record


records = {}
for cls, more in CLASSES.items():
    for name, (shape, options) in CASES.items():
        records[name] = recorded(cls, name, shape, dict(options, **more))
        if PRODUCER == "tf-2.15.1":
            # No config says so, and it is the same.
            other = recorded("BatchNormalization", name, shape, dict(options, synchronized=True)) if "renorm" not in name else records[name]
            assert other["steps"] == records[name]["steps"], name
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records) + "\n")
