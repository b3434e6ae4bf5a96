"""Records LossScaleOptimizer: steps with given gradients, some of which are not finite, configs, error texts, and what
training of models with mixed policies comes to.

    python tools/record/record_loss_scale.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/loss_scale/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/loss_scale"
rng = np.random.RandomState(6)
arrays, rows, sparse_rows, fits = {}, [], [], []
SHAPES = ((3, 4), (5,))
INF, NAN = float("inf"), float("nan")
# settings, inner class, its arguments, what step has which value somewhere in its gradients, steps
CASES = [({"initial_scale": 8.0, "dynamic_growth_steps": 2}, "SGD", {"learning_rate": 0.1, "momentum": 0.9}, {3: INF, 6: NAN}, 9),
         ({"initial_scale": 2.0, "dynamic_growth_steps": 3}, "Adam", {"learning_rate": 0.1}, {1: -INF, 2: NAN, 3: INF}, 8),
         ({}, "RMSprop", {"momentum": 0.5}, {0: INF}, 3),
         ({"initial_scale": 2.0**127, "dynamic_growth_steps": 1}, "SGD", {}, {}, 2),
         ({"initial_scale": 0.25, "dynamic_growth_steps": 4}, "SGD", {"learning_rate": 0.5}, {1: 3e38}, 4)]
KERAS2 = [({"dynamic": False, "initial_scale": 3.0}, "Adam", {"learning_rate": 0.1}, {}, 3),
          ({"dynamic": False, "initial_scale": 16.0}, "SGD", {}, {1: INF}, 3)]
CLIPPED = [({"initial_scale": 8.0}, "SGD", {"clipnorm": 0.5}, {1: NAN}, 3)]
TF22 = [({"initial_scale": 16.0, "dynamic_growth_steps": 2, "multiplier": 4.0}, "SGD", {}, {2: INF}, 6)]


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def wrapped(inner, settings):
    if KERAS3:
        return keras.optimizers.LossScaleOptimizer(inner, **settings)
    if not OLD:
        return keras.mixed_precision.LossScaleOptimizer(inner, **settings)
    if not settings.get("dynamic", True):
        scale = settings["initial_scale"]
    elif settings:
        scale = tf.mixed_precision.experimental.DynamicLossScale(settings["initial_scale"], settings.get("dynamic_growth_steps", 2000), settings.get("multiplier", 2.0))
    else:
        scale = "dynamic"
    return keras.mixed_precision.experimental.LossScaleOptimizer(inner, scale)


def scale_of(optimizer):
    """The scale and the steps since it changed, before the first step too."""
    if KERAS3:
        return (float(optimizer.dynamic_scale.numpy()), int(optimizer.step_counter.numpy())) if optimizer.built else (optimizer.initial_scale, 0)
    if OLD:
        scale = optimizer.loss_scale
        return (float(scale().numpy()), int(scale._num_good_steps.numpy()) if hasattr(scale, "_num_good_steps") else None)
    return float(optimizer.loss_scale.numpy()), int(optimizer.dynamic_counter.numpy()) if optimizer.dynamic else None


def state(optimizer):
    if KERAS3:
        return [v.numpy() for v in optimizer.variables]
    if OLD:
        return optimizer.get_weights()
    v = optimizer.variables
    return [x.numpy() for x in (v() if callable(v) else v)]


def names(optimizer):
    v = optimizer.variables
    v = v() if callable(v) else v
    return [x.path if KERAS3 else x.name for x in v]


def apply(optimizer, scaled, variables):
    if not KERAS3:
        scaled = optimizer.get_unscaled_gradients(scaled)
    optimizer.apply_gradients(list(zip(scaled, variables)))


def scaled_loss(optimizer, loss):
    return float((optimizer.scale_loss if KERAS3 else optimizer.get_scaled_loss)(tf.constant(loss)).numpy())


def record_case(module, generation, settings, cls, arguments, bad, steps):
    keras.backend.clear_session()
    optimizer = wrapped(getattr(module, cls)(**arguments), settings)
    row = {"generation": generation, "settings": settings, "class_name": cls, "arguments": arguments, "config_fresh": keras.optimizers.serialize(optimizer)}
    if not OLD and not KERAS3:
        row["config_h5"] = keras.optimizers.serialize(optimizer, use_legacy_format=True)
    initial = [rng.uniform(-1, 1, s).astype("float32") for s in SHAPES]
    if KERAS3:
        variables = []
        for value, name in zip(initial, ("kernel", "bias")):
            with keras.src.backend.name_scope("d"):
                variables.append(keras.Variable(value, name=name))
    else:
        variables = [tf.Variable(value, name="d/" + name) for value, name in zip(initial, ("kernel", "bias"))]
    row["variables"] = [keep(v) for v in initial]
    row["steps"] = []
    for step in range(steps):
        scale, _ = scale_of(optimizer)
        gradients = [(rng.normal(0, 1, v.shape) * min(scale, 2.0**100)).astype("float32") for v in initial]
        if step in bad:
            gradients[step % 2].flat[1] = bad[step]
        loss = scaled_loss(optimizer, 1.5)
        apply(optimizer, [tf.constant(g) for g in gradients], variables)
        scale, count = scale_of(optimizer)
        row["steps"].append({"gradients": [keep(g) for g in gradients], "scaled_loss": loss, "scale": scale, "count": count, "iterations": int(optimizer.iterations.numpy()),
                             "variables": [keep(v.numpy()) for v in variables], "state": [keep(s) for s in state(optimizer)]})
    row["names"] = names(optimizer)
    row["config"] = keras.optimizers.serialize(optimizer)
    rows.append(row)


def record_sparse(module, generation, cls, arguments):
    """Gradients of picked rows, as an Embedding has."""
    keras.backend.clear_session()
    optimizer = wrapped(getattr(module, cls)(**arguments), {"initial_scale": 4.0, "dynamic_growth_steps": 3})
    initial = rng.uniform(-1, 1, (6, 3)).astype("float32")
    variable = keras.Variable(initial, name="table") if KERAS3 else tf.Variable(initial, name="table")
    row = {"generation": generation, "config": keras.optimizers.serialize(optimizer), "variable": keep(initial), "steps": []}
    for indices in ([0, 2, 2, 5], [1, 2], [0, 0, 5], [3]):
        values = (rng.normal(0, 1, (len(indices), 3)) * 4).astype("float32")
        apply(optimizer, [tf.IndexedSlices(tf.constant(values), tf.constant(indices), (6, 3))], [variable])
        row["steps"].append({"indices": indices, "values": keep(values), "variable": keep(variable.numpy()), "state": [keep(s) for s in state(optimizer)]})
    sparse_rows.append(row)


def set_policy(policy):
    if OLD:
        keras.mixed_precision.experimental.set_policy(policy)
    else:
        keras.mixed_precision.set_global_policy(policy)


def record_fit(policy, kind, make, generation, magnitude, steps=6):
    """`magnitude`: of the labels; great ones make gradients overflow in float16."""
    keras.backend.clear_session()
    set_policy(policy)
    layers = keras.layers
    x_in = keras.Input((4,), name="x")
    stack = [layers.Dense(6, activation="relu", name="h"), layers.Dense(3, name="m"), layers.Activation("linear", dtype="float32", name="o")]
    if kind == "sequential":
        model = keras.Sequential([x_in] + stack, name="s")
    else:
        y = x_in
        for layer in stack:
            y = layer(y)
        model = keras.Model(x_in, y, name="f")
    model.set_weights([(rng.normal(0, 0.5, w.shape)).astype(w.dtype) for w in model.get_weights()])
    model.compile(make(), "mse")
    optimizer = model.optimizer
    fit = {"policy": policy, "kind": kind, "generation": generation, "json": json.loads(model.to_json()), "inner": keras.optimizers.serialize(make()), "optimizer_class": type(optimizer).__name__, "weights": [keep(w) for w in model.get_weights()], "steps": []}
    scaled = "LossScale" in type(optimizer).__name__
    for _ in range(steps):
        x, y = rng.normal(0, 1, (5, 4)).astype("float32"), (rng.normal(0, 1, (5, 3)) * magnitude).astype("float32")
        loss = model.train_on_batch(x, y)
        step = {"x": keep(x), "y": keep(y), "loss": float(np.ravel(loss)[0]), "weights": [keep(w) for w in model.get_weights()], "iterations": int(optimizer.iterations.numpy())}
        if scaled:
            step["scale"], step["count"] = scale_of(optimizer)
        fit["steps"].append(step)
    fit["state"] = [keep(s) for s in state(optimizer)]
    fits.append(fit)
    set_policy("float32")


def errors():
    o = keras.optimizers
    if OLD:
        wrap = keras.mixed_precision.experimental.LossScaleOptimizer
        return {"clipnorm": failing(lambda: wrap(o.Adam(clipnorm=1.0), "dynamic")), "clipvalue": failing(lambda: wrap(o.Adam(clipvalue=1.0), "dynamic")), "least": failing(lambda: wrap(o.Adam(), 0.5))}
    if KERAS3:
        wrap = o.LossScaleOptimizer
        return {"dynamic": failing(lambda: wrap(o.Adam(), dynamic=False)), "clipnorm_own": failing(lambda: wrap(o.Adam(), clipnorm=1.0))}
    wrap = keras.mixed_precision.LossScaleOptimizer
    multiplier = {"optimizer": {"class_name": "SGD", "config": {"name": "SGD"}}, "loss_scale": {"class_name": "DynamicLossScale", "config": {"initial_loss_scale": 8.0, "increment_period": 3, "multiplier": 4.0}}}
    return {"scale": failing(lambda: wrap(o.Adam(), dynamic=False)), "growth": failing(lambda: wrap(o.Adam(), dynamic=False, initial_scale=3, dynamic_growth_steps=3)), "nested": failing(lambda: wrap(wrap(o.Adam()))),
            "multiplier": failing(lambda: o.get({"class_name": "LossScaleOptimizer", "config": multiplier}))}


def main():
    if OLD:
        generations = [("legacy", keras.optimizers, CASES + KERAS2 + TF22)]
    elif KERAS3:
        generations = [("keras3", keras.optimizers, CASES + CLIPPED)]
    else:
        generations = [("legacy", keras.optimizers.legacy, CASES + KERAS2 + CLIPPED), ("modern", keras.optimizers, CASES + KERAS2 + CLIPPED)]
    for generation, module, cases in generations:
        for case in cases:
            record_case(module, generation, *case)
        for cls, arguments in (("SGD", {"momentum": 0.9}), ("Adam", {"learning_rate": 0.1}), ("RMSprop", {"momentum": 0.5})):
            record_sparse(module, generation, cls, arguments)
        for policy in ("mixed_float16", "mixed_bfloat16"):
            for kind in ("sequential", "functional"):
                record_fit(policy, kind, lambda: module.SGD(0.01, momentum=0.5), generation, 1.0)
            record_fit(policy, "functional", lambda: module.SGD(0.001, momentum=0.5), generation, 20.0, 7)
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    document = {"rows": rows, "sparse": sparse_rows, "fits": fits, "errors": errors()}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(rows), "rows,", len(sparse_rows), "of picked rows,", len(fits), "trainings")


if __name__ == "__main__":
    main()
