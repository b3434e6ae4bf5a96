"""What recorders of small models of Keras 3 share (record_lora.py, record_quantized.py): the models' parts, numbers that
float32 holds exactly, and the arrays."""
from producer import keras, np


def rounded(rng, shape, low=-1.0, high=1.0):
    return (np.round(rng.uniform(low, high, shape) * 64) / 64).astype("float32")


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape)] + list(layers))


def reversed_too(layer):
    """Of a ReversibleEmbedding."""
    x = keras.Input((3,))
    return keras.Model(x, layer(layer(x), reverse=True))


class Arrays(dict):
    def save(self, name, value):
        self[name] = np.asarray(value, dtype="float32")

    def save_all(self, name, values):
        for i, value in enumerate(values):
            self.save("%s/%d" % (name, i), value)
        return len(values)
