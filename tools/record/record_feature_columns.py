"""Records DenseFeatures of each kind of feature column: outputs, weights, their names, gradients of the outputs' sum weighted
by cos(0), cos(1), ... (null where there is none): tests/keras/data/features/PRODUCER.json.

    python tools/record/record_feature_columns.py   # run with TensorFlow 2.2.3 and with 2.15.1
"""
import json
import pathlib
import tempfile

from producer import PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/features"
fc = tf.feature_column
words = fc.categorical_column_with_vocabulary_list
COLUMNS = [
    [fc.numeric_column("n", shape=(2,), default_value=0.5)],
    [fc.bucketized_column(fc.numeric_column("b", shape=(2,)), [0.0, 0.5])],
    [fc.indicator_column(fc.bucketized_column(fc.numeric_column("b", shape=(2,)), [0.0, 0.5]))],
    [fc.indicator_column(fc.categorical_column_with_identity("i", 4, default_value=1))],
    [fc.indicator_column(fc.categorical_column_with_hash_bucket("h", 5))],
    [fc.indicator_column(fc.categorical_column_with_hash_bucket("hi", 5, dtype=tf.int64))],
    [fc.indicator_column(words("v", ["x", "y"], num_oov_buckets=2))],
    [fc.indicator_column(words("v", ["x", "y"], default_value=1))],
    [fc.indicator_column(words("vi", [4, 7]))],
    [fc.embedding_column(words("e", ["x", "y", "z"]), 3)],
    [fc.embedding_column(fc.categorical_column_with_identity("es", 4), 2, combiner="sqrtn")],
    [fc.embedding_column(fc.categorical_column_with_hash_bucket("em", 4), 2, combiner="sum", max_norm=0.5)],
    [fc.indicator_column(fc.crossed_column(["h", "v"], 7))],
    [fc.embedding_column(fc.crossed_column(["h", fc.bucketized_column(fc.numeric_column("b2"), [0.0, 0.5])], 7), 2)],
    [fc.numeric_column("n", shape=(2,)), fc.embedding_column(words("e", ["x", "y", "z"]), 2), fc.bucketized_column(fc.numeric_column("b2"), [0.0]),
     fc.embedding_column(fc.categorical_column_with_hash_bucket("em", 3), 2)],
]
X = {
    "n": np.array([[1, 2], [3, 4], [5, 6]], "float32"), "b": np.array([[-1, 0.25], [0.5, 0.75], [0.125, 0]], "float32"),
    "b2": np.array([[0.25], [0.625], [-3]], "float32"), "i": np.array([[0], [3], [9]], "int64"), "hi": np.array([[1, 2], [3, -1], [5, 5]], "int64"),
    "vi": np.array([[4], [5], [7]], "int64"), "es": np.array([[0, 3], [1, 1], [2, -1]], "int64"), "h": np.array([["aa"], ["bb"], ["cc"]]),
    "v": np.array([["x", "q"], ["y", ""], ["zz", "x"]]), "e": np.array([["x", "y"], ["z", ""], ["", ""]]), "em": np.array([["a", "b"], ["c", ""], ["d", "d"]]),
}


def plain(value):
    return value.as_list() if hasattr(value, "as_list") else value.decode() if isinstance(value, bytes) else getattr(value, "name", repr(value))


rows = []
for columns in COLUMNS:
    keys = sorted({key for column in columns for key in column.parse_example_spec})
    layer = keras.layers.DenseFeatures(columns, name="layer")
    config = keras.layers.serialize(layer)
    inputs = {key: tf.constant(X[key]) for key in keys}
    layer(inputs)
    rng = np.random.RandomState(3)
    layer.set_weights([rng.normal(0, 1, w.shape).astype("float32") for w in layer.get_weights()])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        y = layer(inputs)
        loss = tf.reduce_sum(y * tf.cos(tf.reshape(tf.range(tf.size(y), dtype=y.dtype), tf.shape(y))))
    gradients = tape.gradient(loss, layer.trainable_weights)
    of_inputs = [tape.gradient(loss, inputs[key]) for key in keys]
    rows.append({
        "layer": config, "inputs": {key: {"dtype": inputs[key].dtype.name, "values": X[key].tolist()} for key in keys}, "outputs": y.numpy().tolist(),
        "weights": [w.tolist() for w in layer.get_weights()], "names": [w.name for w in layer.weights],
        "gradients": [tf.convert_to_tensor(g).numpy().tolist() for g in gradients],
        "input_gradients": [None if g is None else g.numpy().tolist() for g in of_inputs],
    })
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text('{"rows": [\n' + ",\n".join(json.dumps(row, default=plain) for row in rows) + "\n]}\n")
print(PRODUCER, len(rows), "rows")

# What tests/keras/layers/dense_features_test.cpp says of keys and shapes.
with tempfile.TemporaryDirectory() as folder:
    tf.train.Checkpoint(layer=layer).write(folder + "/it")
    print("keys:", [key for key, _ in tf.train.list_variables(folder + "/it")])
if hasattr(layer, "get_build_config"):
    print("build_config:", layer.get_build_config())
