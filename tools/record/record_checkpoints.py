"""Checkpoints of small models, and what tf.train's status objects and CheckpointManager say of them.

Run with TensorFlow 2.2.3 and 2.15.1; writes tests/keras/data/checkpoints: <TensorFlow>/<name>.index and .data-*, and
<TensorFlow>.json: "status": for a file, a state of the model and an assert: null, or what was raised (of objects without
values their names); "values": a model's weights after training on from the restored state; "manager": what a
CheckpointManager keeps; "errors": texts.
"""
import json
import pathlib
import re
import shutil
import tempfile

from producer import np, tf

keras = tf.keras
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/checkpoints"
HERE = OUT / ("tf-" + tf.__version__)
shutil.rmtree(HERE, ignore_errors=True)
HERE.mkdir(parents=True)
X, Y = np.array([[1.0, 2.0]], "float32"), np.array([[1.0, 2.0, 3.0]], "float32")


def model(units=3):
    keras.backend.clear_session()  # names begin anew
    return keras.Sequential([keras.layers.Dense(4, input_shape=(2,), name="a"), keras.layers.Dense(units, name="b")])


def compiled(state, optimizer="adam"):
    m = model()
    if state != "uncompiled":
        m.compile(optimizer, "mse")
    if state == "stepped":
        m.train_on_batch(X, Y)
    return m


def said(call):
    try:
        call()
    except (AssertionError, ValueError, tf.errors.OpError, NotImplementedError) as error:
        text = str(error)
        if "not bound to checkpointed values" in text:
            return {"unbound": sorted(re.findall(r"tf.Variable '([^']+)'", text))}
        if text.startswith("Unresolved object"):
            return {"unresolved": text.split(":")[0]}
        return {"error": text.replace(str(HERE), "FOLDER").split("\n")[0]}
    return None


tf.random.set_seed(2)
trained = model()
trained.save_weights(str(HERE / "weights"))
trained.compile("adam", "mse")
trained.train_on_batch(X, Y)
trained.save_weights(str(HERE / "adam"))
momentum = model()
momentum.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse")
momentum.train_on_batch(X, Y)
momentum.save_weights(str(HERE / "sgd"))

status = []
for name in ("weights", "adam", "sgd"):
    for state in ("uncompiled", "compiled", "stepped"):
        for what in ("assert_existing_objects_matched", "assert_consumed"):
            for optimizer in ("adam", "rmsprop"):
                m = compiled(state, optimizer)
                outcome = said(lambda: getattr(m.load_weights(str(HERE / name)), what)())
                status.append({"file": name, "state": state, "optimizer": optimizer, "assert": what, "said": outcome})

after = compiled("compiled")
load = after.load_weights(str(HERE / "adam"))
after.train_on_batch(X, Y)
load.assert_consumed()
values = {v.name: v.numpy().ravel().tolist() for v in after.weights}
values["iterations"] = int(after.optimizer.iterations.numpy())

errors = {
    "shape": said(lambda: model(5).load_weights(str(HERE / "weights"))),
    "by_name": said(lambda: model().load_weights(str(HERE / "weights"), by_name=True)),
    "absent": said(lambda: model().load_weights(str(HERE / "nothing"))),
    "nontrivial": said(lambda: tf.train.Checkpoint(x=tf.Variable(1.0)).restore(str(HERE / "weights")).assert_nontrivial_match()),
    "max_to_keep": said(lambda: tf.train.CheckpointManager(tf.train.Checkpoint(), "x", max_to_keep=0)),
}

step = tf.Variable(7, dtype=tf.int64, name="step")
objects = tf.train.Checkpoint(step=step, list=[tf.Variable(1.0, name="q")], dict={"k.l/m": tf.Variable(2.0, name="z")},
                              layer=trained.layers[1])
objects.save(str(HERE / "objects"))

where = pathlib.Path(tempfile.mkdtemp())
manager = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), str(where), max_to_keep=2)
managed = []
for number in (None, None, None, 9):
    path = manager.save(checkpoint_number=number)
    managed.append({"number": number, "path": pathlib.Path(path).name, "kept": [pathlib.Path(p).name for p in manager.checkpoints],
                    "files": sorted(p.name for p in where.iterdir())})
again = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), str(where), max_to_keep=3)
managed.append({"found": [pathlib.Path(p).name for p in again.checkpoints]})
shutil.rmtree(where)
(HERE / "checkpoint").unlink()
(OUT / f"tf-{tf.__version__}.json").write_text(json.dumps(
    {"status": status, "values": values, "errors": errors, "manager": managed}, indent=1) + "\n")
print(len(status), "statuses")
