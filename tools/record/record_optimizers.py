"""Records optimizers: variables and state after each of some steps with given gradients, configs, names, error texts.

    python tools/record/record_optimizers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/optimizers/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/optimizers"
STEPS = 4
rng = np.random.RandomState(11)
arrays, rows, sparse_rows = {}, [], []
CASES = [("SGD", {}), ("SGD", {"learning_rate": 0.1, "momentum": 0.9}), ("SGD", {"momentum": 0.8, "nesterov": True}), ("SGD", {"learning_rate": 0.5, "clipnorm": 0.7}),
         ("RMSprop", {}), ("RMSprop", {"learning_rate": 0.05, "rho": 0.8, "momentum": 0.5}), ("RMSprop", {"centered": True, "epsilon": 1e-3}),
         ("RMSprop", {"momentum": 0.3, "centered": True}), ("Adam", {}), ("Adam", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-4}), ("Adam", {"amsgrad": True}),
         ("Adam", {"clipvalue": 0.3, "name": "mine"})]
LEGACY = [("SGD", {"decay": 0.25, "momentum": 0.5}), ("RMSprop", {"decay": 0.25}), ("Adam", {"decay": 0.25})]
NEW = [("SGD", {"global_clipnorm": 0.5, "momentum": 0.5}), ("SGD", {"weight_decay": 0.1, "learning_rate": 0.1}), ("Adam", {"weight_decay": 0.1}),
       ("Adam", {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2}), ("SGD", {"use_ema": True, "ema_momentum": 0.5}), ("RMSprop", {"weight_decay": 0.05, "momentum": 0.2})]
WORDS = "sgd SGD Sgd rmsprop RMSprop adam Adam ADAM foo".split()


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def state(optimizer):
    if KERAS3:
        return [v.numpy() for v in optimizer.variables]
    return optimizer.get_weights() if hasattr(optimizer, "get_weights") else [v.numpy() for v in optimizer.variables]


def names(optimizer):
    v = optimizer.variables
    v = v() if callable(v) else v
    return [x.path if KERAS3 else x.name for x in v]


def record_case(module, generation, cls, arguments, dtype="float32", exclude=None, shapes=((3, 4), (5,))):
    """`exclude`: names that do not decay."""
    keras.backend.clear_session()
    make = getattr(module, cls)
    optimizer = make(**arguments)
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=exclude)
    fresh = optimizer.get_config()
    initial = [rng.uniform(-1, 1, s).astype(dtype) for s in shapes]
    last_names = ["kernel", "bias", "deep", "embeddings"][:len(shapes)]
    if KERAS3:
        variables = []
        for value, name in zip(initial, last_names):
            with keras.src.backend.name_scope("d"):
                variables.append(keras.Variable(value, name=name, dtype=dtype))
    else:
        variables = [tf.Variable(value, name="d/" + name) for value, name in zip(initial, last_names)]
    row = {"generation": generation, "class_name": cls, "arguments": arguments, "dtype": dtype, "variables": [keep(v) for v in initial], "config_fresh": fresh, "steps": []}
    if exclude:
        row["exclude"] = exclude
    for step in range(STEPS):
        gradients = [rng.normal(0, 1, v.shape).astype(dtype) for v in initial]
        given = [tf.constant(g) for g in gradients]
        if OLD:
            given = optimizer._clip_gradients(given)  # as its train_step does
        optimizer.apply_gradients(zip(given, variables))
        row["steps"].append({"gradients": [keep(g) for g in gradients], "variables": [keep(v.numpy()) for v in variables], "state": [keep(s) for s in state(optimizer)]})
    row["names"] = names(optimizer)
    row["config"] = optimizer.get_config()
    if hasattr(optimizer, "finalize_variable_values") and arguments.get("use_ema"):
        optimizer.finalize_variable_values(variables)
        row["finalized"] = [keep(v.numpy()) for v in variables]
    rows.append(row)


SPARSE = [("SGD", {"momentum": 0.9}), ("SGD", {"momentum": 0.8, "nesterov": True}), ("RMSprop", {}), ("RMSprop", {"momentum": 0.5}),
          ("RMSprop", {"momentum": 0.5, "centered": True}), ("Adam", {}), ("Adam", {"amsgrad": True})]


def record_sparse(module, generation, cls, arguments):
    """Gradients of picked rows, as an Embedding has."""
    keras.backend.clear_session()
    optimizer = getattr(module, cls)(**arguments)
    initial = rng.uniform(-1, 1, (6, 3)).astype("float32")
    variable = keras.Variable(initial, name="table") if KERAS3 else tf.Variable(initial, name="table")
    row = {"generation": generation, "class_name": cls, "config": optimizer.get_config(), "variable": keep(initial), "steps": []}
    for indices in ([0, 2, 2, 5], [1, 2], [0, 0, 5], [3]):
        values = rng.normal(0, 1, (len(indices), 3)).astype("float32")
        gradient = tf.IndexedSlices(tf.constant(values), tf.constant(indices), (6, 3))
        optimizer.apply_gradients([(gradient, variable)])
        row["steps"].append({"indices": indices, "values": keep(values), "variable": keep(variable.numpy()), "state": [keep(s) for s in state(optimizer)]})
    sparse_rows.append(row)


def spelled(word):
    try:
        got = keras.optimizers.get(word)
    except Exception as e:
        return {"error": type(e).__name__, "message": str(e)}
    return {"class_name": type(got).__name__, "config": got.get_config()}


def main():
    if OLD:
        generations = [("legacy", keras.optimizers, CASES + LEGACY)]
    elif KERAS3:
        generations = [("keras3", keras.optimizers, CASES + NEW + [("SGD", {"loss_scale_factor": 4.0})])]
    else:
        generations = [("legacy", keras.optimizers.legacy, CASES + LEGACY), ("modern", keras.optimizers, CASES + NEW)]
    for generation, module, cases in generations:
        for cls, arguments in cases:
            record_case(module, generation, cls, arguments)
        for cls, arguments in (("SGD", {"momentum": 0.9}), ("RMSprop", {}), ("Adam", {})):
            record_case(module, generation, cls, arguments, "float64")
        for cls, arguments in SPARSE:
            record_sparse(module, generation, cls, arguments)
    v = tf.Variable([1.0], name="v")
    sgd = keras.optimizers.SGD()
    errors = {
        "unknown_get": failing(lambda: keras.optimizers.get("foo")),
        "unknown_deserialize": failing(lambda: keras.optimizers.deserialize({"class_name": "Foo", "config": {}})),
        "no_gradients": failing(lambda: sgd.apply_gradients([(None, v)])),
        "momentum": failing(lambda: keras.optimizers.SGD(momentum=2.0)),
        "clipnorm": failing(lambda: keras.optimizers.SGD(clipnorm=-1.0)),
        "weights_count": failing(lambda: sgd.set_weights([np.zeros(3), np.zeros(3), np.zeros(3)])),
    }
    serialized = {}
    for cls in ("SGD", "RMSprop", "Adam"):
        forms = [keras.optimizers.serialize(getattr(keras.optimizers, cls)())]
        if not OLD and not KERAS3:
            forms.append(keras.optimizers.serialize(getattr(keras.optimizers, cls)(), use_legacy_format=True))
            forms.append(keras.optimizers.serialize(getattr(keras.optimizers.legacy, cls)()))
            forms.append(keras.optimizers.serialize(getattr(keras.optimizers.legacy, cls)(), use_legacy_format=True))
        serialized[cls] = forms
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    document = {"rows": rows, "sparse": sparse_rows, "spellings": {word: spelled(word) for word in WORDS}, "serialized": serialized, "errors": errors}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(rows), "optimizers")


if __name__ == "__main__":
    main()
