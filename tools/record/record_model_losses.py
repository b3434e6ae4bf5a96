"""Records what models are trained to whose loss goes back behind an activation or has no reduction, what metrics say to predictions outside
[0, 1], and metrics of rows that weigh differently.

    python tools/record/record_model_losses.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

PRODUCER.json: {"losses": [{"activation", "loss": object config, "scale", "eager", "history": losses of two epochs}], "ranges": [{"metric",
"bias", "eager", "error" or null}], "weighted", "steps_weighted": [{"metric", "shape", "result(s)" or "error"}],
"reductions": [{"loss", "outputs", "weights", "regularized", "history" or "error"}]}. The model is Dense(3) of 4 inputs; wave() makes weights and data, as
in tests/keras/training/model_losses_test.cpp. Python 3.8 must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/model_losses"


def wave(*shape, phase=0.0):
    return np.sin(np.arange(int(np.prod(shape))) * 0.7 + phase).reshape(shape).astype("float32")


X, CLASSES = wave(6, 4), np.arange(6) % 3
Y = np.eye(3, dtype="float32")[CLASSES]


def model_of(activation, scale, bias=0.0):
    x = keras.Input((4,))
    dense = keras.layers.Dense(3, activation=None if activation == "Softmax" else activation)
    y = dense(x)
    if activation == "Softmax":
        y = keras.layers.Softmax()(y)
    model = keras.Model(x, y)
    model.set_weights([scale * wave(4, 3), np.full(3, bias, "float32")])
    return model


def losses():
    classes = ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
    if not OLD:
        classes += ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"]
    for name in classes:
        for activation in ("softmax", "sigmoid", "Softmax", "hard_sigmoid"):
            for from_logits in (False, True):
                for scale in (1.0, 30.0 if activation == "hard_sigmoid" else 3.0):  # 30: where probabilities are 0 and 1
                    for eager in (False, True):
                        loss = getattr(keras.losses, name)(from_logits=from_logits)
                        model = model_of(activation, scale)
                        model.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=eager)
                        history = model.fit(X, CLASSES if name.startswith("Sparse") else Y, batch_size=6, epochs=2, shuffle=False, verbose=0)
                        yield {"activation": activation, "loss": {"class_name": name, "config": {"from_logits": from_logits}}, "scale": scale, "eager": eager,
                               "history": [float(v) for v in history.history["loss"]]}


def ranges():
    for metric in ("AUC", "Precision", "TruePositives"):
        for bias in (-5.0, 0.5, 5.0, float("nan")):
            for eager in (False, True):
                model = model_of(None, 0.1, bias)
                model.compile("sgd", "mse", metrics=[getattr(keras.metrics, metric)()], run_eagerly=eager)
                row = {"metric": metric, "bias": repr(bias), "eager": eager, "error": None}
                try:
                    model.evaluate(X, Y, verbose=0)
                except Exception as e:
                    message = str(e)
                    known = [text for text in ("predictions must be >= 0", "predictions must be <= 1") if text in message]
                    row.update(error=type(e).__name__, message=known[0])
                yield row


def weighted():
    for name in [] if OLD else ["F1Score", "FBetaScore", "AUC", "CategoricalAccuracy", "R2Score"]:
        for shape in ((6,), (6, 1)):
            weights = (wave(6) + 1.5).reshape(shape)
            model = model_of("softmax", 1.0)
            model.compile("sgd", "mse", weighted_metrics=[getattr(keras.metrics, name)()])
            row = {"metric": name, "shape": list(weights.shape)}
            try:
                results = model.evaluate(X, Y, sample_weight=weights, verbose=0, return_dict=True)
                results.pop("loss")
                row["result"] = np.asarray(list(results.values())[0]).tolist()
            except Exception as e:
                row["error"] = type(e).__name__
            yield row


def steps_weighted():
    """Metrics of predictions of several steps, and weights of rows or of steps."""
    x, y = wave(6, 5, 4), (wave(6, 5, 3, phase=0.3) > 0).astype("float32")
    for name in ("AUC", "TruePositives", "Precision", "BinaryAccuracy"):
        for shape in ((6,), (6, 5)):
            inputs = keras.Input((5, 4))
            model = keras.Model(inputs, keras.layers.Dense(3, activation="sigmoid")(inputs))
            model.set_weights([wave(4, 3), np.zeros(3, "float32")])
            model.compile("sgd", "mse", weighted_metrics=[getattr(keras.metrics, name)()])
            row = {"metric": name, "shape": list(shape)}
            try:
                row["results"] = [float(v) for v in model.evaluate(x, y, sample_weight=wave(*shape) + 1.5, verbose=0)]
            except Exception as e:
                row["error"] = type(e).__name__
            yield row


def reductions():
    for name in ("MeanSquaredError", "CategoricalCrossentropy"):
        for reduction in ("none", "sum", "sum_over_batch_size"):
            for outputs in (1, 2):
                for weights in (None, wave(6) + 1.5):
                    for regularized in (False, True):
                        x = keras.Input((4,))
                        given = {"activation": "softmax", "kernel_regularizer": keras.regularizers.l2(0.01) if regularized else None}
                        model = keras.Model(x, [keras.layers.Dense(3, name="o%d" % i, **given)(x) for i in range(outputs)])
                        model.set_weights([wave(*w.shape, phase=i) for i, w in enumerate(model.get_weights())])
                        loss = lambda: getattr(keras.losses, name)(reduction=reduction)
                        model.compile(keras.optimizers.SGD(0.1), [loss() for _ in range(outputs)], loss_weights=[0.5, 2.0][:outputs])
                        row = {"loss": {"class_name": name, "config": {"reduction": reduction}}, "outputs": outputs, "weighted": weights is not None,
                               "regularized": regularized}
                        try:
                            history = model.fit(X, [Y] * outputs, sample_weight=None if weights is None else [weights] * outputs if outputs > 1 else weights,
                                                batch_size=4, epochs=3, shuffle=False, verbose=0).history
                            row["history"] = {k: [float(v) for v in vs] for k, vs in history.items()}
                        except Exception as e:
                            row["error"] = type(e).__name__
                        yield row


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    document = {"losses": list(losses()), "ranges": list(ranges()), "weighted": list(weighted()), "steps_weighted": list(steps_weighted()), "reductions": list(reductions())}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, indent=1, default=plain) + "\n")


main()
