"""Small SavedModels as TensorFlow writes them, with what it reads from them and how training goes on.

Run with TensorFlow 2.2.3, 2.15.1 and the newest (tf-keras); writes tests/formats/data/saved_models/: a folder for each,
<producer>.signatures.txt (what saved_model_cli shows of it) and <producer>.json (objects: a line for each node;
concrete_functions: name -> nodes it is bound to, arguments and results as Python prints them; nodes: "function/node op
inputs"; constants: node -> value; signatures; x, y: a prediction; batches, after: what the live model, whose state is in
the file, was trained on next, and the losses and weights then).
"""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

if importlib.util.find_spec("tf_keras"):
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
from producer import OLD, np, tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.saved_model import nested_structure_coder

if "TF_USE_LEGACY_KERAS" in os.environ:
    import tf_keras as KERAS

    PRODUCER = "tf_keras-" + KERAS.__version__
else:
    KERAS = tf.keras
    PRODUCER = "tf-" + tf.__version__
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/formats/data/saved_models"


def decoded(proto):
    if OLD:
        return repr(nested_structure_coder.StructureCoder().decode_proto(proto))
    return repr(nested_structure_coder.decode_proto(proto))


def line(node):
    kind = node.WhichOneof("kind")
    what = {"user_object": lambda: node.user_object.identifier,
            "function": lambda: "|".join(node.function.concrete_functions),
            "bare_concrete_function": lambda: node.bare_concrete_function.concrete_function_name,
            "constant": lambda: node.constant.operation,
            "variable": lambda: "%s %s %s %s" % (tf.as_dtype(node.variable.dtype).name, tf.TensorShape(node.variable.shape),
                                                 node.variable.name, node.variable.trainable)}[kind]()
    children = ",".join("%s:%d" % (c.local_name, c.node_id) for c in node.children)
    slots = ",".join("%d/%s:%d" % (s.original_variable_node_id, s.slot_name, s.slot_variable_node_id)
                     for s in node.slot_variables)
    return "%s %s [%s] [%s]" % (kind, what, children, slots)


def dump(folder):
    model = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    graph = model.meta_graphs[0]
    objects = graph.object_graph_def
    functions = {name: {"bound": list(f.bound_inputs), "inputs": decoded(f.canonicalized_input_signature),
                        "outputs": decoded(f.output_signature)} for name, f in sorted(objects.concrete_functions.items())}
    nodes, constants = [], {}
    groups = [("", graph.graph_def.node)] + [(f.signature.name, f.node_def) for f in graph.graph_def.library.function]
    for name, group in groups:
        for node in group:
            nodes.append("%s/%s %s %s" % (name, node.name, node.op, ",".join(node.input)))
            if node.op == "Const" and node.attr["value"].tensor.dtype != tf.string.as_datatype_enum:
                constants[name + "/" + node.name] = tf.make_ndarray(node.attr["value"].tensor).tolist()
    signatures = {key: [sorted((k, v.name) for k, v in s.inputs.items()), sorted((k, v.name) for k, v in s.outputs.items())]
                  for key, s in sorted(graph.signature_def.items())}
    return {"objects": [line(n) for n in objects.nodes], "concrete_functions": functions, "nodes": nodes,
            "constants": constants, "signatures": signatures}


def signatures_of(text):
    """What saved_model_cli shows of signatures; newer ones go on with ops, all with functions."""
    return text.split("The MetaGraph with tag set")[0].split("\nConcrete Functions:")[0].split("\nDefined Functions:")[0].strip() + "\n"


def main():
    rng = np.random.RandomState(3)
    tf.random.set_seed(5)
    model = KERAS.Sequential([KERAS.layers.Dense(4, activation="relu", input_shape=(3,)), KERAS.layers.Dense(2)])
    model.compile(KERAS.optimizers.SGD(0.1, momentum=0.5), "mse", metrics=["mae"])
    batch = lambda: (rng.rand(4, 3).astype("float32"), rng.rand(4, 2).astype("float32"))
    model.train_on_batch(*batch())
    model.reset_metrics()
    folder = OUT / PRODUCER
    shutil.rmtree(folder, ignore_errors=True)
    model.save(str(folder), save_format="tf")
    for unread in ("assets", "fingerprint.pb"):
        path = folder / unread
        if path.is_dir():
            path.rmdir()
        elif path.exists():
            path.unlink()
    result = dump(folder)
    x = rng.rand(2, 3).astype("float32")
    result["x"], result["y"] = x.tolist(), model(x).numpy().tolist()
    result["batches"], result["after"] = [], []
    for _ in range(2):
        bx, by = batch()
        loss = model.train_on_batch(bx, by)
        model.reset_metrics()
        result["batches"].append([bx.tolist(), by.tolist()])
        result["after"].append([[float(v) for v in loss], [w.tolist() for w in model.get_weights()]])
    if not KERAS.__name__.startswith("tf_keras"):
        show = [str(pathlib.Path(sys.executable).parent / "saved_model_cli"), "show", "--dir", str(folder), "--all"]
        text = subprocess.run(show, check=True, capture_output=True, universal_newlines=True).stdout
        (OUT / (PRODUCER + ".signatures.txt")).write_text(signatures_of(text))
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(result, indent=0) + "\n")


class Branches(KERAS.Model):
    """Without a config; trains otherwise than it predicts."""

    def __init__(self):
        super().__init__(name="branches")
        self.dense = KERAS.layers.Dense(2, kernel_regularizer=KERAS.regularizers.l2(0.01))
        self.norm = KERAS.layers.BatchNormalization(momentum=0.5)

    def call(self, x, training=False):
        x = self.norm(self.dense(x), training=training)
        return x * 2.0 if training else x


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
        self.n = tf.Variable(0, name="n")

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x")])
    def __call__(self, x):
        return tf.matmul(x, self.w)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x"), tf.TensorSpec([], tf.int32, "k")])
    def power(self, x, k):
        result = x
        for _ in tf.range(k - 1):
            result = result * x
        return {"power": result, "count": k}

    @tf.function(input_signature=[])
    def count(self):
        return self.n.assign_add(1)

    @tf.function
    def scaled(self, x, how="twice", flag=False):
        if how == "twice":
            x = x * 2
        return -x if flag else x


def without_classes():
    """A model and a module to be opened without their classes."""
    rng = np.random.RandomState(7)
    tf.random.set_seed(8)
    model = Branches()
    model.compile(KERAS.optimizers.SGD(0.1), "mse")
    batch = lambda: (rng.rand(4, 3).astype("float32"), rng.rand(4, 2).astype("float32"))
    model.train_on_batch(*batch())
    model.save(str(OUT / (PRODUCER + "-branches")), save_format="tf")
    x = rng.rand(2, 3).astype("float32")
    result = {"x": x.tolist(), "y": model(x).numpy().tolist(), "trained": model(x, training=True).numpy().tolist()}
    model.load_weights(str(OUT / (PRODUCER + "-branches/variables/variables")))  # the moving averages as they were
    result["batches"], result["after"] = [], []
    for _ in range(2):
        bx, by = batch()
        loss = model.train_on_batch(bx, by)
        result["batches"].append([bx.tolist(), by.tolist()])
        result["after"].append([float(np.ravel(loss)[0]), [w.tolist() for w in model.get_weights()]])
    module = Module()
    flat = tf.constant([[1.0, -2.0]])
    for how, flag in (("twice", False), ("once", True)):  # what is called is saved
        module.scaled(flat, how, flag)
    tf.saved_model.save(module, str(OUT / (PRODUCER + "-module")),
                        signatures={"serving_default": module.__call__, "power": module.power})
    result["module"] = {"x": flat.numpy().tolist(), "call": module(flat).numpy().tolist(),
                        "power": module.power(flat, 3)["power"].numpy().tolist(),
                        "twice": module.scaled(flat).numpy().tolist(), "once": module.scaled(flat, "once", True).numpy().tolist(),
                        "count": [int(module.count()), int(module.count())]}
    (OUT / (PRODUCER + "-without-classes.json")).write_text(json.dumps(result, indent=0) + "\n")


OUT.mkdir(parents=True, exist_ok=True)
main()
if not KERAS.__name__.startswith("tf_keras"):
    without_classes()
