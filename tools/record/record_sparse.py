"""Records models with layers of categories that say sparse=True: tests/keras/data/sparse/PRODUCER.json.

    python tools/record/record_sparse.py [DIR]   # TensorFlow 2.15.1 and Keras 3.15.1 (2.2.3 has no such layers)

Of each: its JSON, weights, inputs, predictions, and what two steps of training come to. What does not run in Keras is
recorded as its error.
"""
import json
import pathlib
import sys

from producer import KERAS3, PRODUCER, keras, plain

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/sparse"
L = keras.layers
NUMBERS, WORDS = [[0, 1], [3, 3], [4, 0], [1, 1]], [["a", "b"], ["c", "c"], ["x", "a"], ["b", "b"]]
LAYERS = {
    "category_encoding_multi_hot": lambda: L.CategoryEncoding(num_tokens=5, output_mode="multi_hot", sparse=True),
    "category_encoding_count": lambda: L.CategoryEncoding(num_tokens=5, output_mode="count", sparse=True),
    "integer_lookup_multi_hot": lambda: L.IntegerLookup(vocabulary=[1, 3, 4], output_mode="multi_hot", sparse=True),
    "integer_lookup_count": lambda: L.IntegerLookup(vocabulary=[1, 3, 4], output_mode="count", sparse=True),
    "integer_lookup_padded": lambda: L.IntegerLookup(vocabulary=[1, 3], max_tokens=6, pad_to_max_tokens=True, output_mode="count", sparse=True),
    "string_lookup_multi_hot": lambda: L.StringLookup(vocabulary=["a", "b", "c"], output_mode="multi_hot", sparse=True),
    "string_lookup_tf_idf": lambda: L.StringLookup(vocabulary=["a", "b", "c"], idf_weights=[0.5, 1.0, 2.0], output_mode="tf_idf", sparse=True),
    "text_vectorization_multi_hot": lambda: L.TextVectorization(vocabulary=["a", "b", "c"], output_mode="multi_hot", sparse=True),
    "text_vectorization_count": lambda: L.TextVectorization(vocabulary=["a", "b", "c"], output_mode="count", sparse=True),
    "hashing_multi_hot": lambda: L.Hashing(num_bins=4, output_mode="multi_hot", sparse=True),
    "hashing_count": lambda: L.Hashing(num_bins=4, output_mode="count", sparse=True),
    "discretization_multi_hot": lambda: L.Discretization(bin_boundaries=[1.0, 2.0, 3.5], output_mode="multi_hot", sparse=True),
    "discretization_count": lambda: L.Discretization(bin_boundaries=[1.0, 2.0, 3.5], output_mode="count", sparse=True),
}


def recorded(name, around):
    keras.backend.clear_session()
    x = np.array(NUMBERS, "int64")
    kind = "int64"
    if name.startswith("discretization"):
        x, kind = x.astype("float32"), "float32"
    if name.startswith(("string", "text")):
        x, kind = np.array([" ".join(row) for row in WORDS] if name.startswith("text") else WORDS, object), "string"
    inputs = keras.Input(x.shape[1:] or (1,), dtype=kind, name="x")
    x = x.reshape(-1, *inputs.shape[1:])
    h = LAYERS[name]()(inputs)
    model = keras.Model(inputs, L.Dense(2, name="d")(around(h)), name="m")
    rng = np.random.RandomState(len(name))
    model.set_weights([(rng.randint(-16, 16, w.shape) / 8).astype("float32") for w in model.get_weights()])
    record = {"json": model.to_json(), "x": x.tolist(), "weights": [w.tolist() for w in model.get_weights()]}
    import tensorflow as tf

    given = tf.constant(x.tolist(), kind)
    record["y"] = np.asarray(model(given)).tolist()
    towards = np.ones((4, 2), "float32")
    model.compile(keras.optimizers.SGD(0.5), "mse")
    record["losses"] = [float(model.train_on_batch(given, towards)) for _ in range(2)]
    record["after"] = [w.tolist() for w in model.get_weights()]
    return record


records = {}
for name in LAYERS:
    for how, around in (("", lambda h: h), ("_joined", lambda h: L.Concatenate()([h, h]))):
        try:
            records[name + how] = recorded(name, around)
        except Exception as e:
            records[name + how] = {"error": type(e).__name__}
            print(PRODUCER, name + how, records[name + how])
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records, indent=1, default=plain) + "\n")
