"""SavedModels without objects, as TensorFlow 1 and Estimators write them, and what tf.saved_model.load makes of them.

Run with TensorFlow 2.2.3 and 2.15.1; writes tests/keras/data/v1_saved_models/<producer>/: a folder for each model, and
<name>.json: variables (name, trainable, value) of its collections; version; signatures: name -> argument names; calls:
signature, inputs and outputs by name, each as [dtype, shape, flat values]; prunes: feeds, fetches, inputs, outputs;
errors: what was called, and how it was refused.
"""
import json
import os
import pathlib
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/v1_saved_models" / ("tf-" + tf.__version__)


def plain(t):
    a = np.asarray(t.numpy() if hasattr(t, "numpy") else t)
    values = [v.decode() if isinstance(v, bytes) else v for v in a.reshape(-1).tolist()]
    return ["string" if a.dtype.kind in "OSU" else a.dtype.name, list(a.shape), values]


def tensor(a):
    a = np.asarray(a)
    return tf.constant(a.astype(object) if a.dtype.kind in "SU" else a)


def leaves(name, value):
    """Of a sparse result three."""
    if isinstance(value, tf.SparseTensor):
        return {name + "_indices": value.indices, name + "_values": value.values, name + "_dense_shape": value.dense_shape}
    return {} if value is None else {name: value}


class Record:
    """Of one model: made by `build` in a graph and a session, read back by tf.saved_model.load."""

    def __init__(self, name, tags=None):
        self.folder = OUT / name
        self.tags = tags
        self.calls, self.prunes = [], []
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, signature, **inputs):
        self.calls.append((signature, inputs))

    def prune(self, feeds, fetches, *inputs):
        self.prunes.append((feeds, fetches, inputs))

    def finish(self, trainable=None):
        with tf.Graph().as_default(), v1.Session() as session:
            v1.saved_model.load(session, self.tags or ["serve"], str(self.folder))
            names = {v.name for v in v1.trainable_variables()}
            variables = [[v.op.name, v.name in names, plain(session.run(v))] for v in v1.global_variables() + v1.local_variables()]
        loaded = tf.saved_model.load(str(self.folder), tags=self.tags)
        result = {"variables": variables, "version": loaded.tensorflow_version, "tags": self.tags,
                  "signatures": {k: sorted(f._arg_keywords) for k, f in loaded.signatures.items()}, "calls": [], "prunes": []}
        for signature, inputs in self.calls:
            out = loaded.signatures[signature](**{k: tensor(v) for k, v in inputs.items()})
            told = {}
            for name, value in out.items():
                told.update(leaves(name, value))
            result["calls"].append({"signature": signature, "inputs": {k: plain(v) for k, v in inputs.items()},
                                    "outputs": {k: plain(v) for k, v in sorted(told.items())}})
        for feeds, fetches, inputs in self.prunes:
            out = loaded.prune(feeds, fetches)(*[tensor(i) for i in inputs])
            result["prunes"].append({"feeds": feeds, "fetches": fetches, "inputs": [plain(i) for i in inputs], "outputs": [plain(o) for o in out]})
        (OUT / (self.folder.name + ".json")).write_text(json.dumps(result) + "\n")


def references(rng):
    """simple_save of a graph with variables of references, one of which is counted up by a signature of its own."""
    record = Record("references")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        with v1.variable_scope("dense", use_resource=False):
            w = v1.get_variable("kernel", initializer=rng.normal(size=(3, 2)).astype("f"))
            b = v1.get_variable("bias", initializer=np.array([0.5, -1], "f"))
        steps = v1.get_variable("steps", initializer=np.int64(7), trainable=False, use_resource=False)
        logits = tf.add(tf.matmul(x, w), b, name="logits")
        up = v1.assign_add(steps, 2)
        with tf.control_dependencies([up]):
            after = tf.identity(steps, name="after")
        session.run(v1.global_variables_initializer())
        session.run(up)
        v1.saved_model.simple_save(session, str(record.folder), {"x": x}, {"scores": tf.nn.softmax(logits), "logits": logits, "weights": tf.identity(w)})
    record.call("serving_default", x=rng.normal(size=(4, 3)).astype("f"))
    record.call("serving_default", x=rng.normal(size=(1, 3)).astype("f"))
    record.prune(["x:0"], ["dense/kernel/read:0", "logits:0"], rng.normal(size=(2, 3)).astype("f"))
    record.prune(["logits:0"], ["Softmax:0"], rng.normal(size=(2, 2)).astype("f"))
    record.finish()


def resources(rng):
    """The builder, with variables that are resources, a local one, several signatures, one of them without inputs."""
    record = Record("resources")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        scale = v1.placeholder_with_default(np.float32(2), [], name="scale")
        with v1.variable_scope("", use_resource=True):
            w = v1.get_variable("w", initializer=rng.normal(size=(2, 2)).astype("f"))
            seen = v1.get_variable("seen", initializer=np.array([3, 4], "i4"), trainable=False, collections=["local_variables"])
            total = v1.get_variable("total", initializer=np.float32(1.5), trainable=False)
        y = tf.tanh(tf.matmul(x, w)) * scale
        with tf.control_dependencies([v1.assign_add(total, tf.reduce_sum(x))]):
            summed = total.read_value()
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        info = v1.saved_model.build_tensor_info
        make = v1.saved_model.build_signature_def
        builder = v1.saved_model.Builder(str(record.folder))
        builder.add_meta_graph_and_variables(
            session, ["serve", "gpu"], main_op=v1.local_variables_initializer(), signature_def_map={
                "serving_default": make({"x": info(x)}, {"y": info(y)}, "tensorflow/serving/predict"),
                "scaled": make({"x": info(x), "scale": info(scale)}, {"y": info(y), "seen": info(tf.identity(seen))}, "tensorflow/serving/predict"),
                "add": make({"x": info(x)}, {"total": info(summed)}, "tensorflow/serving/predict"),
                "weights": make({}, {"w": info(tf.identity(w))}, "tensorflow/serving/predict")})
        builder.add_meta_graph(["train"], signature_def_map={"double": make({"x": info(x)}, {"y": info(2 * y)}, "tensorflow/serving/predict")})
        builder.save()
    record.tags = ["serve", "gpu"]
    a = rng.normal(size=(3, 2)).astype("f")
    record.call("serving_default", x=a)
    record.call("scaled", x=a, scale=np.float32(0.25))
    record.call("add", x=a)
    record.call("add", x=a)
    record.call("weights")
    record.finish()


def partitioned(rng):
    """Variables in parts, by which rows are looked up: parts of a tensor are restored."""
    record = Record("partitioned")
    with tf.Graph().as_default(), v1.Session() as session:
        ids = v1.placeholder(tf.int64, [None], name="ids")
        for scope, use in (("of_references", False), ("of_resources", True)):
            with v1.variable_scope(scope, partitioner=v1.fixed_size_partitioner(3), use_resource=use):
                table = v1.get_variable("rows", shape=[7, 2], initializer=v1.random_normal_initializer(seed=4))
            for strategy in ("mod", "div"):
                tf.identity(v1.nn.embedding_lookup(table, ids % 6, partition_strategy=strategy), name=scope + "_" + strategy)
        graph = v1.get_default_graph()
        names = [s + "_" + k for s in ("of_references", "of_resources") for k in ("mod", "div")]
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(record.folder), {"ids": ids}, {n: graph.get_tensor_by_name(n + ":0") for n in names})
    record.call("serving_default", ids=np.array([0, 5, 3, 3, 1], "i8"))
    record.finish()


def tables(rng):
    """Tables filled from a file of the model's and from constants; a sparse tensor in and out."""
    record = Record("tables")
    words = pathlib.Path("words.txt")  # from here, for the graph keeps the name
    words.write_text("red\ngreen\nblue\n")
    with tf.Graph().as_default(), v1.Session() as session:
        colours = v1.sparse_placeholder(tf.string, [None, None], name="colours")
        with v1.variable_scope("", use_resource=True):
            rows = v1.get_variable("rows", initializer=rng.normal(size=(5, 3)).astype("f"))
        by_word = tf.lookup.StaticVocabularyTable(
            tf.lookup.TextFileInitializer(str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), 2)
        by_number = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(np.arange(3, dtype="i8"), ["r", "g", "b"]), "?")
        numbers = tf.SparseTensor(colours.indices, by_word.lookup(colours.values), colours.dense_shape)
        joined = {how: v1.nn.safe_embedding_lookup_sparse([rows], numbers, combiner=how) for how in ("sum", "mean", "sqrtn")}
        letters = tf.SparseTensor(colours.indices, by_number.lookup(numbers.values), colours.dense_shape)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        v1.saved_model.simple_save(session, str(record.folder), {"colours": colours}, {**joined, "letters": letters}, legacy_init_op=v1.tables_initializer())
    words.unlink()
    record.call("serving_default", colours_indices=np.array([[0, 0], [0, 1], [2, 0], [2, 2]], "i8"), colours_values=np.array(["green", "blue", "red", "pink"]),
                colours_dense_shape=np.array([4, 3], "i8"))
    record.finish()


def choices(rng):
    """tf.cond of TensorFlow 1, which is Switch and Merge, inside of another; and one that is a function."""
    record = Record("choices")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None], name="x")
        training = v1.placeholder_with_default(False, [], name="training")
        v1.disable_control_flow_v2()
        w = v1.get_variable("w", initializer=np.float32(3), use_resource=False)
        inner = v1.cond(tf.reduce_sum(x) > 0, lambda: x * w, lambda: -x)
        y = v1.cond(training, lambda: inner + 100.0, lambda: tf.identity(inner) + v1.cond(tf.size(x) > 2, lambda: 0.5, lambda: tf.constant(0.25) * w))
        v1.enable_control_flow_v2()
        z = v1.cond(training, lambda: x + w, lambda: x - w)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(record.folder), {"x": x, "training": training}, {"y": y, "z": z})
    for values in ([1.0, 2.0], [-1.0, -2.0, -3.0]):
        for flag in (True, False):
            record.call("serving_default", x=np.array(values, "f"), training=np.array(flag))
    record.finish()


def estimator(rng):
    """A canned Estimator's exports, of numbers and of words in buckets: as they are, and in tf.train.Examples."""
    record = Record("estimator")
    columns = [tf.feature_column.numeric_column("size", shape=[2]),
               tf.feature_column.embedding_column(tf.feature_column.categorical_column_with_hash_bucket("word", 20), 3)]
    model = tf.estimator.DNNClassifier([4], columns, n_classes=3, label_vocabulary=["a", "b", "c"], config=tf.estimator.RunConfig(tf_random_seed=1))

    def train():
        return tf.data.Dataset.from_tensors(({"size": np.ones((3, 2), "f"), "word": np.array([["x"], ["y"], ["z"]])}, np.array([["a"], ["b"], ["c"]])))

    model.train(train, steps=1)
    def inputs():
        features = {"size": v1.placeholder(tf.float32, [None, 2], name="size"), "word": v1.placeholder(tf.string, [None, 1], name="word")}
        return tf.estimator.export.ServingInputReceiver(features, features)

    def export(record, receiver):
        where = model.export_saved_model(str(OUT / "export"), receiver)
        shutil.move(where.decode() if isinstance(where, bytes) else where, str(record.folder))
        shutil.rmtree(OUT / "export")

    export(record, inputs)
    record.call("predict", size=rng.normal(size=(3, 2)).astype("f"), word=np.array([["x"], ["q"], ["dog"]]))
    record.finish()

    parsed = Record("parsed")
    export(parsed, tf.estimator.export.build_parsing_serving_input_receiver_fn(tf.feature_column.make_parse_example_spec(columns)))
    examples = []
    for size, words in (([2.0, 0.5], ["x"]), ([0.5, 8.0], ["dog", "q"]), ([32.0, 2.0], [])):  # bytes that are UTF-8, too
        example = tf.train.Example()
        example.features.feature["size"].float_list.value.extend(size)
        example.features.feature["word"].bytes_list.value.extend(w.encode() for w in words) if words else None
        examples.append(example.SerializeToString().decode())
    parsed.call("predict", examples=np.array(examples, dtype=object))
    parsed.call("serving_default", inputs=np.array(examples, dtype=object))
    parsed.finish()


def main():
    os.chdir(tempfile.mkdtemp())
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for build in (references, resources, partitioned, tables, choices, estimator):
        build(np.random.RandomState(len(build.__name__)))


main()
