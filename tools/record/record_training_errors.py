"""Records what compile, fit, evaluate and the steps on a batch say to what they are wrongly given.

    python tools/record/record_training_errors.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

See tests/keras/data/training_errors/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import contextlib
import io
import json
import pathlib
import re
import sys

from producer import KERAS3, PRODUCER, keras

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/training_errors"
X, Y = np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2), np.linspace(0, 1, 12, dtype="float32").reshape(4, 3)
CLASSES = np.array([0, 1, 2, 1], "int64")
CALLS = {}
LAST = {}  # of the call under way: how many batches and epochs of training have ended


class Count(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        LAST["batches"] += 1

    def on_epoch_end(self, epoch, logs=None):
        LAST["epochs"] += 1


def call(name):
    return lambda function: CALLS.setdefault(name, function)


def model(loss="mse", metrics=(), optimizer="sgd", outputs=1, activation=None):
    x = keras.Input((2,), name="x")
    made = [keras.layers.Dense(3, name=name, activation=activation, kernel_initializer="ones")(x) for name in "ab"[:outputs]]
    m = keras.Model(x, made[0] if outputs == 1 else made)
    if loss != "uncompiled":
        m.compile(optimizer, loss, metrics=list(metrics))
    return m


def compiled(**more):
    m = model("uncompiled")
    m.compile("sgd", "mse", **more)
    return m


def data_calls(of, run):
    """Of fit, evaluate, train_on_batch and test_on_batch alike."""
    call(of + "_uncompiled")(lambda: run(model("uncompiled"), X, Y))
    call(of + "_x_features")(lambda: run(model(), np.zeros((4, 5), "float32"), Y))
    call(of + "_x_rank")(lambda: run(model(), np.zeros((4, 2, 2, 2), "float32"), Y))
    call(of + "_x_two")(lambda: run(model(), [X, X], Y))
    call(of + "_y_features")(lambda: run(model(), X, Y[:, :2]))
    call(of + "_y_count")(lambda: run(model(), X, Y[:3]))
    call(of + "_y_two")(lambda: run(model(), X, [Y, Y]))
    call(of + "_y_one_of_two")(lambda: run(model(outputs=2), X, Y))
    call(of + "_y_list_of_one_of_two")(lambda: run(model(outputs=2), X, [Y]))
    call(of + "_y_three_of_two")(lambda: run(model(outputs=2), X, [Y, Y, Y]))
    call(of + "_y_one_of_two_losses")(lambda: run(model(["mse", "mse"], outputs=2), X, Y))
    call(of + "_y_list_of_one_of_two_losses")(lambda: run(model(["mse", "mse"], outputs=2), X, [Y]))
    call(of + "_y_unknown_key")(lambda: run(model(outputs=2), X, {"a": Y, "c": Y}))
    call(of + "_empty")(lambda: run(model(), X[:0], Y[:0]))
    call(of + "_weights_count")(lambda: run(model(), X, Y, sample_weight=np.ones(3, "float32")))
    call(of + "_weights_rank")(lambda: run(model(), X, Y, sample_weight=np.ones((4, 3), "float32")))
    call(of + "_unknown_loss")(lambda: run(model("foo"), X, Y))
    call(of + "_unknown_metric")(lambda: run(model(metrics=["foo"]), X, Y))
    call(of + "_categorical_y_features")(lambda: run(model("categorical_crossentropy", activation="softmax"), X, Y[:, :2]))
    call(of + "_categorical_y_classes")(lambda: run(model("categorical_crossentropy", activation="softmax"), X, CLASSES))
    call(of + "_binary_y_features")(lambda: run(model("binary_crossentropy", activation="sigmoid"), X, Y[:, :2]))
    call(of + "_sparse_y_of_classes")(lambda: run(model("sparse_categorical_crossentropy", activation="softmax"), X, Y))
    call(of + "_nan_y")(lambda: run(model(), X, np.full_like(Y, np.nan)))


def fit(m, *data, **more):
    m.fit(*data, verbose=0, callbacks=[Count()], **more)


data_calls("fit", fit)
data_calls("evaluate", lambda m, *data, **more: m.evaluate(*data, verbose=0, **more))
data_calls("train_on_batch", lambda m, *data, **more: m.train_on_batch(*data, **more))
data_calls("test_on_batch", lambda m, *data, **more: m.test_on_batch(*data, **more))
call("fit_batch_size_zero")(lambda: fit(model(), X, Y, batch_size=0))
call("fit_split_one")(lambda: fit(model(), X, Y, validation_split=1.0))
call("fit_split_of_one_sample")(lambda: fit(model(), X[:1], Y[:1], validation_split=0.5))
call("fit_split_negative")(lambda: fit(model(), X, Y, validation_split=-0.5))
call("fit_validation_features")(lambda: fit(model(), X, Y, validation_data=(X, Y[:, :2])))
call("fit_validation_count")(lambda: fit(model(), X, Y, validation_data=(X, Y[:3])))
call("fit_validation_empty")(lambda: fit(model(), X, Y, validation_data=(X[:0], Y[:0])))
call("fit_validation_x_features")(lambda: fit(model(), X, Y, validation_data=(np.zeros((4, 5), "float32"), Y)))
call("fit_validation_x_rank")(lambda: fit(model(), X, Y, validation_data=(np.zeros((4, 2, 2, 2), "float32"), Y)))
call("fit_validation_x_two")(lambda: fit(model(), X, Y, validation_data=([X, X], Y)))
call("fit_validation_y_two")(lambda: fit(model(), X, Y, validation_data=(X, [Y, Y])))
call("fit_validation_weights_count")(lambda: fit(model(), X, Y, validation_data=(X, Y, np.ones(3, "float32"))))
call("fit_validation_second_epoch")(lambda: fit(model(), X, Y, validation_data=(X, Y[:, :2]), validation_freq=2, epochs=3))
call("fit_validation_never")(lambda: fit(model(), X, Y, validation_data=(X, Y[:3, :2]), validation_freq=2))
call("fit_class_weight_gap")(lambda: fit(model("sparse_categorical_crossentropy", activation="softmax"), X, CLASSES, class_weight={0: 1.0, 2: 1.0}))
call("fit_class_weight_and_weights")(lambda: fit(model("sparse_categorical_crossentropy", activation="softmax"), X, CLASSES, class_weight={0: 1.0, 1: 2.0, 2: 1.0}, sample_weight=np.ones(4, "float32")))
call("fit_class_weight_two_outputs")(lambda: fit(model(outputs=2), X, [Y, Y], class_weight={0: 1.0, 1: 2.0, 2: 1.0}))
call("fit_two_losses")(lambda: fit(model(["mse", "mae"]), X, Y))
call("fit_loss_of_no_output")(lambda: fit(model({"a": "mse", "c": "mse"}), X, Y))
call("fit_weights_of_no_output")(lambda: fit(compiled(loss_weights={"c": 1.0}), X, Y))
call("fit_two_weights")(lambda: fit(compiled(loss_weights=[1.0, 2.0]), X, Y))
call("fit_metrics_of_no_output")(lambda: fit(compiled(metrics={"c": ["mae"]}), X, Y))
call("fit_two_lists_of_metrics")(lambda: fit(compiled(metrics=[["mae"], ["mse"]]), X, Y))
call("compile_unknown_optimizer")(lambda: model(optimizer="foo"))
call("compile_unknown_loss")(lambda: model("foo"))
call("compile_unknown_metric")(lambda: model(metrics=["foo"]))
call("compile_two_losses")(lambda: model(["mse", "mae"]))
call("compile_loss_of_no_output")(lambda: model({"a": "mse", "c": "mse"}))
call("compile_weights_of_no_output")(lambda: compiled(loss_weights={"c": 1.0}))
call("compile_two_weights")(lambda: compiled(loss_weights=[1.0, 2.0]))
call("compile_metrics_of_no_output")(lambda: compiled(metrics={"c": ["mae"]}))
call("compile_two_lists_of_metrics")(lambda: compiled(metrics=[["mae"], ["mse"]]))


def clean(error):
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    if text.startswith("in user code:"):  # a trace through Keras's own files: only its last line is Keras's message
        last = re.split(r"\n\n    (?=\w+(?:Error|Exception): )", text)[-1]
        text = "\n".join(line[4:] if line.startswith("    ") else line for line in last.split("\n")).strip()
        text = re.sub(r"^\w+: ", "", text)
    if text.startswith(("Graph execution error", " ")):
        text = re.sub(r"(?s).*?\n(?=\S.*\n\t \[\[)", "", text).strip()
    return text[:600]


def main():
    answers = {}
    for name, function in CALLS.items():
        keras.backend.clear_session()
        tf.random.set_seed(1)
        LAST.clear()
        LAST.update(batches=0, epochs=0)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                function()
            answers[name] = {}
        except Exception as e:
            answers[name] = {"error": type(e).__name__, "message": clean(e)}
            if LAST["batches"]:
                answers[name].update(batches=LAST["batches"], epochs=LAST["epochs"])
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(answers, indent=1) + "\n")
    print(PRODUCER, len(answers), "calls,", sum("error" in a for a in answers.values()), "refused")


if __name__ == "__main__":
    main()
