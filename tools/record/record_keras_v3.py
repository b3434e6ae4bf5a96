"""Makes tests/keras/data/keras_v3/PRODUCER*: a compiled and trained model as .keras archive, a subclassed model's
weights in the v3 layout (and, of Keras 3, in shards), and what they predict and train to; shared-PRODUCER.keras and
shared-lookup-PRODUCER.keras.

    python tools/record/record_keras_v3.py    # run with TensorFlow 2.15 and with Keras 3
"""
import pathlib
import zipfile

import numpy as np

from producer import KERAS3, PRODUCER, keras

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/keras_v3"
OUT.mkdir(parents=True, exist_ok=True)
L = keras.layers
rng = np.random.default_rng(5)
arrays = {}


def numbers(*shape):
    return rng.normal(size=shape).astype("float32")


def inner(name, *rest):
    # Without a bias, whose gradient would be nothing but rounding errors where a normalisation follows.
    return keras.Sequential([L.Input((6,)), L.Dense(3, use_bias=False, name=name + "_d"), *rest], name=name)


def save(model, path):
    """Without the date that the zip archive has of its weights."""
    model.save(path)
    with zipfile.ZipFile(path) as made:
        members = {name: made.read(name) for name in made.namelist()}
    with zipfile.ZipFile(path, "w") as again:
        for name, data in members.items():
            again.writestr(zipfile.ZipInfo(name), data)


keras.utils.set_random_seed(5)
x = keras.Input((4, 3), name="x")
h = L.Bidirectional(L.LSTM(3, return_sequences=True), name="both")(x)
h = L.TimeDistributed(inner("each"), name="steps")(h)
h = L.GRU(6, name="last")(h)
shared = L.Dense(6, activation="tanh", name="shared")
h = inner("head", L.BatchNormalization(name="normal"))(shared(shared(h)))
model = keras.Model(x, L.Dense(2, name="out")(h), name="m")
model.compile(keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
arrays["x"], arrays["y"] = numbers(8, 4, 3), numbers(8, 2)
model.fit(arrays["x"], arrays["y"], epochs=2, batch_size=4, shuffle=False, verbose=0)
path = OUT / (PRODUCER + ".keras")
save(model, path)
arrays["predicted"] = model.predict(arrays["x"], verbose=0)
arrays["loss"] = np.float32(np.ravel(model.train_on_batch(arrays["x"], arrays["y"]))[0])
for i, w in enumerate(model.get_weights()):
    arrays["after_%03d" % i] = w


class Mixed(keras.Model):
    """Attributes before and after "layers", of which each Keras takes others first."""

    def __init__(self):
        super().__init__()
        self.zlast = L.Dense(2)
        self.blocks = [L.Dense(4), L.Dense(4)]
        self._hidden = L.Dense(4)
        self.bn = L.BatchNormalization()

    def call(self, inputs):
        for block in self.blocks:
            inputs = block(inputs)
        return self.zlast(self.bn(self._hidden(inputs)))


mixed = Mixed()
arrays["mixed_x"] = numbers(3, 4)
mixed(arrays["mixed_x"])
mixed.save_weights(OUT / (PRODUCER + ".weights.h5"))
if KERAS3:
    mixed.save_weights(OUT / (PRODUCER + ".weights.json"), max_shard_size=2e-7)
arrays["mixed_predicted"] = np.asarray(mixed(arrays["mixed_x"]))
np.savez(OUT / (PRODUCER + ".npz"), **arrays)

# A layer in two models that stand in a third: an archive that Keras cannot load again.
shared = L.Dense(3, name="shared")
x, y, z = keras.Input((4,)), keras.Input((4,)), keras.Input((4,))
a = keras.Model(x, L.ReLU()(shared(x)), name="a")
b = keras.Model(y, L.Softmax()(shared(y)), name="b")
model = keras.Model(z, [a(z), b(z)])
model.compile("sgd", "mse")
save(model, OUT / ("shared-" + PRODUCER + ".keras"))

# And one that has learned its words and their weights, before another of its class.
shared = L.IntegerLookup(output_mode="tf_idf", name="shared")
other = L.IntegerLookup(num_oov_indices=2, output_mode="multi_hot", name="other")
shared.adapt(np.array([[3, 1], [3, 4]]))
other.adapt(np.array([[1, 7], [1, 5]]))
x, y, z = (keras.Input((2,), dtype="int64") for _ in range(3))
a = keras.Model(x, L.Dense(3, name="after")(shared(x)), name="a")
b = keras.Model(y, L.Add()([L.Dense(2, name="first")(shared(y)), L.Dense(2, name="last")(other(y))]), name="b")
save(keras.Model(z, [a(z), b(z)]), OUT / ("shared-lookup-" + PRODUCER + ".keras"))
