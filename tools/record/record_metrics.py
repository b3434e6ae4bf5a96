"""Records metrics: results and state after updates with weights and masks, configs, what compile() makes of names, error texts.

    python tools/record/record_metrics.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/metrics/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/metrics"
rng = np.random.RandomState(13)
arrays, rows, resolved = {}, [], []


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def reals(*shape):
    return rng.uniform(-1, 1, shape).astype("float32")


def probabilities(*shape):
    e = np.exp(rng.uniform(-2, 2, shape))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def classes(*shape, n=4):
    return rng.randint(0, n, shape)


def one_hot(*shape, n=4):
    return np.eye(n, dtype="float32")[classes(*shape, n=n)]


N = 6
# class, arguments, makers of labels and predictions
TABLE = [
    ("Accuracy", {}, lambda: (classes(N), classes(N).astype("float32"))),
    ("Accuracy", {}, lambda: (classes(N, 1), classes(N, 1))),
    ("BinaryAccuracy", {}, lambda: (classes(N, 3, n=2), rng.uniform(0, 1, (N, 3)).astype("float32"))),
    ("BinaryAccuracy", {"threshold": 0.3, "name": "mine"}, lambda: (classes(N, n=2), rng.uniform(0, 1, (N, 1)).astype("float32"))),
    ("CategoricalAccuracy", {}, lambda: (one_hot(N), probabilities(N, 4))),
    ("CategoricalAccuracy", {}, lambda: (one_hot(N, 2), probabilities(N, 2, 4))),
    ("SparseCategoricalAccuracy", {}, lambda: (classes(N), probabilities(N, 4))),
    ("SparseCategoricalAccuracy", {}, lambda: (classes(N, 1), probabilities(N, 4))),
    ("SparseCategoricalAccuracy", {}, lambda: (classes(N, 2), probabilities(N, 2, 4))),
    ("TopKCategoricalAccuracy", {"k": 2}, lambda: (one_hot(N), probabilities(N, 4))),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, lambda: (classes(N), probabilities(N, 4))),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, lambda: (classes(N, 1), probabilities(N, 4))),
    ("MeanSquaredError", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("MeanSquaredError", {}, lambda: (reals(N), reals(N, 1))),
    ("MeanAbsoluteError", {"name": "mine"}, lambda: (reals(N, 2, 3), reals(N, 2, 3))),
    ("RootMeanSquaredError", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("BinaryCrossentropy", {}, lambda: (classes(N, 3, n=2), rng.uniform(0.02, 0.98, (N, 3)).astype("float32"))),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, lambda: (classes(N, 3, n=2), reals(N, 3))),
    ("CategoricalCrossentropy", {}, lambda: (one_hot(N), probabilities(N, 4))),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, lambda: (one_hot(N), reals(N, 4))),
    ("SparseCategoricalCrossentropy", {}, lambda: (classes(N), probabilities(N, 4))),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, lambda: (classes(N, 2), reals(N, 2, 4))),
]
if not OLD:
    TABLE.append(("SparseCategoricalCrossentropy", {"ignore_class": 1}, lambda: (classes(N), probabilities(N, 4))))
# What is computed by functions of losses, then what counts. 2.x takes predictions in [0, 1] alone there.
unit = lambda *shape: rng.uniform(0, 1, shape).astype("float32")
signs = lambda *shape: 2 * classes(*shape, n=2) - 1
MORE = [
    ("MeanAbsolutePercentageError", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("MeanSquaredLogarithmicError", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("LogCoshError", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("CosineSimilarity", {}, lambda: (reals(N, 3), reals(N, 3))),
    ("Hinge", {}, lambda: (signs(N, 3), reals(N, 3))),
    ("SquaredHinge", {}, lambda: (classes(N, 3, n=2), reals(N, 3))),
    ("CategoricalHinge", {}, lambda: (one_hot(N), reals(N, 4))),
    ("KLDivergence", {}, lambda: (probabilities(N, 4), probabilities(N, 4))),
    ("Poisson", {}, lambda: (classes(N, 3), unit(N, 3) + np.float32(0.1))),
]
for cls in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"):
    MORE += [(cls, {}, lambda: (classes(N, n=2), unit(N))), (cls, {"thresholds": [0.2, 0.7]}, lambda: (classes(N, 1, n=2), unit(N, 1)))]
for cls in ("Precision", "Recall"):
    MORE += [(cls, {}, lambda: (classes(N, n=2), unit(N))), (cls, {"thresholds": [0.0, 0.5, 1.0]}, lambda: (classes(N, 1, n=2), unit(N, 1))), (cls, {"top_k": 2}, lambda: (one_hot(N), unit(N, 4))),
             (cls, {"class_id": 1}, lambda: (one_hot(N), unit(N, 4))), (cls, {"top_k": 2, "class_id": 2, "name": "mine"}, lambda: (one_hot(N), unit(N, 4)))]
for cls, argument in (("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity"), ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision")):
    MORE += [(cls, {argument: 0.5}, lambda: (classes(N, n=2), unit(N))), (cls, {argument: 0.7, "num_thresholds": 1}, lambda: (classes(N, n=2), unit(N))),
             (cls, {argument: 0.3, "num_thresholds": 11}, lambda: (classes(N, 1, n=2), unit(N, 1)))]
for curve in ("ROC", "PR") + (("PRGAIN",) if KERAS3 else ()):
    for summation in ("interpolation", "minoring", "majoring"):
        MORE += [("AUC", {"curve": curve, "summation_method": summation, "num_thresholds": 20}, lambda: (classes(N, n=2), unit(N)))]
MORE += [("AUC", {}, lambda: (classes(N, 1, n=2), unit(N, 1))), ("AUC", {"thresholds": [0.7, 0.2]}, lambda: (classes(N, 3, n=2), unit(N, 3))),
         ("AUC", {"multi_label": True, "num_thresholds": 10}, lambda: (classes(N, 3, n=2), unit(N, 3))),
         ("AUC", {"multi_label": True, "label_weights": [0.2, 0.5, 1.0], "curve": "PR", "thresholds": [0.3, 0.4]}, lambda: (classes(N, 3, n=2), unit(N, 3))),
         ("AUC", {"label_weights": [0.2, 0.5, 1.0]}, lambda: (classes(N, 3, n=2), unit(N, 3))), ("MeanIoU", {"num_classes": 4}, lambda: (classes(N), classes(N)))]
if not OLD:
    MORE += [("AUC", {"from_logits": True, "multi_label": True, "num_labels": 3}, lambda: (classes(N, 3, n=2), reals(N, 3))), ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, lambda: (classes(N), classes(N))),
             ("MeanIoU", {"num_classes": 4, "ignore_class": 1, "sparse_y_pred": False}, lambda: (classes(N), probabilities(N, 4))), ("BinaryIoU", {"threshold": 0.3, "target_class_ids": [1]}, lambda: (classes(N, n=2), unit(N))),
             ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, lambda: (one_hot(N), probabilities(N, 4))), ("OneHotMeanIoU", {"num_classes": 4, "sparse_y_pred": True}, lambda: (one_hot(N), classes(N)))]
    for average in (None, "micro", "macro", "weighted"):
        MORE += [("F1Score", {"average": average}, lambda: (one_hot(N), probabilities(N, 4))), ("FBetaScore", {"average": average, "beta": 2.0, "threshold": 0.4}, lambda: (classes(N, 3, n=2), unit(N, 3)))]
    for how in (None, "uniform_average", "variance_weighted_average"):
        MORE += [("R2Score", {"class_aggregation": how}, lambda: (reals(N, 3), reals(N, 3)))]
    MORE += [("R2Score", {"num_regressors": 2}, lambda: (reals(N, 3), reals(N, 3)))]
if KERAS3:
    MORE += [("PearsonCorrelation", {}, lambda: (reals(N, 4), reals(N, 4))), ("ConcordanceCorrelation", {"axis": -1}, lambda: (reals(N, 4), reals(N, 4)))]
TABLE += MORE
FUNCTIONS = [("binary_accuracy", 2), ("categorical_accuracy", 4), ("sparse_categorical_accuracy", 6), ("mean_squared_error", 12), ("mean_absolute_error", 14), ("binary_crossentropy", 16),
             ("categorical_crossentropy", 18), ("sparse_categorical_crossentropy", 20)]


def numbers(value):
    return np.asarray(value.numpy() if hasattr(value, "numpy") else value, "float64").tolist()


def state(metric):
    return [numbers(v) for v in (metric.variables if KERAS3 else metric.weights)]


def names(metric):
    return [v.path for v in metric.variables] if KERAS3 else [v.name for v in metric.weights]


def updates_of(metric, make):
    updates = []
    for kind in ("plain", "weights", "plain", "rows" if KERAS3 else "scalar"):
        y_true, y_pred = make()
        weights = None if kind == "plain" else np.float32(0.5) if kind == "scalar" else rng.uniform(0.1, 2, (N, 1) if kind == "rows" else (N,)).astype("float32")
        if kind == "weights" and KERAS3:
            weights = rng.uniform(0.1, 2, (N,)).astype("float32")
        try:
            metric.update_state(tf.constant(y_true), tf.constant(y_pred), sample_weight=weights)
        except Exception as e:
            updates.append({"y_true": keep(y_true), "y_pred": keep(y_pred), "weights": None if weights is None else keep(weights), "error": type(e).__name__})
            break
        updates.append({"y_true": keep(y_true), "y_pred": keep(y_pred), "weights": None if weights is None else keep(weights), "result": numbers(metric.result()), "state": state(metric)})
    return updates


def serialized(metric):
    forms = [keras.metrics.serialize(metric)]
    if not OLD and not KERAS3:
        forms.append(keras.metrics.serialize(metric, use_legacy_format=True))
    return forms


def main():
    keras.backend.clear_session()
    for cls, arguments, make in TABLE:
        metric = getattr(keras.metrics, cls)(**arguments)
        rows.append({"class_name": cls, "arguments": arguments, "config": metric.get_config(), "serialized": serialized(metric), "names": names(metric), "updates": updates_of(metric, make)})
    for name, row in FUNCTIONS:
        metric = keras.metrics.MeanMetricWrapper(keras.metrics.get(name) if not KERAS3 else getattr(keras.metrics, name), name="word") if hasattr(keras.metrics, "MeanMetricWrapper") else None
        if metric is not None:
            rows.append({"class_name": "MeanMetricWrapper", "function": name, "serialized": serialized(metric), "updates": updates_of(metric, TABLE[row][2])})
    for cls in ("Mean", "Sum"):
        metric = getattr(keras.metrics, cls)()
        updates = []
        for shape, weight_shape in (((4,), None), ((), None), ((4, 3), (4,)), ((4, 3), (4, 1)), ((), ()), ((4,), ())):
            values = reals(*shape)
            weights = None if weight_shape is None else np.asarray(rng.uniform(0.1, 2, weight_shape), "float32")
            if KERAS3 and shape == (4,) and weight_shape == ():
                continue
            metric.update_state(tf.constant(values), sample_weight=weights)
            updates.append({"values": keep(values), "weights": None if weights is None else keep(weights), "result": numbers(metric.result()), "state": state(metric)})
        rows.append({"class_name": cls, "arguments": {}, "config": metric.get_config(), "serialized": serialized(metric), "updates": updates})
    if not KERAS3:
        for cls, arguments in (("MeanTensor", {}), ("MeanRelativeError", {"normalizer": [1.0, 2.0, 4.0]})):
            metric = getattr(keras.metrics, cls)(**arguments)
            config = dict(metric.get_config(), **arguments)
            make = (lambda: (reals(2, 3),)) if cls == "MeanTensor" else (lambda: (reals(N, 3), reals(N, 3)))
            updates, fresh = [], names(metric)
            for weighted in (False, True, False):
                values = make()
                weights = rng.uniform(0.1, 2, (len(values[0]),)).astype("float32") if weighted else None
                metric.update_state(*[tf.constant(v) for v in values], sample_weight=weights)
                given = dict(zip(("values",) if len(values) == 1 else ("y_true", "y_pred"), [keep(v) for v in values]))
                updates.append(dict(given, weights=None if weights is None else keep(weights), result=numbers(metric.result()), state=state(metric)))
            rows.append({"class_name": cls, "arguments": arguments, "config": config, "serialized": [{"class_name": cls, "config": config}], "names": fresh, "updates": updates})
    # What compile() makes of words.
    for word in ("mape", "MSLE", "kld", "logcosh", "hinge", "squared_hinge", "categorical_hinge", "poisson", "cosine_similarity", "cosine_proximity", "AUC", "auc", "Precision", "precision", "f1_score", "accuracy", "acc", "crossentropy", "ce", "mae", "mse", "MSE", "binary_accuracy", "BinaryAccuracy", "foo"):
        for true_shape, pred_shape in (((N, 1), (N, 1)), ((N, 4), (N, 4)), ((N, 1), (N, 4)), ((N,), (N, 4)), ((N, 2), (N, 2, 4))):
            y_true, y_pred = tf.zeros(true_shape), tf.zeros(pred_shape)
            row = {"word": word, "y_true": true_shape, "y_pred": pred_shape}
            try:
                if KERAS3:
                    from keras.src.trainers import compile_utils

                    got = compile_utils.get_metric(word, y_true, y_pred)
                elif OLD:
                    from tensorflow.python.keras.engine import compile_utils

                    got = compile_utils.MetricsContainer()._get_metric_object(word, y_true, y_pred)
                else:
                    from keras.src.engine import compile_utils

                    got = compile_utils.MetricsContainer()._get_metric_object(word, y_true, y_pred)
                row.update(name=got.name, class_name=type(got).__name__, function=getattr(getattr(got, "_fn", None), "__name__", None))
            except Exception as e:
                row.update(error=type(e).__name__, message=str(e))
            resolved.append(row)
    m = keras.metrics
    binary = np.array([0.0, 1.0], "float32")
    errors = {
        "thresholds": failing(lambda: m.Precision(thresholds=[0.5, 2.0])),
        "curve": failing(lambda: m.AUC(curve="foo")),
        "summation": failing(lambda: m.AUC(summation_method="foo")),
        "num_thresholds": failing(lambda: m.AUC(num_thresholds=1)),
        "specificity": failing(lambda: m.SensitivityAtSpecificity(2.0)),
        "shapes": failing(lambda: m.Precision().update_state(np.zeros((2, 3), "float32"), np.zeros((2, 4), "float32"))),
        "range": failing(lambda: m.Precision().update_state(binary, binary + 1)),
        "rank": failing(lambda: m.AUC(multi_label=True).update_state(binary, binary)),
    }
    if not OLD:
        errors.update({
            "average": failing(lambda: m.F1Score(average="foo")),
            "beta": failing(lambda: m.FBetaScore(beta=-1.0)),
            "threshold": failing(lambda: m.FBetaScore(threshold=2.0)),
            "aggregation": failing(lambda: m.R2Score(class_aggregation="foo")),
            "regressors": failing(lambda: m.R2Score(num_regressors=-1)),
            "target_class": failing(lambda: m.IoU(num_classes=2, target_class_ids=[2])),
            "f1_rank": failing(lambda: m.F1Score().update_state(binary, binary)),
            "num_labels": failing(lambda: m.AUC(num_labels=2)),
        })
    errors.update({"unknown_get": failing(lambda: keras.metrics.get("foo")), "unknown_deserialize": failing(lambda: keras.metrics.deserialize({"class_name": "Foo", "config": {}}))})
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps({"rows": rows, "resolved": resolved, "errors": errors}, default=plain) + "\n")
    print(PRODUCER, len(rows), "metrics", len(resolved), "words")


if __name__ == "__main__":
    main()
