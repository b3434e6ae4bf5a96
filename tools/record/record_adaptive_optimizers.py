"""Records the optimizers beside SGD, RMSprop and Adam, learning rate schedules, what weight decay leaves out and sums of gradients.

    python tools/record/record_adaptive_optimizers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/adaptive_optimizers/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

import record_optimizers as recorder

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/adaptive_optimizers"
CASES = [("Adagrad", {}), ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-3, "clipnorm": 0.8}), ("Adadelta", {}),
         ("Adadelta", {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-4}), ("Adamax", {}), ("Adamax", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, "clipvalue": 0.5}),
         ("Nadam", {}), ("Nadam", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}), ("Ftrl", {}),
         ("Ftrl", {"learning_rate": 0.8, "learning_rate_power": -0.7, "initial_accumulator_value": 0.3, "l1_regularization_strength": 0.05, "l2_regularization_strength": 0.1}),
         ("Ftrl", {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.2, "l1_regularization_strength": 0.01})]
LEGACY = [("Adagrad", {"decay": 0.25}), ("Adadelta", {"decay": 0.25, "learning_rate": 1.0}), ("Adamax", {"decay": 0.25}), ("Nadam", {"schedule_decay": 0.3}), ("Ftrl", {"decay": 0.25})]
NEW = [("AdamW", {}), ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.2, "amsgrad": True, "beta_1": 0.8}), ("Lion", {}), ("Lion", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "weight_decay": 0.1}),
       ("Adagrad", {"weight_decay": 0.1, "learning_rate": 0.1}), ("Adamax", {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3}), ("Nadam", {"global_clipnorm": 0.5}),
       ("Ftrl", {"beta": 0.4, "learning_rate": 0.1})]
SUMS = [("SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}), ("Adam", {"gradient_accumulation_steps": 3, "clipnorm": 0.5}),
        ("Nadam", {"gradient_accumulation_steps": 2, "weight_decay": 0.1}), ("SGD", {"momentum": 0.9, "gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2})]
FLOAT64 = ["Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"]
SCHEDULES = [("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}),
             ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 2.5, "decay_rate": 0.96, "staircase": True, "name": "mine"}),
             ("PiecewiseConstantDecay", {"boundaries": [2, 4, 9], "values": [0.1, 0.05, 0.01, 0.2]}), ("PiecewiseConstantDecay", {"boundaries": [5], "values": [1.0, 0.5]}),
             ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7}), ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
             ("PolynomialDecay", {"initial_learning_rate": 0.01, "decay_steps": 5, "end_learning_rate": 0.1, "power": 0.5}),
             ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}), ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 2.0, "staircase": True}),
             ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 6}), ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.25}),
             ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3}), ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1}),
             ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.5, "m_mul": 0.9})]
WARMUP = [("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 8, "warmup_target": 0.1, "warmup_steps": 4}),
          ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 8, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 0})]
LINEAR = {"initial_learning_rate": 0.1, "decay_steps": 6}
# Of tf.keras alone, in 2.15 under no public name: without noise, which is random.
OLD_SCHEDULES = [("LinearCosineDecay", LINEAR), ("LinearCosineDecay", dict(LINEAR, decay_steps=20, num_periods=2.5, alpha=0.25, beta=0.05, name="mine")), ("LinearCosineDecay", dict(LINEAR, num_periods=1, alpha=0, beta=0)),
                 ("NoisyLinearCosineDecay", dict(LINEAR, initial_variance=0.0)), ("NoisyLinearCosineDecay", dict(LINEAR, decay_steps=20, initial_variance=0, variance_decay=0.3, num_periods=1.5, alpha=0.1, beta=0.2, name="mine"))]
STEPS = list(range(32)) + [100, 999, 1000, 123456]
schedules = keras.optimizers.schedules


def schedule(cls, arguments):
    if hasattr(schedules, cls):
        return getattr(schedules, cls)(**arguments)
    return getattr(keras.experimental, cls)(**arguments) if hasattr(keras.experimental, cls) else schedules.deserialize({"class_name": cls, "config": arguments})


def recorded_schedule(cls, arguments):
    made = schedule(cls, arguments)
    values = [float(np.asarray(made(tf.constant(step, tf.int64)))) for step in STEPS]
    return {"class_name": cls, "arguments": arguments, "config": made.get_config(), "serialized": schedules.serialize(made), "steps": STEPS, "values": values,
            "dtype": np.asarray(made(tf.constant(0, tf.int64))).dtype.name}


def with_schedules(generation):
    rate = {"learning_rate": schedule("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5})}
    cases = [("SGD", rate), ("Adam", {"learning_rate": schedule("PiecewiseConstantDecay", {"boundaries": [1, 2], "values": [0.1, 0.05, 0.01]})}),
             ("Adagrad", {"learning_rate": schedule("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 3})})]
    if generation == "legacy":
        return cases + [("SGD", dict(rate, decay=0.5))]
    return cases + [("AdamW", dict(rate)), ("SGD", dict(rate, weight_decay=0.1, momentum=0.5))]


def errors():
    o = keras.optimizers
    decay = {"initial_learning_rate": 0.1, "decay_steps": 0, "decay_rate": 0.5}
    calls = {"adagrad": lambda: o.Adagrad(initial_accumulator_value=-1.0), "piecewise": lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]),
             "ftrl_accumulator": lambda: o.Ftrl(initial_accumulator_value=-1.0), "ftrl_power": lambda: o.Ftrl(learning_rate_power=1.0),
             "ftrl_l1": lambda: o.Ftrl(l1_regularization_strength=-0.5), "ftrl_l2": lambda: o.Ftrl(l2_regularization_strength=-0.5),
             "ftrl_shrinkage": lambda: o.Ftrl(l2_shrinkage_regularization_strength=-0.5), "decay_steps": lambda: schedules.ExponentialDecay(**decay),
             "unknown_schedule": lambda: schedules.deserialize({"class_name": "Foo", "config": {}}), "missing": lambda: schedules.deserialize({"class_name": "ExponentialDecay", "config": {"decay_steps": 2}}),
             "linear_cosine": lambda: o.SGD.from_config({"learning_rate": {"class_name": "LinearCosineDecay", "config": dict(LINEAR)}}).get_config()["learning_rate"]["class_name"],
             "whole_rate": lambda: float(np.asarray(schedules.ExponentialDecay(1, 2, 0.5)(tf.constant(1, tf.int64)))),
             "nadam_schedule": lambda: o.Nadam(schedules.ExponentialDecay(0.1, 2, 0.5)), "set_rate": lambda: setattr(o.SGD(schedules.ExponentialDecay(0.1, 2, 0.5)), "learning_rate", 0.1)}
    if hasattr(o, "Lion"):
        calls["lion"] = lambda: o.Lion(beta_1=0.0)
        calls["adamw"] = lambda: o.AdamW(weight_decay=None)

        def late():
            sgd = o.SGD(weight_decay=0.1)
            v = keras.Variable([1.0]) if KERAS3 else tf.Variable([1.0])
            sgd.build([v])
            sgd.exclude_from_weight_decay(var_names=["bias"])

        calls["exclude_late"] = late
    if KERAS3:
        calls["accumulation"] = lambda: o.SGD(gradient_accumulation_steps=1)
    return {name: failing(call) for name, call in calls.items()}


def main():
    if OLD:
        generations = [("legacy", keras.optimizers, CASES + LEGACY)]
    elif KERAS3:
        generations = [("keras3", keras.optimizers, CASES + NEW + SUMS)]
    else:
        generations = [("legacy", keras.optimizers.legacy, CASES + LEGACY + [("Ftrl", {"beta": 0.4, "learning_rate": 0.1})]), ("modern", keras.optimizers, CASES + NEW)]
    for generation, module, cases in generations:
        for cls, arguments in cases + with_schedules(generation):
            recorder.record_case(module, generation, cls, arguments)
        for cls in FLOAT64 + ([] if generation == "legacy" else ["Lion", "AdamW"]):
            recorder.record_case(module, generation, cls, {}, "float64")
        if generation != "legacy":
            recorder.record_case(module, generation, "AdamW", {"weight_decay": 0.3}, exclude=["bias"])
            recorder.record_case(module, generation, "SGD", {"weight_decay": 0.3}, exclude=["^kern", "x.z"])
            recorder.record_case(module, generation, "SGD", {"weight_decay": 0.3}, exclude=["d/"])
        for cls in FLOAT64 + ([] if generation == "legacy" else ["Lion", "AdamW"]):
            recorder.record_sparse(module, generation, cls, {"learning_rate": 0.1})
    names = FLOAT64 + ([] if OLD else ["AdamW", "Lion"])
    document = {"rows": recorder.rows, "sparse": recorder.sparse_rows, "schedules": [recorded_schedule(*s) for s in SCHEDULES + ([] if OLD else WARMUP) + ([] if KERAS3 else OLD_SCHEDULES)],
                "spellings": {word: recorder.spelled(word) for word in names + [n.lower() for n in names]}, "errors": errors(),
                "serialized": {n: [keras.optimizers.serialize(getattr(keras.optimizers, n)())] for n in names}}
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **recorder.arrays)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(recorder.rows), "optimizers", len(document["schedules"]), "schedules")


if __name__ == "__main__":
    main()
