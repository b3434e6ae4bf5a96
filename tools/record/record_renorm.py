"""Records batch renormalisation in training: tests/keras/data/renorm/PRODUCER.json.

    python tools/record/record_renorm.py [DIR]   # TensorFlow 2.2.3 and 2.15.1, one after another
"""
import json
import pathlib
import sys

from producer import PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/renorm"
CASES = {"plain": ((5, 3), {}),
         "clipped": ((5, 3), {"renorm_clipping": {"rmin": 0.75, "rmax": 1.5, "dmax": 0.25}, "renorm_momentum": 0.5, "momentum": 0.75}),
         "neither_scale_nor_center": ((4, 2, 3), {"scale": False, "center": False, "renorm_clipping": {"rmax": 3.0}}),
         "not_the_last_axis": ((2, 3, 4, 2), {"axis": 1, "renorm_momentum": 0.875}),
         "two_axes": ((3, 2, 4, 2), {"axis": [1, 3], "epsilon": 0.0625})}


def rounded(rng, shape, low, high):
    return (np.round(rng.uniform(low, high, shape) * 64) / 64).astype("float32")


records = {}
for name, (shape, options) in CASES.items():
    rng = np.random.RandomState(len(name))
    layer = keras.layers.BatchNormalization(renorm=True, **options)
    layer.build((None,) + shape[1:])
    layer.set_weights([rounded(rng, w.shape, 0.5, 1.5) for w in layer.get_weights()])
    record = {"shape": shape, "options": options, "before": [w.tolist() for w in layer.get_weights()], "steps": []}
    for _ in range(2):
        x, towards = tf.constant(rounded(rng, shape, -2, 3)), tf.constant(rounded(rng, shape, -1, 1))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(y * towards)
        gradients = tape.gradient(loss, [x] + layer.trainable_weights)
        record["steps"].append({"x": x.numpy().tolist(), "towards": towards.numpy().tolist(), "y": y.numpy().tolist(),
                                "gradients": [g.numpy().tolist() for g in gradients],
                                "after": [w.tolist() for w in layer.get_weights()]})
    records[name] = record
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records) + "\n")
