"""Records what layers make of ragged inputs: tests/keras/data/ragged/PRODUCER.json and .npz, and whole models beside
them: PRODUCER_NAME.h5.

    python tools/record/record_ragged.py [DIR]   # run with TensorFlow 2.2.3 and with 2.15.1

Each layer is called on an Input(ragged=True) and the model predicts; and it is called on ragged values. An outcome is a
list of outputs, {"flat", "splits"} of a ragged one, or the error.
"""
import json
import pathlib
import re
import sys
import zipfile

from producer import OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/ragged"
L = keras.layers
arrays, rows = {}, []
rng = np.random.RandomState(3)
SPLITS = [0, 2, 5, 6, 10]
FLOATS = tf.RaggedTensor.from_row_splits(rng.normal(0, 1, (10, 2)).astype("float32"), SPLITS)
OTHERS = tf.RaggedTensor.from_row_splits(rng.normal(0, 1, (10, 2)).astype("float32"), SPLITS)
WORDS = tf.RaggedTensor.from_row_splits(np.array([1, 2, 3, 0, 2, 1, 4, 4, 1, 3]), SPLITS)
TWICE = tf.RaggedTensor.from_nested_row_splits(np.array([1, 2, 3, 0, 2, 1, 4]), [[0, 2, 3, 5], [0, 2, 5, 6, 6, 7]])


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def stored(value):
    if isinstance(value, (list, tuple)):
        return [stored(v) for v in value]
    if isinstance(value, tf.RaggedTensor):
        return {"flat": store(value.flat_values), "splits": [store(s) for s in value.nested_row_splits]}
    return store(value)


def shape_of(y):
    return [shape_of(v) for v in y] if isinstance(y, (list, tuple)) else {"shape": y.shape.as_list(), "ragged": "Ragged" in type(y).__name__}


def error(e):
    """Its words, without where in this machine's files it came up."""
    text = str(e).split("Call arguments received")[0]
    text = re.sub(r'\n *File "[^\n]*|\n *(/[^\n]*:\d+ [^\n]*)\n[^\n]*|,? ?\(?defined at /[^\s)\]]*\)?', "", text)
    return {"error": type(e).__name__, "message": re.sub(r"\n\n+", "\n", text).strip()}


def outcome(call):
    try:
        return {"outputs": stored(call())}
    except Exception as e:
        return error(e)


def weigh(layer):
    layer.set_weights([np.random.RandomState(int(np.prod(w.shape)) + w.ndim).normal(0, 0.6, w.shape).astype("float32") for w in layer.get_weights()])


def case(name, make, data=FLOATS):
    keras.backend.clear_session()
    data = data if isinstance(data, list) else [data]
    layer = make()
    row = {"name": name, "layer": keras.layers.serialize(layer), "inputs": [stored(d) for d in data]}
    rows.append(row)
    try:
        xs = [keras.Input(d.shape[1:], ragged=True, dtype=d.dtype) for d in data]
        row["input_shapes"] = [x.shape.as_list() for x in xs]
        y = layer(xs if len(xs) > 1 else xs[0])
        row["symbolic"] = shape_of(y)
        model = keras.Model(xs, y)
        weigh(layer)
        row["weights"] = [store(w) for w in layer.get_weights()]
        row["predict"] = outcome(lambda: model.predict(data if len(xs) > 1 else data[0], batch_size=3, verbose=0))
        if "error" in row["predict"]:
            row["predict_whole"] = outcome(lambda: model.predict(data if len(xs) > 1 else data[0], verbose=0))
    except Exception as e:
        row["symbolic"] = error(e)
    layer = make()

    def call():
        layer(data if len(data) > 1 else data[0])
        weigh(layer)
        return layer(data if len(data) > 1 else data[0])

    row["eager"] = outcome(call)


def layers():
    case("embedding", lambda: L.Embedding(5, 3), WORDS)
    case("embedding mask_zero", lambda: L.Embedding(5, 3, mask_zero=True), WORDS)
    case("embedding twice", lambda: L.Embedding(5, 3), TWICE)
    for name in ("SimpleRNN", "GRU", "LSTM"):
        c = getattr(L, name)
        case(name, lambda: c(3))
        case(name + " sequences", lambda: c(3, return_sequences=True))
        case(name + " states", lambda: c(3, return_sequences=True, return_state=True))
        case(name + " backwards", lambda: c(3, go_backwards=True))
        case(name + " backwards sequences", lambda: c(3, return_sequences=True, go_backwards=True))
        case(name + " unroll", lambda: c(3, unroll=True))
        case(name + " twice", lambda: c(3), TWICE)
    case("GRU before", lambda: L.GRU(3, reset_after=False, return_sequences=True))
    case("RNN", lambda: L.RNN(L.LSTMCell(3), return_sequences=True))
    case("RNN stacked", lambda: L.RNN([L.GRUCell(3), L.SimpleRNNCell(2)]))
    case("Bidirectional", lambda: L.Bidirectional(L.LSTM(3)))
    case("Bidirectional sequences", lambda: L.Bidirectional(L.GRU(3, return_sequences=True)))
    case("Bidirectional sum", lambda: L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="sum"))
    case("TimeDistributed", lambda: L.TimeDistributed(L.Dense(3, activation="tanh")))
    case("Dense", lambda: L.Dense(3, activation="tanh"))
    case("Dense plain", lambda: L.Dense(3, use_bias=False))
    case("Dense one dim", lambda: L.Dense(3), tf.cast(WORDS, "float32"))
    for activation in ("relu", "tanh", "sigmoid", "softmax", "elu", "selu", "softplus", "softsign", "exponential", "hard_sigmoid", "linear", "swish"):
        case("Activation " + activation, lambda: L.Activation(activation))
    case("ReLU", lambda: L.ReLU())
    case("ReLU six", lambda: L.ReLU(max_value=0.5, negative_slope=0.1, threshold=0.1))
    case("LeakyReLU", lambda: L.LeakyReLU())
    case("Softmax", lambda: L.Softmax())
    case("Dropout", lambda: L.Dropout(0.5))
    case("Flatten", lambda: L.Flatten())
    case("Flatten twice", lambda: L.Flatten(), TWICE)
    case("Reshape", lambda: L.Reshape((-1, 2)))
    case("Permute", lambda: L.Permute((2, 1)))
    case("RepeatVector", lambda: L.RepeatVector(2))
    case("BatchNormalization", lambda: L.BatchNormalization())
    case("LayerNormalization", lambda: L.LayerNormalization())
    case("Conv1D", lambda: L.Conv1D(3, 2))
    case("ZeroPadding1D", lambda: L.ZeroPadding1D(1))
    case("MaxPooling1D", lambda: L.MaxPooling1D(2))
    case("GlobalAveragePooling1D", lambda: L.GlobalAveragePooling1D())
    case("GlobalMaxPooling1D", lambda: L.GlobalMaxPooling1D())
    case("Masking", lambda: L.Masking())
    for name, make in {
            "ELU": lambda: L.ELU(), "ThresholdedReLU": lambda: L.ThresholdedReLU(0.2), "GaussianNoise": lambda: L.GaussianNoise(0.5),
            "GaussianDropout": lambda: L.GaussianDropout(0.5), "AlphaDropout": lambda: L.AlphaDropout(0.5),
            "SpatialDropout1D": lambda: L.SpatialDropout1D(0.5), "ActivityRegularization": lambda: L.ActivityRegularization(0.1),
            "UpSampling1D": lambda: L.UpSampling1D(), "Cropping1D": lambda: L.Cropping1D(1), "AveragePooling1D": lambda: L.AveragePooling1D(),
            "SeparableConv1D": lambda: L.SeparableConv1D(2, 2)}.items():
        case(name, make)
    case("Rescaling", (lambda: keras.layers.experimental.preprocessing.Rescaling(2.0, 1.0)) if OLD else lambda: L.Rescaling(2.0, 1.0))
    for name in ("Add", "Multiply", "Subtract", "Average", "Maximum", "Minimum", "Concatenate"):
        case(name, lambda: getattr(L, name)(), [FLOATS, OTHERS])
    case("Concatenate time", lambda: L.Concatenate(axis=1), [FLOATS, OTHERS])
    uneven = tf.RaggedTensor.from_row_splits(rng.normal(0, 1, (5, 2)).astype("float32"), [0, 1, 1, 3, 5])
    case("Concatenate time uneven", lambda: L.Concatenate(axis=1), [FLOATS, uneven])
    case("Concatenate uneven", lambda: L.Concatenate(), [FLOATS, uneven])
    case("Add uneven", lambda: L.Add(), [FLOATS, uneven])
    empty = tf.RaggedTensor.from_row_splits(rng.normal(0, 1, (4, 2)).astype("float32"), [0, 0, 3, 3, 4])
    for name in ("GlobalAveragePooling1D", "GlobalMaxPooling1D"):
        case(name + " empty row", lambda: getattr(L, name)(), empty)
    case("LSTM empty row", lambda: L.LSTM(3), empty)


def models():
    """Whole models with ragged inputs, and what they predict and how they train."""
    told = {}

    def model(name, make, xs, y=None, loss="mse"):
        keras.backend.clear_session()
        m = make()
        weigh(m)
        xs_given = xs if len(xs) > 1 else xs[0]
        row = told[name] = {"inputs": [stored(x) for x in xs]}
        if y is not None:
            m.compile(keras.optimizers.SGD(0.1), loss, metrics=["mae"])
        m.save(str(OUT / ("%s_%s.h5" % (PRODUCER, name))))
        row["config"] = json.loads(m.to_json())
        row["predict"] = outcome(lambda: m.predict(xs_given, batch_size=3, verbose=0))
        row["evaluate"] = None
        if y is None:
            return
        row["y"] = stored(y)
        try:
            row["evaluate"] = [float(v) for v in m.evaluate(xs_given, y, batch_size=2, verbose=0)]
            history = m.fit(xs_given, y, batch_size=2, epochs=2, shuffle=False, verbose=0).history
            row["history"] = {k: [float(v) for v in vs] for k, vs in history.items()}
            row["weights"] = [store(w) for w in m.get_weights()]
        except Exception as e:
            row["fit"] = error(e)

    def lstm():
        x = keras.Input((None,), ragged=True, dtype="int64", name="words")
        return keras.Model(x, L.Dense(2, activation="softmax", name="out")(L.LSTM(4)(L.Embedding(5, 3)(x))))

    def sequences():
        x = keras.Input((None,), ragged=True, dtype="int64", name="words")
        return keras.Model(x, L.TimeDistributed(L.Dense(2), name="out")(L.GRU(4, return_sequences=True)(L.Embedding(5, 3)(x))))

    def two():
        x, z = keras.Input((None, 2), ragged=True, name="steps"), keras.Input((3,), name="facts")
        return keras.Model([x, z], L.Dense(1, name="out")(L.Concatenate()([L.GlobalAveragePooling1D()(x), z])))

    def stack():
        return keras.Sequential([
            keras.Input((None, 2), ragged=True, name="steps"),
            L.Bidirectional(L.LSTM(3, return_sequences=True)), L.SimpleRNN(3, return_sequences=True), L.GlobalMaxPooling1D(), L.Dense(1)])

    model("lstm", lstm, [WORDS], np.array([[0.0, 1], [1, 0], [1, 0], [0, 1]], "float32"), "categorical_crossentropy")
    facts = rng.normal(0, 1, (4, 3)).astype("float32")
    model("two", two, [FLOATS, facts], rng.normal(0, 1, (4, 1)).astype("float32"))
    model("stack", stack, [FLOATS], rng.normal(0, 1, (4, 1)).astype("float32"))
    model("sequences", sequences, [WORDS], tf.RaggedTensor.from_row_splits(rng.normal(0, 1, (10, 2)).astype("float32"), SPLITS))
    return told


def mistakes():
    """Arrays of another kind than the inputs."""
    keras.backend.clear_session()
    x, d = keras.Input((None, 2), ragged=True, name="steps"), keras.Input((None, 2), name="dense")
    pooled, dense = keras.Model(x, L.GlobalAveragePooling1D()(x)), keras.Model(d, L.GlobalAveragePooling1D()(d))
    lstm, dense_lstm = keras.Model(x, L.LSTM(2)(x)), keras.Model(d, L.LSTM(2)(d))
    words = keras.Input((None,), ragged=True, dtype="int64")
    embedded = keras.Model(words, L.Embedding(5, 2, embeddings_initializer="ones")(words))
    array = np.arange(8, dtype="float32").reshape(2, 2, 2)
    three = keras.Input((3,), ragged=True)
    return {
        "array for ragged": outcome(lambda: pooled.predict(array, verbose=0)),
        "array for ragged rnn": outcome(lambda: lstm.predict(array, verbose=0)),
        "array for ragged words": outcome(lambda: embedded.predict(np.array([[1, 2]]), verbose=0)),
        "ragged for array": outcome(lambda: dense.predict(FLOATS, verbose=0)),
        "ragged for array rnn": outcome(lambda: dense_lstm.predict(FLOATS, verbose=0)),
        "twice ragged for ragged": outcome(lambda: pooled.predict(tf.ragged.constant([[[1.0, 2], [3, 4]], [[5, 6]]]), verbose=0)),
        "doubles": outcome(lambda: pooled.predict(tf.cast(FLOATS, "float64"), verbose=0)),
        "ints for words": outcome(lambda: embedded.predict(tf.cast(WORDS, "int32"), verbose=0)),
        "known sizes": {"shape": three.shape.as_list(), "type": type(three).__name__},
        "relu of a tensor": outcome(lambda: tf.nn.relu(FLOATS)),
        "times two": outcome(lambda: FLOATS * 2.0),
        "other rows": outcome(lambda: pooled.predict(tf.RaggedTensor.from_row_splits(np.zeros((3, 3), "float32"), [0, 1, 3]), verbose=0)),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    layers()
    told = {"producer": PRODUCER, "layers": rows, "models": models(), "mistakes": mistakes()}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(told, default=plain, indent=1) + "\n")
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w") as archive:
        for key, value in arrays.items():
            with archive.open(zipfile.ZipInfo(key + ".npy"), "w") as f:
                np.lib.format.write_array(f, value)
    for row in rows:
        def short(o):
            return o.get("error", "ok") + " " + o.get("message", "")[:100].replace("\n", " ")
        print(PRODUCER, row["name"], row["symbolic"], "|", short(row.get("predict", {"error": "-"})), "|", short(row["eager"]))
    for name, row in told["models"].items():
        print(PRODUCER, name, row.get("history"), row.get("fit"), row["evaluate"])
    for name, o in told["mistakes"].items():
        print(PRODUCER, name, o)


if __name__ == "__main__":
    main()
