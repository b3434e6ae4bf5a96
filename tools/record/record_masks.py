"""Records what masks do: each layer between Masking and two layers that heed a mask, each merge of masked inputs and of
masked and unmasked ones, wrappers and nested models; and which classes say that they support masks.

    python tools/record/record_masks.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

See tests/keras/data/masks/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import inspect
import json
import pathlib
import sys

import numpy as np

from producer import KERAS3, PRODUCER, keras

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/masks"
L = keras.layers
Input, Model = keras.Input, keras.Model
EXPERIMENTAL = getattr(getattr(L, "experimental", None), "preprocessing", None)


def named(name):
    return getattr(L, name, None) or getattr(EXPERIMENTAL, name)


# Called on a sequence [batch, 4, 3]: the class and its arguments.
LAYERS = {
    "Dense": (2,), "Conv1D": (2, 2), "SeparableConv1D": (2, 2), "DepthwiseConv1D": (2,), "Conv1DTranspose": (2, 2), "LocallyConnected1D": (2, 2), "Dropout": (0.5,), "SpatialDropout1D": (0.5,),
    "GaussianNoise": (0.5,), "GaussianDropout": (0.5,), "AlphaDropout": (0.5,), "BatchNormalization": (), "LayerNormalization": (), "UnitNormalization": (), "RMSNormalization": (),
    "GroupNormalization": (1,), "Activation": ("tanh",), "ReLU": (), "LeakyReLU": (), "ELU": (), "PReLU": (), "ThresholdedReLU": (), "ZeroPadding1D": (1,), "Cropping1D": (1,),
    "UpSampling1D": (2,), "MaxPooling1D": (2,), "AveragePooling1D": (2,), "Reshape": ((2, 6),), "Permute": ((2, 1),), "Rescaling": (2.0,), "Identity": (), "ActivityRegularization": (0.1,),
    "Masking": (), "LSTM": (2,), "GRU": (2,), "SimpleRNN": (2,), "GlobalMaxPooling1D": (), "GlobalAveragePooling1D": (), "Flatten": ()}
MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]
X, Z, N, S, B, F = "x", "z", "n", "s", "b", "f"  # inputs: see SHAPES
SHAPES = {X: ((4, 3), "float32"), Z: ((4, 3), "float32"), N: ((4,), "int32"), S: ((2, 4), "int32"), B: ((4,), "bool"), F: ((4,), "float32")}


def masked(x):
    return L.Masking()(x)


def embedded(n):
    return L.Embedding(9, 3, mask_zero=True)(n)


def after(layer, **call):
    return lambda x: layer()(masked(x), **call)


def inner(*steps):
    """A functional model of the layers, one after the other."""
    x = y = Input((4, 3))
    for layer in steps:
        y = layer(y)
    return Model(x, y)


def cases():
    for name, arguments in LAYERS.items():
        yield name, [X], after(lambda name=name, arguments=arguments: named(name)(*arguments))
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield name + "_sequences", [X], after(lambda name=name: getattr(L, name)(2, return_sequences=True))
    yield "RNN_of_two", [X], after(lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(2)]), return_sequences=True))
    yield "Normalization", [X], after(lambda: L.Normalization(mean=0.5, variance=4.0))
    yield "EinsumDense", [X], after(lambda: L.EinsumDense("abc,cd->abd", (None, 2)))
    yield "SpectralNormalization", [X], after(lambda: L.SpectralNormalization(L.Dense(2)))
    yield "Embedding", [N], embedded
    # Merges: both inputs masked, only one, two that are one, three.
    for name in MERGES:
        def merge(name=name, **more):
            return getattr(L, name)(**more)

        yield name, [X, Z], lambda x, z, merge=merge: merge()([masked(x), masked(z)])
        yield name + "_first", [X, Z], lambda x, z, merge=merge: merge()([masked(x), z])
        yield name + "_second", [X, Z], lambda x, z, merge=merge: merge()([x, masked(z)])
        yield name + "_embedded", [N, Z], lambda n, z, merge=merge: merge()([embedded(n), masked(z)])
        if name != "Subtract":
            yield name + "_three", [X, Z, N], lambda x, z, n, merge=merge: merge()([masked(x), masked(z), embedded(n)])
            yield name + "_middle", [X, Z, N], lambda x, z, n, merge=merge: merge()([masked(x), z, embedded(n)])
            yield name + "_last", [X, Z, N], lambda x, z, n, merge=merge: merge()([x, masked(z), embedded(n)])
    yield "Concatenate_steps", [X, Z], lambda x, z: L.Concatenate(axis=1)([masked(x), masked(z)])
    yield "Concatenate_steps_first", [X, Z], lambda x, z: L.Concatenate(axis=1)([masked(x), z])
    yield "Dot", [X, Z], lambda x, z: L.Dot(2)([masked(x), masked(z)])
    # Attention.
    for name in ("Attention", "AdditiveAttention"):
        yield name, [X, Z], lambda x, z, name=name: getattr(L, name)()([masked(x), masked(z)])
        yield name + "_query", [X, Z], lambda x, z, name=name: getattr(L, name)()([masked(x), z])
        yield name + "_value", [X, Z], lambda x, z, name=name: getattr(L, name)()([x, masked(z)])
    yield "MultiHeadAttention", [X, Z], lambda x, z: L.MultiHeadAttention(2, 2)(masked(x), masked(z))
    yield "MultiHeadAttention_value", [X, Z], lambda x, z: L.MultiHeadAttention(2, 2)(x, masked(z))
    yield "GroupQueryAttention", [X, Z], lambda x, z: L.GroupQueryAttention(2, 2, 1)(masked(x), masked(z))
    # Softmax: of what a mask of its own shape masks; with a mask of a sequence it is only handed on, or refused.
    yield "Softmax", [X], after(lambda: L.Softmax())
    yield "Softmax_masked", [F, B], lambda f, b: L.Softmax()(f, mask=b)
    yield "Softmax_masked_axes", [X, Z], lambda x, z: L.Softmax(axis=[1, 2])(x, mask=z > 0.0)
    # Wrappers.
    yield "TimeDistributed", [X], after(lambda: L.TimeDistributed(L.Dense(2)))
    yield "TimeDistributed_Dropout", [X], after(lambda: L.TimeDistributed(L.Dropout(0.5)))
    yield "TimeDistributed_Embedding", [N], lambda n: L.TimeDistributed(L.Embedding(9, 3, mask_zero=True))(L.Reshape((4, 1))(n))
    yield "TimeDistributed_Embedding_pooled", [S], lambda s: L.TimeDistributed(L.GlobalAveragePooling1D())(L.TimeDistributed(L.Embedding(9, 3, mask_zero=True))(s))
    yield "TimeDistributed_Embedding_LSTM", [S], lambda s: L.TimeDistributed(L.LSTM(2))(L.TimeDistributed(L.Embedding(9, 3, mask_zero=True))(s))
    yield "TimeDistributed_model", [S], lambda s: L.TimeDistributed(keras.Sequential([Input((4,), dtype="int32"), L.Embedding(9, 3, mask_zero=True), L.LSTM(2)]))(s)
    for mode in ("concat", "sum", "mul", "ave"):
        yield "Bidirectional_" + mode, [X], after(lambda mode=mode: L.Bidirectional(L.LSTM(2, return_sequences=True), merge_mode=mode))
    yield "Bidirectional_apart", [X], lambda x: L.Add()(L.Bidirectional(L.LSTM(2, return_sequences=True), merge_mode=None)(masked(x)))
    yield "Bidirectional_last", [X], after(lambda: L.Bidirectional(L.GRU(2)))
    # Models within models.
    yield "model", [X], after(lambda: inner(L.Dense(2), L.Activation("tanh")))
    yield "model_masks", [X], lambda x: inner(L.Masking(), L.Dense(2))(x)
    yield "model_drops", [X], after(lambda: inner(L.Conv1D(2, 2, padding="same")))
    yield "model_ReLU", [X], after(lambda: inner(L.ReLU()))
    yield "model_pools", [X], after(lambda: inner(L.Dense(2), L.GlobalAveragePooling1D()))
    yield "Sequential", [X], after(lambda: keras.Sequential([Input((4, 3)), L.Dense(2), L.Activation("tanh")]))
    yield "Sequential_masks", [X], lambda x: keras.Sequential([Input((4, 3)), L.Masking(), L.Dense(2)])(x)
    yield "Sequential_Embedding", [N], lambda n: keras.Sequential([Input((4,), dtype="int32"), L.Embedding(9, 3, mask_zero=True), L.Dropout(0.5)])(n)
    yield "Sequential_Embedding_merged", [N, Z], lambda n, z: L.Add()([keras.Sequential([Input((4,), dtype="int32"), L.Embedding(9, 3, mask_zero=True)])(n), masked(z)])
    yield "shared", [X, Z], lambda x, z: (lambda dense: L.Multiply()([dense(masked(x)), dense(masked(z))]))(L.Dense(2))
    yield "merge_of_merges", [X, Z, N], lambda x, z, n: L.Maximum()([L.Multiply()([masked(x), masked(z)]), L.Average()([masked(z), embedded(n)])])


def given():
    rng = np.random.RandomState(5)
    x, z, n, s = rng.randn(3, 4, 3), rng.randn(3, 4, 3), rng.randint(1, 9, (3, 4)), rng.randint(1, 9, (3, 2, 4))
    x[0, 2:], x[1, 0], x[2, 3] = 0, 0, 0
    z[0, 3:], z[1, 2], z[2, 1:] = 0, 0, 0
    n[0, 1:3], n[2, 3], s[0, 0, 2:], s[1, 1, 0], s[2, 0, 3] = 0, 0, 0, 0, 0
    b = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    arrays = {X: x, Z: z, N: n, S: s, B: b, F: rng.randn(3, 4)}
    return {key: value.astype(SHAPES[key][1]) for key, value in arrays.items()}


def weights_like(arrays):
    """Positive, all different: between 0.2 and 0.8."""
    return [(0.5 + 0.3 * np.sin(np.arange(w.size) * 1.7 + i)).reshape(w.shape).astype(w.dtype) for i, w in enumerate(arrays)]


def supporting():
    """{class: does a layer of it support masks} of all that can be made from what record_layer_arguments.py wrote."""
    file = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/layer_arguments" / (PRODUCER + ".json")
    found = {}
    for name, entry in json.loads(file.read_text())["classes"].items():
        if "config" not in entry:
            continue
        cls = L
        for part in entry["exported"][0].split("."):
            cls = getattr(cls, part)
        try:
            found[name] = bool(cls.from_config(dict(entry["config"])).supports_masking)
        except Exception as error:  # Lambda's function is not in the file
            print(name, type(error).__name__, str(error)[:100])
    return found


if __name__ == "__main__":
    arrays = given()
    texts, outputs = {}, dict(arrays)
    for name, inputs, call in cases():
        keras.backend.clear_session()
        try:
            tensors = [Input(SHAPES[key][0], dtype=SHAPES[key][1], name=key) for key in inputs]
            y = call(*tensors)
            ends = [y] if len(y.shape) != 3 or name.startswith("Softmax_") else [L.GlobalAveragePooling1D()(y), L.LSTM(2)(y)]
            model = Model(tensors, ends, name=name)
            model.set_weights(weights_like(model.get_weights()))
            text = model.to_json()
            rows = [arrays[key] for key in inputs]
            given_rows = rows if len(rows) > 1 else rows[0]
            results = model.predict(given_rows, verbose=0) if KERAS3 else model(given_rows, training=False)  # which traces nothing: minutes less
        except Exception as error:  # what this Keras does not have, or refuses
            texts[name] = {"error": type(error).__name__}
            print(name, type(error).__name__, str(error).splitlines()[0][:120] if str(error) else "")
            continue
        texts[name] = {"json": text}
        for i, result in enumerate(results if isinstance(results, list) else [results]):
            outputs["%s.%d" % (name, i)] = np.asarray(result)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"models": texts, "supports_masking": supporting()}, indent=1) + "\n")
    np.savez_compressed(str(OUT / (PRODUCER + ".npz")), **outputs)
    print(PRODUCER, len(texts), "models")
