"""Makes tests/data/archive/model.keras: a compiled and trained model as Keras 3 saves it by default.

    python tools/record/make_archive.py    # run with Keras 3
"""
import pathlib

import numpy as np

from producer import keras

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/data/archive"
OUT.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="d")], name="m")
model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss="mse")
model.fit(np.ones((4, 2), "float32"), np.ones((4, 3), "float32"), verbose=0)
model.save(OUT / "model.keras")
