"""Records MultiOptimizer: steps with given gradients, configs, names, models in files and their next steps, callbacks, error texts.

    python tools/record/record_multi_optimizer.py [DIR]   # run with Keras 3

See tests/keras/data/multi_optimizer/README.md.
"""
import json
import pathlib
import sys

from producer import PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/multi_optimizer"
o = keras.optimizers
rng = np.random.RandomState(31)
arrays, rows = {}, []
SHAPES = {"kernel": (3, 4), "bias": (5,), "deep": (2, 3, 4), "embeddings": (6, 2)}
STEPS = 4
INF = float("inf")


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def decaying():
    return o.schedules.ExponentialDecay(0.1, 2, 0.5)


def shared():
    both = o.Adam(0.05)
    return o.OptimizerMap(o.SGD(0.1), {"d/kernel": both, "d/deep": both})


# name, what makes the map, arguments of the MultiOptimizer, the steps whose gradients have this
CASES = [("one key, one that nothing has", lambda: o.OptimizerMap(o.SGD(0.1, momentum=0.5), {"d/kernel": o.Adam(0.01), "none/.*": o.RMSprop()}), {}, {}),
         ("default alone", lambda: o.OptimizerMap(o.Adam(0.1, name="mine")), {"name": "several"}, {}),
         ("expressions", lambda: o.OptimizerMap(o.SGD(0.1), {".*(kernel|deep)": o.RMSprop(0.01, momentum=0.5), "d/b.as": o.Lion(0.01), "d/bias": o.Adagrad(0.2)}), {}, {}),
         ("settings of their own", lambda: o.OptimizerMap(o.SGD(decaying(), weight_decay=0.1), {"d/kernel": o.Adam(0.1, clipnorm=0.5), "d/deep": o.Nadam(0.1, global_clipnorm=0.3), "d/bias": o.SGD(0.1, clipvalue=0.2)}), {}, {}),
         ("averages and sums", lambda: o.OptimizerMap(o.SGD(0.1, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=3), {"d/kernel": o.Adam(0.1, gradient_accumulation_steps=2), "d/deep": o.SGD(0.5, use_ema=True, ema_momentum=0.5)}), {}, {}),
         ("scaled", lambda: o.OptimizerMap(o.SGD(0.1, loss_scale_factor=3.0), {"d/kernel": o.Adam(0.1)}), {"loss_scale_factor": 4.0}, {}),
         ("unscaled", lambda: o.OptimizerMap(o.SGD(0.1, loss_scale_factor=3.0)), {}, {}),
         ("matrices by Muon", lambda: o.OptimizerMap(o.AdamW(0.05), {"d/kernel": o.Muon(0.05), "d/embeddings": o.Ftrl(0.1)}), {}, {}),
         ("late ones", lambda: o.OptimizerMap(o.Adafactor(0.1), {"d/kernel": o.ScheduleFreeAdamW(0.1), "d/deep": o.Lamb(0.05), "d/bias": o.Adadelta(1.0)}), {}, {}),
         ("missing gradients", lambda: o.OptimizerMap(o.SGD(0.1, momentum=0.5), {"d/kernel": o.Adamax(0.1)}), {}, {0: ("bias", None), 2: ("deep", None)}),
         ("one at two keys", shared, {}, {}),
         ("within a LossScaleOptimizer", lambda: o.OptimizerMap(o.SGD(0.1, momentum=0.5), {"d/deep": o.Adam(0.1)}), {"initial_scale": 8.0, "dynamic_growth_steps": 2}, {1: ("kernel", INF)})]


def variables():
    made = {}
    for name, shape in SHAPES.items():
        with keras.src.backend.name_scope("d"):
            made[name] = keras.Variable(rng.uniform(-1, 1, shape).astype("float32"), name=name)
    return made


def record_case(name, make_map, arguments, marks):
    keras.utils.clear_session()
    outer = {k: v for k, v in arguments.items() if k in ("initial_scale", "dynamic_growth_steps")}
    optimizer = o.MultiOptimizer(make_map(), **{k: v for k, v in arguments.items() if k not in outer})
    multi = optimizer
    if outer:
        optimizer = o.LossScaleOptimizer(optimizer, **outer)
    row = {"name": name, "arguments": arguments, "config_fresh": o.serialize(optimizer)}
    trained = variables()
    row["variables"] = [keep(v.numpy()) for v in trained.values()]
    row["steps"] = []
    for step in range(STEPS):
        gradients = {k: rng.normal(0, 1, s).astype("float32") for k, s in SHAPES.items()}
        if step in marks:
            which, mark = marks[step]
            if mark is None:
                gradients[which] = None
            else:
                gradients[which].flat[1] = mark
        optimizer.apply_gradients([(None if g is None else tf.constant(g), trained[k]) for k, g in gradients.items()])
        row["steps"].append({"gradients": [None if g is None else keep(g) for g in gradients.values()], "variables": [keep(v.numpy()) for v in trained.values()],
                             "state": [keep(v.numpy()) for v in optimizer.variables], "iterations": int(multi.iterations.numpy()), "each": [int(np.asarray(i._iterations)) for i in multi.optimizers]})
    row["names"] = [v.path for v in optimizer.variables]
    row["optimizers"] = [i.name for i in multi.optimizers]
    row["scaled_loss"] = float(np.asarray(optimizer.scale_loss(tf.constant(1.5))))
    row["config"] = o.serialize(optimizer)
    optimizer.finalize_variable_values(list(trained.values()))
    row["finalized"] = [keep(v.numpy()) for v in trained.values()]
    rows.append(row)


@keras.saving.register_keras_serializable(package="Mine")
def by_name(variable):
    return KERNELS if variable.name == "kernel" else OTHERS


def model_with(optimizer):
    x = keras.Input((3,), name="x")
    y = keras.layers.Dense(4, activation="tanh", name="h")(x)
    model = keras.Model(x, keras.layers.Dense(2, name="o")(y))
    model.set_weights([rng.uniform(-1, 1, w.shape).astype("float32") for w in model.get_weights()])
    model.compile(optimizer, "mean_squared_error")
    return model


def batches(count):
    return [(rng.uniform(-1, 1, (5, 3)).astype("float32"), rng.uniform(-1, 1, (5, 2)).astype("float32")) for _ in range(count)]


def trained(model, data):
    steps = []
    for x, y in data:
        loss = float(np.ravel(model.train_on_batch(x, y))[0])
        steps.append({"x": keep(x), "y": keep(y), "loss": loss, "weights": [keep(w) for w in model.get_weights()]})
    return steps


def record_files():
    global KERNELS, OTHERS
    files = []
    for name in ("map", "scaled", "function"):
        keras.utils.clear_session()
        KERNELS, OTHERS = o.Adam(0.05), o.SGD(0.1, momentum=0.5)
        if name == "function":
            optimizer = o.MultiOptimizer(by_name)
        else:
            optimizer = o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1, momentum=0.5), {".*/kernel": o.Adam(decaying()), "o/.*s": o.Adam(0.02), "nothing": o.RMSprop()}), loss_scale_factor=2.0)
        if name == "scaled":
            optimizer = o.LossScaleOptimizer(optimizer, initial_scale=16.0, dynamic_growth_steps=2)
        model = model_with(optimizer)
        entry = {"name": name, "begin": [keep(w) for w in model.get_weights()], "optimizer": o.serialize(optimizer), "before": trained(model, batches(3))}
        model.save(OUT / (name + ".keras"))
        model.save_weights(OUT / (name + ".weights.h5"))
        entry["state"] = [keep(v.numpy()) for v in model.optimizer.variables]
        if name == "map":
            model.save(OUT / (name + ".h5"))
        if name != "function":  # the function would give the optimizers that trained
            model = keras.models.load_model(OUT / (name + ".keras"))
        entry["names"] = [v.path for v in model.optimizer.variables]
        entry["after"] = trained(model, batches(3))
        files.append(entry)
    return files


def record_callbacks():
    made = {}
    x, y = batches(1)[0]
    made["x"], made["y"] = keep(x), keep(y)
    calls = {"scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
             "plateau": lambda: keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=10.0, min_lr=0.03)}
    for name, call in calls.items():
        keras.utils.clear_session()
        model = model_with(o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1), {".*kernel": o.SGD(0.05), "o/bias": o.Adam(0.04)})))
        entry = {"optimizer": o.serialize(model.optimizer), "begin": [keep(w) for w in model.get_weights()]}
        entry["history"] = model.fit(x, y, epochs=4, verbose=0, callbacks=[call()]).history
        made[name] = entry
        keras.utils.clear_session()
        model = model_with(o.LossScaleOptimizer(o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1)))))
        entry["scaled"] = failing(lambda: model.fit(x, y, epochs=1, verbose=0, callbacks=[call()]))
    return made


def errors():
    v, w = (keras.Variable(np.ones(2, "float32"), name=n) for n in "vw")
    one = tf.ones(2)
    sgd = o.SGD

    def setting(optimizer, items=None):
        o.OptimizerMap(sgd(), items)["a"] = optimizer

    def applied(gradients, variables, built=None):
        multi = o.MultiOptimizer(o.OptimizerMap(sgd(), {"w": o.Adam()}))
        if built:
            multi.build(built)
        multi.apply(gradients, variables)

    multi = o.MultiOptimizer(o.OptimizerMap(sgd()))
    calls = {"default": lambda: o.OptimizerMap(None), "set_none": lambda: setting(None), "set_scaled": lambda: setting(o.LossScaleOptimizer(sgd())), "set_multi": lambda: setting(multi), "set_twice": lambda: setting(sgd(), {"a": sgd()}),
             "several": lambda: o.OptimizerMap(sgd(), {"a.*": sgd(), ".*b": sgd()})["ab"], "erase": lambda: o.OptimizerMap(sgd()).__delitem__("a"), "rate": lambda: multi.learning_rate, "set_rate": lambda: setattr(multi, "learning_rate", 0.1),
             "word": lambda: o.get("multioptimizer"), "map_word": lambda: o.get("optimizermap"), "map": lambda: o.get({"class_name": "OptimizerMap", "config": o.OptimizerMap(sgd()).get_config()}),
             "own_rate": lambda: o.MultiOptimizer(o.OptimizerMap(sgd()), learning_rate=0.1), "own_clipnorm": lambda: o.MultiOptimizer(o.OptimizerMap(sgd()), clipnorm=0.1),
             "selected_none": lambda: o.MultiOptimizer(lambda v: None).build([v]), "selected_scaled": lambda: o.MultiOptimizer(lambda v: o.LossScaleOptimizer(sgd())).build([v]),
             "selected_multi": lambda: o.MultiOptimizer(lambda v: multi).build([v]), "too_few": lambda: applied([one], [v], [v, w]), "one_missing": lambda: applied([one, None], [v, w]), "all_missing": lambda: applied([None, None], [v, w])}
    return {name: failing(call) for name, call in calls.items()}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        try:
            record_case(*case)
        except ValueError as e:  # several keys for one variable
            rows.append({"name": case[0], "error": type(e).__name__, "message": str(e), "config_fresh": o.serialize(o.MultiOptimizer(case[1](), **case[2]))})
    document = {"rows": rows, "files": record_files(), "callbacks": record_callbacks(), "errors": errors()}
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(rows), "rows")


if __name__ == "__main__":
    main()
