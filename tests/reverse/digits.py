"""How well Keras 3 and Hornbeam learn scikit-learn's digits: python digits.py TRAIN_DIGITS

Both train the same small convnet five times, each time with initial weights, masks of dropout and an order of samples of
their own. The means of the accuracies on what they have not seen must be within one point of each other, and high enough
that something was learnt.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import real_keras

SEEDS, TRAINED, POINT, LEARNT = 5, 1297, 0.01, 0.95
keras = real_keras.start("keras-3", deterministic=False).keras
from sklearn.datasets import load_digits

images, classes = load_digits(return_X_y=True)
images = (images / 16).astype("float32").reshape(-1, 8, 8, 1)
order = np.random.RandomState(0).permutation(len(images))
parts = {"train": order[:TRAINED], "test": order[TRAINED:]}


def accuracy(seed):
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, activation="relu"), layers.BatchNormalization(),
                              layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.25),
                              layers.Dense(10, activation="softmax")])
    # Not compiled by XLA, which takes ten seconds a model.
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(images[parts["train"]], classes[parts["train"]], batch_size=64, epochs=20, verbose=0)
    return model.evaluate(images[parts["test"]], classes[parts["test"]], verbose=0)[1]


with tempfile.TemporaryDirectory() as folder:
    for part, rows in parts.items():
        np.save(str(pathlib.Path(folder) / ("x_%s.npy" % part)), images[rows])
        np.save(str(pathlib.Path(folder) / ("y_%s.npy" % part)), classes[rows])
    done = subprocess.run([sys.argv[1], folder, str(SEEDS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)
ours, theirs = [float(line) for line in done.stdout.split()], [accuracy(seed) for seed in range(1, SEEDS + 1)]
means = float(np.mean(ours)), float(np.mean(theirs))
for name, values, mean in zip(("Hornbeam", "Keras"), (ours, theirs), means):
    print("%s: %s, mean %.4f" % (name, " ".join("%.4f" % v for v in values), mean))
good = len(ours) == SEEDS and abs(means[0] - means[1]) <= POINT and min(means) >= LEARNT
print("digits: %d passed, %d failed" % (good, not good))
sys.exit(not good)
