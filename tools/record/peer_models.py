"""The workload models of make_peers.py and the benchmarks, the same code in every Keras: build(keras, name) -> model, data(n)."""
import numpy as np
def build(keras, name):
    L = keras.layers
    keras.backend.clear_session()
    if name == "guide":
        i = keras.Input(shape=(32,)); o = L.Dense(1)(i); m = keras.Model(i, o)
        x = (32,); y = ("float", (1,)); loss = "mean_squared_error"
    elif name == "mlp":
        i = keras.Input(shape=(784,)); h = L.Dense(512, activation="relu")(i); h = L.Dense(512, activation="relu")(h)
        o = L.Dense(10, activation="softmax")(h); m = keras.Model(i, o); x = (784,); y = ("int", 10); loss = "sparse_categorical_crossentropy"
    elif name == "cnn":
        m = keras.Sequential([keras.Input(shape=(28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2),
            L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dense(128, activation="relu"), L.Dense(10, activation="softmax")])
        x = (28, 28, 1); y = ("int", 10); loss = "sparse_categorical_crossentropy"
    elif name == "lstm":
        m = keras.Sequential([keras.Input(shape=(100,), dtype="int32"), L.Embedding(5000, 64), L.LSTM(64), L.Dense(1, activation="sigmoid")])
        x = ("tok", 100, 5000); y = ("bin",); loss = "binary_crossentropy"
    elif name == "transformer":
        d = 128
        i = keras.Input(shape=(64,), dtype="int32"); h = L.Embedding(5000, d)(i)
        for _ in range(4):
            a = L.MultiHeadAttention(4, d // 4)(h, h); h = L.LayerNormalization()(L.Add()([h, a]))
            f = L.Dense(4 * d, activation="gelu")(h); f = L.Dense(d)(f); h = L.LayerNormalization()(L.Add()([h, f]))
        h = L.GlobalAveragePooling1D()(h); o = L.Dense(10, activation="softmax")(h); m = keras.Model(i, o)
        x = ("tok", 64, 5000); y = ("int", 10); loss = "sparse_categorical_crossentropy"
    elif name == "mobilenetv2":
        m = keras.applications.MobileNetV2(weights=None); x = (224, 224, 3); y = ("int", 1000); loss = "sparse_categorical_crossentropy"
    elif name == "resnet50":
        m = keras.applications.ResNet50(weights=None); x = (224, 224, 3); y = ("int", 1000); loss = "sparse_categorical_crossentropy"
    elif name == "efficientnetb0":
        m = keras.applications.EfficientNetB0(weights=None); x = (224, 224, 3); y = ("int", 1000); loss = "sparse_categorical_crossentropy"
    m.compile(optimizer="adam", loss=loss)
    rng = np.random.default_rng(0)
    def data(n):
        if x[0] == "tok": X = rng.integers(1, x[2], size=(n, x[1])).astype("int32")
        else: X = rng.random((n,) + x, dtype="float32")
        if y[0] == "int": Y = rng.integers(0, y[1], size=(n,)).astype("int32")
        elif y[0] == "bin": Y = rng.integers(0, 2, size=(n, 1)).astype("float32")
        else: Y = rng.random((n,) + y[1], dtype="float32")
        return X, Y
    return m, data
