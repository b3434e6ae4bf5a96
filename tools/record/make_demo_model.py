"""Makes tests/data/demo: a small convolutional network that real Keras trained and saved.

    python tools/record/make_demo_model.py [DIR]        # TensorFlow 2.15.1

Writes model.h5 (whole model, with the optimizer), x.npy, y.npy (predict on x) and summary.txt; and how training goes on
from there in Keras: more_x.npy and more_y.npy, continued.json (what three epochs over them give, in order, by 16) and
continued_y.npy (predict on x after them).
Everything is generated from fixed seeds: a re-run gives the same files up to the last bits of the arithmetic.
"""
import io
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/data/demo")


def shapes_data(rng, count, side=20):
    """Grey pictures of a bar: horizontal (class 0), vertical (1), a diagonal (2) or none (3), under noise."""
    labels = rng.integers(0, 4, size=count)
    x = rng.normal(0.0, 0.3, size=(count, side, side, 1)).astype("float32")
    for i, label in enumerate(labels):
        at = rng.integers(3, side - 3)
        if label == 0:
            x[i, at, :, 0] += 1.0
        elif label == 1:
            x[i, :, at, 0] += 1.0
        elif label == 2:
            x[i, np.arange(side), np.arange(side), 0] += 1.0
    return x, labels


def build():
    return keras.Sequential(
        [
            keras.Input(shape=(20, 20, 1), name="picture"),
            layers.Conv2D(8, 3, padding="same", use_bias=False, name="stem"),
            layers.BatchNormalization(momentum=0.9, name="stem_norm"),
            layers.Activation("relu", name="stem_relu"),
            layers.MaxPooling2D(2, name="halve"),
            # No bias before a normalization: its gradient is rounding errors, which Adam makes as large as any.
            layers.Conv2D(16, 3, use_bias=False, name="features"),
            layers.BatchNormalization(momentum=0.9, name="features_norm"),
            layers.Activation("relu", name="features_relu"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-4), name="hidden"),
            layers.Dense(4, activation="softmax", name="shape"),
        ],
        name="bars",
    )


def main():
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    x, labels = shapes_data(rng, 2048)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, labels, batch_size=32, epochs=1, verbose=0)
    x, labels = shapes_data(rng, 16)
    y = model.predict(x, verbose=0)
    print("accuracy", float((y.argmax(1) == labels).mean()), "labels", labels.tolist())

    OUT.mkdir(parents=True, exist_ok=True)
    model.save(OUT / "model.h5")
    np.save(OUT / "x.npy", x)
    np.save(OUT / "y.npy", y)
    text = io.StringIO()
    model.summary(print_fn=lambda line: text.write(line + "\n"))
    (OUT / "summary.txt").write_text(text.getvalue())
    again = keras.models.load_model(OUT / "model.h5")
    assert np.array_equal(again.predict(x, verbose=0), y)

    more_x, more_y = shapes_data(rng, 96)
    history = model.fit(more_x, more_y, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    np.save(OUT / "more_x.npy", more_x)
    np.save(OUT / "more_y.npy", more_y)
    np.save(OUT / "continued_y.npy", model.predict(x, verbose=0))
    (OUT / "continued.json").write_text(json.dumps(history, indent=1) + "\n")
    # The file holds the whole state: training goes on from it in the same way.
    resumed = again.fit(more_x, more_y, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    assert np.allclose(resumed["loss"], history["loss"], rtol=1e-6), (resumed, history)
    print(history)
    print(text.getvalue(), sum(f.stat().st_size for f in OUT.iterdir()), "bytes")


main()
