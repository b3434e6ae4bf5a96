"""The models of the interop matrix in Keras, as interop_models.cpp has them: same names, weights and data."""
import numpy as np

ROWS = 8  # of a batch
MODELS = {
    "dense": "Functional: Dense, BatchNormalization, Dropout(training=False), Dense; Adam",
    "conv": "Sequential: Conv2D, MaxPooling2D, Flatten, Dense; SGD with momentum",
    "lstm": "Functional on integers: Embedding(mask_zero), LSTM, Dense; RMSprop",
    "custom_loss": "Functional of two outputs, one with a loss function of the user's; Adam",
    "subclassed": "a Model of the user's with two Dense layers; SGD with momentum. Read from a SavedModel without its class",
}


def series(shape, salt):
    k = np.arange(int(np.prod(shape)), dtype="int64")
    return ((k * 7919 + salt * 104729 + 13) % 1999).reshape(shape)


def numbers(shape, salt):
    return (series(shape, salt) / 1999.0 - 0.5).astype("float32")


def integers(shape, salt, below):
    return (series(shape, salt) % below).astype("int32")


def x_of(name, batch):
    salt = 100 + batch
    if name == "conv":
        return numbers((ROWS, 8, 8, 2), salt)
    if name == "lstm":
        return integers((ROWS, 5), salt, 10)
    return numbers((ROWS, 6 if name == "dense" else 4), salt)


def y_of(name, batch):
    salt = 200 + batch
    if name == "dense":
        return integers((ROWS,), salt, 3)
    if name == "lstm":
        return integers((ROWS, 1), salt, 2).astype("float32")
    if name == "custom_loss":
        return [numbers((ROWS, 2), salt), numbers((ROWS, 1), salt)]
    return numbers((ROWS, 2), salt)


class Builder:
    def __init__(self, real):
        self.keras, self.tf = real.keras, real.tf

    def far_loss(self):
        def far_loss(y, p):
            return self.tf.reduce_mean(self.tf.abs(y - p) ** 1.5, axis=-1)

        return far_loss

    def optimizer(self, name, legacy, **arguments):
        """`legacy`: the class that tf.keras 2.11 and later keep under this name."""
        home = self.keras.optimizers.legacy if legacy else self.keras.optimizers
        return getattr(home, name)(learning_rate=0.01, **arguments)

    def build(self, name, legacy=False):
        keras, layers = self.keras, self.keras.layers
        keras.backend.clear_session()
        if name == "dense":
            x = keras.Input((6,), name="x")
            y = layers.Dense(8, activation="relu", name="hidden")(x)
            y = layers.BatchNormalization(name="normal")(y)
            y = layers.Dropout(0.5, name="drop")(y, training=False)
            model = keras.Model(x, layers.Dense(3, activation="softmax", name="out")(y), name="dense")
            model.compile(self.optimizer("Adam", legacy), "sparse_categorical_crossentropy", ["accuracy"])
        elif name == "conv":
            model = keras.Sequential([
                keras.Input((8, 8, 2), name="x"), layers.Conv2D(4, 3, activation="relu", name="conv"),
                layers.MaxPooling2D(name="pool"), layers.Flatten(name="flat"), layers.Dense(2, name="out")], name="conv_net")
            model.compile(self.optimizer("SGD", legacy, momentum=0.9), "mse", ["mae"])
        elif name == "lstm":
            x = keras.Input((5,), dtype="int32", name="x")
            y = layers.LSTM(6, name="lstm")(layers.Embedding(10, 4, mask_zero=True, name="words")(x))
            model = keras.Model(x, layers.Dense(1, activation="sigmoid", name="out")(y), name="lstm_net")
            model.compile(self.optimizer("RMSprop", legacy), "binary_crossentropy")
        elif name == "custom_loss":
            x = keras.Input((4,), name="x")
            y = layers.Dense(5, activation="tanh", name="hidden")(x)
            model = keras.Model(x, [layers.Dense(2, name="a")(y), layers.Dense(1, name="b")(y)], name="custom_loss")
            model.compile(self.optimizer("Adam", legacy), [self.far_loss(), "mae"], loss_weights=[1.0, 0.5])
        else:
            class TwoDense(keras.Model):
                def __init__(self):
                    super().__init__(name="two_dense")
                    self.first = layers.Dense(6, activation="relu", name="first")
                    self.second = layers.Dense(2, name="second")

                def call(self, x):
                    return self.second(self.first(x))

            model = TwoDense()
            model(x_of(name, 0))
            model.compile(self.optimizer("SGD", legacy, momentum=0.9), "mse")
        for salt, variable in enumerate(model.weights):
            variable.assign(numbers(variable.shape, salt) + (1 if "variance" in variable.name else 0))
        return model
