"""Records what a layer's own seed repeats: tests/keras/data/layer_seeds.json.

    python tools/record/record_layer_seeds.py    # with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: each adds its own

{layer: {PRODUCER: {"layers": do two layers of one seed draw the same numbers when each is called once?, "calls": does one layer in two
calls?, "again": do two layers, after the global seed was set again?}}}
"""
import json
import pathlib

from producer import PRODUCER, keras, np

import tensorflow as tf

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/layer_seeds.json"
L = keras.layers
MAKERS = {"Dropout": lambda: L.Dropout(0.5, seed=1), "SpatialDropout1D": lambda: L.SpatialDropout1D(0.5, seed=1)}
if "seed" in L.GaussianNoise.__init__.__code__.co_varnames:
    MAKERS.update(GaussianNoise=lambda: L.GaussianNoise(1.0, seed=1), GaussianDropout=lambda: L.GaussianDropout(0.5, seed=1))


def set_seed():
    tf.random.set_seed(3)
    if hasattr(keras.utils, "set_random_seed"):
        keras.utils.set_random_seed(3)


def main():
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    x = np.ones((4, 3, 64), "float32")
    for name, make in sorted(MAKERS.items()):
        set_seed()
        one, other = make(), make()
        first, second = np.array(one(x, training=True)), np.array(other(x, training=True))
        third = np.array(one(x, training=True))
        set_seed()
        again = np.array(make()(x, training=True))
        known.setdefault(name, {})[PRODUCER] = {
            "layers": bool(np.array_equal(first, second)), "calls": bool(np.array_equal(first, third)), "again": bool(np.array_equal(first, again))}
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(PRODUCER, known)


main()
