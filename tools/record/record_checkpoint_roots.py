"""tf.train.Checkpoint(root=...): keys, the root's children in the file, counters, errors, and what restoring does.

Run with TensorFlow 2.2.3, where `root` is a name like others, then with 2.15.1, which also opens what the first left; writes
tests/keras/data/checkpoints: roots/<TensorFlow>/<name>.index and .data-*, and roots/<TensorFlow>.json.
"""
import json
import pathlib
import shutil

from producer import np, tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/checkpoints/roots"
HERE = OUT / ("tf-" + tf.__version__)
shutil.rmtree(HERE, ignore_errors=True)
HERE.mkdir(parents=True)
Checkpoint = tf.train.Checkpoint


def module(v=1.0, w=2.0):
    made = tf.Module()
    made.v, made.w = tf.Variable(v, name="v"), tf.Variable(w, name="w")
    return made


def counter(value):
    return tf.Variable(value, dtype=tf.int64, name="save_counter")


def model(optimizer=True):
    tf.keras.backend.clear_session()
    made = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,), name="d")])
    if optimizer:
        made.compile("sgd", "mse")
    return made


def written(checkpoint, name, numbered=True):
    """Keys, and the names of the root's children."""
    path = (checkpoint.save if numbered else checkpoint.write)(str(HERE / name))
    reader = tf.train.load_checkpoint(path)
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    graph.ParseFromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    return {"path": pathlib.Path(path).name, "keys": sorted(reader.get_variable_to_shape_map()),
            "children": [[child.local_name, child.node_id] for child in graph.nodes[0].children]}


def said(call):
    """The error, without what TensorFlow adds for Python, or the value."""
    try:
        return call()
    except (ValueError, AttributeError, AssertionError) as error:
        return {"error": str(error).split(" If you believe")[0].split("\n")[0]}


k = tf.Variable(3.0, name="k")
cases = {}
cases["plain"] = said(lambda: written(Checkpoint(root=module()), "plain"))
cases["keywords"] = said(lambda: written(Checkpoint(root=module(5.0, 6.0), k=k), "keywords"))
cases["written"] = said(lambda: written(Checkpoint(root=module(), k=k), "written", numbered=False))
own = module()
cases["same_object"] = said(lambda: written(Checkpoint(root=own, k=k, v=own.v), "same"))
cases["variable"] = said(lambda: written(Checkpoint(root=tf.Variable(4.0, name="v"), k=k), "variable"))
cycle = module()
cycle.me = cycle
cases["cycle"] = said(lambda: written(Checkpoint(root=cycle, k=k), "cycle"))
counted = module()
counted.save_counter = counter(40)
cases["counted"] = said(lambda: written(Checkpoint(root=counted), "counted"))
cases["counted"]["counter"] = int(counted.save_counter.numpy())
cases["model"] = said(lambda: written(Checkpoint(root=model(), k=k), "model"))
twice = module()
first, second = Checkpoint(root=twice), Checkpoint(root=twice)
cases["twice"] = [written(first, "twice")["path"], written(second, "twice")["path"]]
errors = {
    "name_taken": said(lambda: written(Checkpoint(root=module(), v=tf.Variable(9.0)), "taken")),
    "optimizer_taken": said(lambda: written(Checkpoint(root=model(), optimizer=tf.keras.optimizers.Adam()), "optimizer")),
    "save_counter": said(lambda: Checkpoint(save_counter=tf.Variable(1))),
    "list": said(lambda: written(Checkpoint(root=[tf.Variable(1.0)]), "list")),
    "untrackable": said(lambda: Checkpoint(root="x")),
    "untrackable_item": said(lambda: Checkpoint(k="x")),
}
for name in ("name_taken", "optimizer_taken", "list"):  # no errors in 2.2.3
    if "error" not in errors[name]:
        errors[name] = None


def restored(file, into, assertion, **keywords):
    target = module(0.0, 0.0)
    own = {name: tf.Variable(0.0, name=name) for name in keywords}
    checkpoint = Checkpoint(root=target, **own) if into == "root" else Checkpoint(v=target.v, w=target.w, **own)
    status = checkpoint.restore(str(file))
    outcome = said(lambda: getattr(status, assertion)() and None)
    return {"said": outcome, "values": [float(x.numpy()) for x in (target.v, target.w, *own.values())],
            "counter": int(checkpoint.save_counter.numpy())}


restores = {
    "root": restored(HERE / "keywords-1", "root", "assert_consumed", k=0),
    "root_without_k": restored(HERE / "keywords-1", "root", "assert_existing_objects_matched"),
    "root_consumed_without_k": restored(HERE / "keywords-1", "root", "assert_consumed"),
    "root_with_other": restored(HERE / "keywords-1", "root", "assert_existing_objects_matched", k=0, q=0),
    "names": restored(HERE / "keywords-1", "names", "assert_consumed", k=0),
    "of_tf_2_2": restored(OUT / "tf-2.2.3/keywords-1", "root", "assert_existing_objects_matched", k=0),
}
for path in list(HERE.iterdir()):
    if not path.name.startswith("keywords"):
        path.unlink()
(OUT / f"tf-{tf.__version__}.json").write_text(json.dumps(
    {"cases": cases, "errors": errors, "restores": restores}, indent=1) + "\n")
print(len(cases), "cases")
