"""Records what callbacks of real Keras do: record_callbacks.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.json: per case what fit was given, each hook that was called with its logs, what was printed and
warned of, the history, the weights after it and the files it left. tests/keras/callbacks/recorded_test.cpp makes the
same runs; the arrays and weights are made by wave() here and there.
"""
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import warnings

from producer import KERAS3, OLD, PRODUCER, keras

import numpy as np
import tensorflow as tf


def wave(*shape, phase=0.0):
    return np.sin(np.arange(int(np.prod(shape))) * 0.7 + phase).reshape(shape).astype("float32")


HOOKS = ["on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"] + [
    "on_%s_batch_%s" % (mode, at) for mode in ("train", "test", "predict") for at in ("begin", "end")] + [
    "on_%s_%s" % (mode, at) for mode in ("test", "predict") for at in ("begin", "end")]


def number(value):
    """A result: a number, or an array as a list."""
    return [float(v) for v in value] if np.ndim(value) else float(value)


class Columns(keras.metrics.Metric):
    """How many samples were seen, and a quarter of that: a result of two numbers."""

    def __init__(self, name="columns", **kwargs):
        super(Columns, self).__init__(name=name, **kwargs)
        self.seen = self.add_weight(name="seen", shape=(2,), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        count = tf.cast(tf.shape(y_pred)[0], "float32")
        self.seen.assign_add(tf.stack([count, count / 4]))

    def result(self):
        return tf.convert_to_tensor(self.seen) * 1.0

    def reset_state(self):
        self.seen.assign(np.zeros(2, "float32"))

    reset_states = reset_state


def metric_of(name):
    if name == "columns":
        return Columns()
    return keras.metrics.F1Score(average=None, threshold=0.5) if name == "f1_score" else name


class Spy(keras.callbacks.Callback):
    """Notes every hook. `stop`: the hook and index at which training is told to stop. `weights`: what the first weight is."""

    def __init__(self, stop=None, weights=False):
        super(Spy, self).__init__()
        self.events, self.stop, self.weights = [], stop, weights

    def note(self, hook, index, logs):
        logs = {k: v for k, v in (logs or {}).items() if k != "outputs"}
        logs = {k: number(v) for k, v in logs.items()}
        if self.weights:
            logs["first_weight"] = float(self.model.get_weights()[0].ravel()[1])
        self.events.append([hook, index, logs])
        if self.stop == [hook, index]:
            self.model.stop_training = True


def add_hook(hook):
    if "batch" in hook or "epoch" in hook:
        setattr(Spy, hook, lambda self, index, logs=None: self.note(hook, index, logs))
    else:
        setattr(Spy, hook, lambda self, logs=None: self.note(hook, None, logs))


for name in HOOKS:
    add_hook(name)

SCHEDULES = {
    "halve": lambda epoch, lr: lr * 0.5,
    "of_epoch": lambda epoch: 0.1 / (epoch + 1),
    "words": lambda epoch: "fast",
}


def lambdas(hooks, lines):
    def note(hook):
        if "batch" in hook or "epoch" in hook:
            return lambda index, logs: lines.append("%s %d %s" % (hook, index, " ".join(sorted(logs or {}))))
        return lambda logs: lines.append("%s %s" % (hook, " ".join(sorted(logs or {}))))

    return keras.callbacks.LambdaCallback(**{hook: note(hook) for hook in hooks})


def made(kind, options, lines):
    options = dict(options)
    if kind == "Spy":
        return Spy(**options)
    if kind == "LambdaCallback":
        return lambdas(options["hooks"], lines)
    if kind == "LearningRateScheduler":
        options["schedule"] = SCHEDULES[options["schedule"]]
    return getattr(keras.callbacks, kind)(**options)


W5 = ".weights.h5" if KERAS3 else ".h5"
WHOLE = ".keras" if KERAS3 else ".h5"
FIT = {"batch_size": 4, "epochs": 4, "validation_split": 0.3}
SHORT = dict(FIT, epochs=2)
CASES = {
    "hooks": ([["Spy", {}]], SHORT),
    "hooks_without_validation": ([["Spy", {}]], {"batch_size": 4, "epochs": 2}),
    "hooks_validation_freq": ([["Spy", {}]], dict(FIT, validation_freq=2, epochs=3)),
    "hooks_initial_epoch": ([["Spy", {}]], dict(FIT, initial_epoch=2, epochs=3)),
    "hooks_steps": ([["Spy", {}]], {"batch_size": 4, "epochs": 2, "steps_per_epoch": 2}),
    "stop_in_a_batch": ([["Spy", {"stop": ["on_train_batch_end", 1]}]], SHORT),
    "stop_at_the_start": ([["Spy", {"stop": ["on_train_begin", None]}]], SHORT),
    "stop_in_an_epoch": ([["Spy", {"stop": ["on_epoch_end", 0]}]], SHORT),
    "stop_before_a_batch": ([["Spy", {"stop": ["on_train_batch_begin", 0]}]], SHORT),
    "stop_before_an_epoch": ([["Spy", {"stop": ["on_epoch_begin", 1]}]], SHORT),
    "stop_in_validation": ([["Spy", {"stop": ["on_test_batch_end", 0]}]], SHORT),
    "stopping": ([["EarlyStopping", {"monitor": "val_loss", "patience": 1, "verbose": 1}], ["Spy", {}]], dict(FIT, epochs=6), 0.9),
    "stopping_default": ([["EarlyStopping", {}]], dict(FIT, epochs=6), 0.9),
    "stopping_patience_0_first": ([["EarlyStopping", {"monitor": "loss", "mode": "max", "verbose": 1}]], FIT, 0.1),
    "stopping_restores": ([["EarlyStopping", {"patience": 1, "restore_best_weights": True, "verbose": 1}]], dict(FIT, epochs=6), 0.9),
    "stopping_restores_at_the_end": ([["EarlyStopping", {"patience": 9, "restore_best_weights": True, "verbose": 1}]], FIT, 0.9),
    "stopping_min_delta": ([["EarlyStopping", {"monitor": "loss", "min_delta": 0.5, "patience": 2, "verbose": 1}]], dict(FIT, epochs=6), 0.1),
    "stopping_negative_min_delta": ([["EarlyStopping", {"monitor": "loss", "min_delta": -0.5, "patience": 2, "verbose": 1}]], dict(FIT, epochs=6), 0.0001),
    "stopping_baseline": ([["EarlyStopping", {"monitor": "loss", "baseline": 0.001, "patience": 2, "verbose": 1}]], dict(FIT, epochs=6), 0.1),
    "stopping_baseline_met": ([["EarlyStopping", {"monitor": "loss", "baseline": 10.0, "patience": 2, "verbose": 1}]], FIT, 0.1),
    "stopping_mode_max": ([["EarlyStopping", {"monitor": "mae", "mode": "max", "patience": 1, "verbose": 1}]], FIT, 0.1),
    "stopping_by_accuracy": ([["EarlyStopping", {"monitor": "accuracy", "patience": 1, "verbose": 1}]], FIT, 0.1, ["accuracy"]),
    "stopping_unknown_metric": ([["EarlyStopping", {"monitor": "val_acc", "patience": 1}]], SHORT),
    "stopping_unknown_mode": ([["EarlyStopping", {"mode": "best"}]], SHORT),
    "reducing": ([["ReduceLROnPlateau", {"monitor": "loss", "mode": "max", "patience": 1, "verbose": 1}], ["Spy", {}]], FIT, 0.1),
    "reducing_cooldown": ([["ReduceLROnPlateau", {"monitor": "loss", "mode": "max", "patience": 1, "cooldown": 2, "verbose": 1}]], dict(FIT, epochs=8), 0.1),
    "reducing_to_the_least": ([["ReduceLROnPlateau", {"monitor": "loss", "mode": "max", "patience": 1, "factor": 0.5, "min_lr": 0.03, "verbose": 1}]], dict(FIT, epochs=6), 0.1),
    "reducing_by_default": ([["ReduceLROnPlateau", {"patience": 1}]], dict(FIT, epochs=5), 0.9),
    "reducing_min_delta": ([["ReduceLROnPlateau", {"monitor": "loss", "patience": 2, "min_delta": 0.3, "verbose": 1}]], dict(FIT, epochs=6), 0.1),
    "reducing_negative_min_delta": ([["ReduceLROnPlateau", {"monitor": "loss", "patience": 2, "min_delta": -0.3, "verbose": 1}]], dict(FIT, epochs=6), 0.0001),
    "reducing_unknown_metric": ([["ReduceLROnPlateau", {"monitor": "val_acc"}]], SHORT),
    "reducing_unknown_mode": ([["ReduceLROnPlateau", {"mode": "best"}]], SHORT),
    "reducing_factor_of_one": ([["ReduceLROnPlateau", {"factor": 1.0}]], SHORT),
    "schedule": ([["LearningRateScheduler", {"schedule": "halve", "verbose": 1}], ["Spy", {}]], FIT, 0.1),
    "schedule_of_epoch": ([["LearningRateScheduler", {"schedule": "of_epoch"}]], FIT, 0.1),
    "schedule_of_words": ([["LearningRateScheduler", {"schedule": "words"}]], SHORT, 0.1),
    "logger_and_schedule": ([["LearningRateScheduler", {"schedule": "halve"}], ["CSVLogger", {"filename": "log.csv"}]], FIT, 0.1),
    "logger": ([["CSVLogger", {"filename": "log.csv"}]], FIT),
    "logger_separator": ([["CSVLogger", {"filename": "log.csv", "separator": ";"}]], SHORT),
    "logger_appends": ([["CSVLogger", {"filename": "there.csv", "append": True}]], SHORT),
    "logger_replaces": ([["CSVLogger", {"filename": "there.csv"}]], SHORT),
    "logger_validation_freq": ([["CSVLogger", {"filename": "log.csv"}]], dict(FIT, validation_freq=2)),
    "logger_stopped": ([["EarlyStopping", {"monitor": "loss", "mode": "max"}], ["CSVLogger", {"filename": "log.csv"}]], dict(FIT, validation_freq=2)),
    "nan": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT, float("inf")),
    "nan_never": ([["TerminateOnNaN", {}]], SHORT),
    "lambdas": ([["LambdaCallback", {"hooks": ["on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"] + (
        ["on_train_batch_begin", "on_train_batch_end"] if KERAS3 else ["on_batch_begin", "on_batch_end"])}]], SHORT),
    "checkpoint": ([["ModelCheckpoint", {"filepath": "m" + WHOLE, "verbose": 1}]], SHORT),
    "checkpoint_path": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}-{val_loss:.2f}" + WHOLE}]], FIT, 0.9),
    "checkpoint_path_forms": ([["ModelCheckpoint", {"filepath": "{epoch}_{epoch:4d}_{loss:8.3f}_{loss:.3e}_{mae:g}_{mae:.1%}_{{x}}_{val_loss:+.2f}_{epoch:<3}_{epoch:*^5d}" + WHOLE}]], SHORT),
    "checkpoint_best": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "verbose": 1}]], dict(FIT, epochs=6), 0.9),
    "checkpoint_best_max": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "monitor": "loss", "mode": "max", "verbose": 1}]], FIT, 0.1),
    "checkpoint_best_by_accuracy": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "monitor": "accuracy", "verbose": 1}]], FIT, 0.1, ["accuracy"]),
    "checkpoint_best_unknown": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "monitor": "acc", "verbose": 1}]], SHORT),
    "checkpoint_unknown_mode": ([["ModelCheckpoint", {"filepath": "m" + WHOLE, "mode": "best"}]], SHORT),
    "checkpoint_weights": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + W5, "save_weights_only": True, "verbose": 1}]], SHORT),
    "checkpoint_every_4_batches": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}-{loss:.3f}" + WHOLE, "save_freq": 4, "verbose": 1}]], FIT),
    "checkpoint_path_unknown": ([["ModelCheckpoint", {"filepath": "w.{acc:.2f}" + WHOLE}]], SHORT),
    "checkpoint_freq_of_words": ([["ModelCheckpoint", {"filepath": "m" + WHOLE, "save_freq": "often"}]], SHORT),
    "checkpoint_in_a_folder": ([["ModelCheckpoint", {"filepath": "a/b/m" + WHOLE}]], SHORT),
    "checkpoint_is_a_folder": ([["ModelCheckpoint", {"filepath": "folder" + WHOLE}]], SHORT),
    "order": ([["LearningRateScheduler", {"schedule": "halve"}], ["ReduceLROnPlateau", {"monitor": "loss", "mode": "max", "patience": 1}], ["Spy", {}]], FIT, 0.1),
}
# Where the labels of a row are spoiled: which, and with what.
SPOILED = {
    "nan_in_the_first_batch": (1, float("nan")),
    "nan_in_a_batch": (5, float("nan")),
    "nan_in_the_last_batch": (8, float("nan")),
    "nan_in_validation": (12, float("nan")),
    "inf_in_a_batch": (5, float("inf")),
    "nan_in_an_epoch_of_steps": (9, float("nan")),
    "nan_without_it": (5, float("nan")),
    "nan_and_others": (5, float("nan")),
    "nan_after_the_others": (5, float("nan")),
    "nan_and_a_best_checkpoint": (5, float("nan")),
    "nan_and_stopping": (5, float("nan")),
    "nan_and_reducing": (5, float("nan")),
    "nan_in_the_later_epoch": (5, float("nan")),
    "nan_is_raised": (5, float("nan")),
    "inf_is_raised": (5, float("inf")),
}
OTHERS = [["EarlyStopping", {"monitor": "loss", "verbose": 1}], ["CSVLogger", {"filename": "log.csv"}], ["LearningRateScheduler", {"schedule": "halve"}]]
CASES.update({
    "nan_in_the_first_batch": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT),
    "nan_in_a_batch": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT),
    "nan_in_the_last_batch": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT),
    "nan_in_validation": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT),
    "nan_as_weights_grow": ([["TerminateOnNaN", {}], ["Spy", {}]], dict(FIT, epochs=9), 1e6),
    "inf_in_a_batch": ([["TerminateOnNaN", {}], ["Spy", {}]], SHORT),
    "nan_in_an_epoch_of_steps": ([["TerminateOnNaN", {}], ["Spy", {}]], {"batch_size": 4, "epochs": 3, "steps_per_epoch": 2}),
    "nan_without_it": ([["Spy", {}]], SHORT),
    "nan_and_others": ([["TerminateOnNaN", {}]] + OTHERS + [["Spy", {}]], dict(FIT, validation_freq=2)),
    "nan_after_the_others": (OTHERS + [["TerminateOnNaN", {}], ["Spy", {}]], FIT),
    "nan_and_a_best_checkpoint": ([["TerminateOnNaN", {}], ["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "verbose": 1}]], FIT),
    "nan_and_stopping": ([["EarlyStopping", {"monitor": "loss", "patience": 2, "restore_best_weights": True, "verbose": 1}], ["Spy", {}]], dict(FIT, epochs=6)),
    "nan_and_reducing": ([["ReduceLROnPlateau", {"monitor": "loss", "patience": 1, "verbose": 1}], ["Spy", {}]], FIT),
    "nan_in_the_later_epoch": ([["TerminateOnNaN", {}], ["Spy", {}]], dict(FIT, initial_epoch=2)),
})
if KERAS3:
    CASES.update({
        "nan_is_raised": ([["TerminateOnNaN", {"raise_error": True}], ["Spy", {}]], SHORT),
        "inf_is_raised": ([["TerminateOnNaN", {"raise_error": True}], ["Spy", {}]], SHORT),
    })
if not KERAS3:
    CASES.update({
        "checkpoint_period": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}.h5", "period": 2}]], FIT),
        "checkpoint_tf": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}", "save_weights_only": True}]], SHORT),
        "checkpoint_saved_model": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}"}]], SHORT),
    })
else:
    CASES.update({
        "checkpoint_weights_name": ([["ModelCheckpoint", {"filepath": "w.h5", "save_weights_only": True}]], SHORT),
        "checkpoint_whole_name": ([["ModelCheckpoint", {"filepath": "w.tf"}]], SHORT),
        "checkpoint_batch_in_the_path": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}-{batch:02d}.h5", "save_freq": 2}]], SHORT),
    })
if not OLD:
    CASES.update({
        "stopping_from_an_epoch": ([["EarlyStopping", {"monitor": "loss", "mode": "max", "start_from_epoch": 2, "verbose": 1}]], dict(FIT, epochs=6), 0.1),
        "checkpoint_threshold": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "initial_value_threshold": 0.5, "verbose": 1}]], FIT, 0.1),
    })


if not KERAS3:
    CASES.update({
        "checkpoint_goes_on": ([["ModelCheckpoint", {"filepath": "kept/w.{epoch:02d}.h5", "save_weights_only": True, "load_weights_on_restart": True}], ["Spy", {"weights": True}]], SHORT),
        "checkpoint_goes_on_without_a_folder": ([["ModelCheckpoint", {"filepath": "kept.h5", "save_weights_only": True, "load_weights_on_restart": True}], ["Spy", {"weights": True}]], SHORT),
        "checkpoint_goes_on_from_nothing": ([["ModelCheckpoint", {"filepath": "kept/x.{epoch:02d}.h5", "save_weights_only": True, "load_weights_on_restart": True}], ["Spy", {"weights": True}]], SHORT),
    })
CASES.update({
    "hooks_validation_list": ([["Spy", {}]], dict(FIT, validation_freq=[1, 4])),
    "hooks_validation_list_of_none": ([["Spy", {}]], dict(SHORT, validation_freq=[7])),
    "logger_validation_list": ([["CSVLogger", {"filename": "log.csv"}]], dict(FIT, validation_freq=[2, 3])),
    "lambdas_of_tests": ([["LambdaCallback", {"hooks": ["on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"]}]], SHORT),
    "lambdas_by_older_names": ([["LambdaCallback", {"hooks": ["on_batch_begin", "on_batch_end"]}]], SHORT),
    "lambdas_by_both_names": ([["LambdaCallback", {"hooks": ["on_batch_begin", "on_train_batch_begin", "on_batch_end"]}]], SHORT),
    "arrays": ([["Spy", {}], ["CSVLogger", {"filename": "log.csv"}]], dict(FIT, validation_freq=2), 0.1, ["columns"]),
    "arrays_stopping": ([["EarlyStopping", {"monitor": "columns", "mode": "max"}]], SHORT, 0.1, ["columns"]),
    "arrays_reducing": ([["ReduceLROnPlateau", {"monitor": "columns", "mode": "max"}]], SHORT, 0.1, ["columns"]),
    "arrays_best_checkpoint": ([["ModelCheckpoint", {"filepath": "w.{epoch:02d}" + WHOLE, "save_best_only": True, "monitor": "columns", "mode": "max"}]], SHORT, 0.1, ["columns"]),
    "arrays_in_the_path": ([["ModelCheckpoint", {"filepath": "w.{columns}" + W5, "save_weights_only": True}]], SHORT, 0.1, ["columns"]),
    "arrays_in_the_path_with_digits": ([["ModelCheckpoint", {"filepath": "w.{columns:.2f}" + W5, "save_weights_only": True}]], SHORT, 0.1, ["columns"]),
})
if not OLD:
    CASES["arrays_of_f1"] = ([["Spy", {}]], SHORT, 0.1, ["f1_score"])
if KERAS3:
    CASES.update({
        "swap": ([["SwapEMAWeights", {}], ["Spy", {"weights": True}]], FIT, 0.1, ["mae"], "ema"),
        "swap_on_epochs": ([["SwapEMAWeights", {"swap_on_epoch": True}], ["Spy", {"weights": True}]], FIT, 0.1, ["mae"], "ema"),
        "swap_on_epochs_without_validation": ([["SwapEMAWeights", {"swap_on_epoch": True}], ["Spy", {"weights": True}]], {"batch_size": 4, "epochs": 3}, 0.1, ["mae"], "ema"),
        "swap_without_averages": ([["SwapEMAWeights", {}]], SHORT),
        "swap_on_epochs_without_averages": ([["SwapEMAWeights", {"swap_on_epoch": True}]], {"batch_size": 4, "epochs": 2}),
        "swap_never_asked": ([["SwapEMAWeights", {}]], {"batch_size": 4, "epochs": 2}),
    })


class Told(logging.Handler):
    def __init__(self):
        super(Told, self).__init__()
        self.texts = []

    def take(self, text):
        ours = ("Early stopping", "Reduce LR on plateau",  "EarlyStopping", "Learning rate", "ReduceLR", "save best", "ModelCheckpoint", "period", "Learning Rate", "ran out of data", "load_weights_on_restart", "scalar value")
        if any(word in text for word in ours) and text not in self.texts:
            self.texts.append(text)

    def emit(self, record):
        self.take(record.getMessage())


def listing():
    """What was written, each file by its first bytes (of text: whole)."""
    files = {}
    for folder, _, names in os.walk("."):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name))
            files[path] = open(path, newline="").read() if path.endswith(".csv") else ""
    return files


def model_of(rate, metrics, optimizer=None):
    x = keras.Input((5,), name="x")
    model = keras.Model(x, keras.layers.Dense(2, name="o")(x))
    model.set_weights([wave(5, 2), wave(2)])
    more = {"use_ema": True, "ema_momentum": 0.5} if optimizer == "ema" else {}
    model.compile(keras.optimizers.SGD(learning_rate=rate, **more), "mse", metrics=[metric_of(m) for m in metrics])
    return model


def run(callbacks, fit, rate, metrics, optimizer, spoiled):
    case = {"callbacks": callbacks, "fit": fit, "rate": repr(rate), "metrics": metrics}
    if spoiled:
        case["spoiled"] = spoiled
    if optimizer:
        case["optimizer"] = optimizer
    model = model_of(rate, metrics, optimizer)
    if any("load_weights_on_restart" in options for _, options in callbacks):
        os.mkdir("kept")
        earlier = model_of(rate, metrics)
        earlier.set_weights([2 * w for w in earlier.get_weights()])
        for path in "kept/w.01.h5", "kept.h5":
            earlier.save_weights(path)
    lines, objects, told = [], [], Told()
    tf.get_logger().addHandler(told)
    with open("there.csv", "w") as f:
        f.write("before\n")
    os.mkdir("folder" + WHOLE)
    text = io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(text):
        warnings.simplefilter("always")
        try:
            for kind, options in callbacks:
                objects.append(made(kind, options, lines))
            x, y = wave(14, 5), wave(14, 2, phase=1.0)
            if spoiled:
                y[spoiled[0]] = spoiled[1]
            history = model.fit(x, y, shuffle=False, verbose=0, callbacks=objects, **fit)
            case["history"] = {k: [number(v) for v in vs] for k, vs in history.history.items()}
            case["epoch"] = history.epoch
        except Exception as e:
            case["error"] = type(e).__name__
            case["message"] = str(e)
    tf.get_logger().removeHandler(told)
    for warning in warned:
        told.take(str(warning.message))
    case.update(printed=text.getvalue(), warnings=told.texts, lines=lines, files=listing())
    case["weights"] = [w.ravel().tolist() for w in model.get_weights()]
    case["events"] = [e for o in objects if isinstance(o, Spy) for e in o.events]
    case["stop_training"] = bool(model.stop_training)
    case["params"] = [sorted(o.params) for o in objects if isinstance(o, Spy) and o.params]
    return case


def other_hooks():
    model, cases = model_of(0.1, ["mae"]), {}
    for name, call in {
        "evaluate": lambda spy: model.evaluate(wave(14, 5), wave(14, 2), batch_size=4, verbose=0, callbacks=[spy]),
        "predict": lambda spy: model.predict(wave(14, 5), batch_size=4, verbose=0, callbacks=[spy]),
        "evaluate_steps": lambda spy: model.evaluate(wave(14, 5), wave(14, 2), batch_size=4, steps=2, verbose=0, callbacks=[spy]),
        "predict_steps": lambda spy: model.predict(wave(14, 5), batch_size=4, steps=2, verbose=0, callbacks=[spy]),
    }.items():
        spy = Spy()
        call(spy)
        cases[name] = {"events": spy.events}
    return cases


def main(folder):
    folder = os.path.abspath(folder)
    cases = {}
    for name, (callbacks, fit, *rest) in CASES.items():
        rate = rest[0] if rest else 0.05
        metrics = rest[1] if len(rest) > 1 else ["mae"]
        optimizer = rest[2] if len(rest) > 2 else None
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            cases[name] = run(callbacks, fit, rate, metrics, optimizer, SPOILED.get(name))
            os.chdir("/")
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump({"fit": cases, "other": other_hooks()}, f, indent=1, sort_keys=False)
        f.write("\n")


main(sys.argv[1])
