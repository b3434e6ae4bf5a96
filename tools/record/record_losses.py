"""Records losses: values under every reduction, weights, masks; gradients; configs; spellings; error texts.

    python tools/record/record_losses.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/losses/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, failing, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/losses"
WORDS = ("mape MAPE mean_absolute_percentage_error MeanAbsolutePercentageError msle MSLE mean_squared_logarithmic_error MeanSquaredLogarithmicError kld KLD kl_divergence kullback_leibler_divergence KLDivergence logcosh log_cosh LogCosh huber huber_loss Huber hinge Hinge squared_hinge SquaredHinge categorical_hinge CategoricalHinge cosine_similarity CosineSimilarity poisson Poisson binary_focal_crossentropy BinaryFocalCrossentropy categorical_focal_crossentropy CategoricalFocalCrossentropy dice Dice tversky Tversky circle Circle ctc CTC mse MSE mean_squared_error MeanSquaredError mae MAE mean_absolute_error MeanAbsoluteError bce BCE binary_crossentropy BinaryCrossentropy categorical_crossentropy "
         "CategoricalCrossentropy sparse_categorical_crossentropy SparseCategoricalCrossentropy foo Foo").split()
rng = np.random.RandomState(7)
arrays, rows, SEEN = {}, [], set()


def keep(value):
    key = "a%d" % len(arrays)
    arrays[key] = np.asarray(value)
    return key


def uniform(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).astype("float32")


def probabilities(*shape):
    e = np.exp(uniform(*shape, low=-2, high=2))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def classes(*shape, n):
    return rng.randint(0, n, shape)


def one_hot(*shape, n):
    return np.eye(n, dtype="float32")[classes(*shape, n=n)]


# The edge of what probabilities can be.
SURE = np.array([[0, 1, 0], [1e-9, 1 - 1e-7, 0.5], [1, 0, 0]], "float32")
HUGE = np.array([[50, 0, -50], [0, 30, 1], [-20, -20, 20]], "float32")
CASES = []  # class, arguments, y_true, y_pred, the op that predictions come from in a graph
for cls in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "LogCosh"):
    CASES += [(cls, {}, uniform(4, 3), uniform(4, 3), None), (cls, {}, uniform(2, 3, 2), uniform(2, 3, 2), None), (cls, {}, uniform(4), uniform(4, 1), None),
              (cls, {}, uniform(4, 1), uniform(4), None), (cls, {}, classes(4, 3, n=5), uniform(4, 3), None), (cls, {}, uniform(3, 2).astype("float64"), uniform(3, 2).astype("float64"), None)]
for arguments in ({}, {"label_smoothing": 0.2}, {"from_logits": True}, {"from_logits": True, "label_smoothing": 0.1}):
    logits = "from_logits" in arguments
    CASES += [("BinaryCrossentropy", arguments, classes(4, 3, n=2).astype("float32"), uniform(4, 3, low=-3, high=3) if logits else uniform(4, 3, low=0.02, high=0.98), "sigmoid"),
              ("BinaryCrossentropy", arguments, one_hot(3, n=3), HUGE if logits else SURE, "sigmoid"),
              ("BinaryCrossentropy", arguments, classes(4, 1, n=2), uniform(4, 1, low=-3, high=3) if logits else uniform(4, 1, low=0.02, high=0.98), "sigmoid"),
              ("CategoricalCrossentropy", arguments, one_hot(4, n=3), uniform(4, 3, low=-3, high=3) if logits else probabilities(4, 3), "softmax"),
              ("CategoricalCrossentropy", arguments, one_hot(3, n=3), HUGE if logits else SURE, "softmax"),
              ("CategoricalCrossentropy", arguments, one_hot(2, 2, n=3), uniform(2, 2, 3, low=-3, high=3) if logits else probabilities(2, 2, 3), "softmax")]
for arguments in ({}, {"from_logits": True}) + (() if OLD else ({"ignore_class": 1}, {"ignore_class": -1, "from_logits": True})):
    logits = "from_logits" in arguments
    labels = classes(4, n=3)
    if arguments.get("ignore_class") == -1:
        labels[1] = -1
    CASES += [("SparseCategoricalCrossentropy", arguments, labels, uniform(4, 3, low=-3, high=3) if logits else probabilities(4, 3), "softmax"),
              ("SparseCategoricalCrossentropy", arguments, labels[:, None].astype("float32"), uniform(4, 3, low=-3, high=3) if logits else probabilities(4, 3), "softmax"),
              ("SparseCategoricalCrossentropy", arguments, classes(3, n=3), HUGE if logits else SURE, "softmax"),
              ("SparseCategoricalCrossentropy", arguments, classes(2, 3, n=3), uniform(2, 3, 3, low=-3, high=3) if logits else probabilities(2, 3, 3), "softmax")]
if not OLD:
    CASES += [("BinaryCrossentropy", {"axis": 0}, classes(4, 3, n=2).astype("float32"), uniform(4, 3, low=0.02, high=0.98), None),
              ("CategoricalCrossentropy", {"axis": 1}, one_hot(2, 2, n=3).transpose(0, 2, 1), probabilities(2, 2, 3).transpose(0, 2, 1), None),
              ("CategoricalCrossentropy", {"axis": 1, "from_logits": True}, one_hot(2, 2, n=3).transpose(0, 2, 1), uniform(2, 3, 2), None)]
for cls in ("Hinge", "SquaredHinge"):
    CASES += [(cls, {}, classes(4, 3, n=2).astype("float32"), uniform(4, 3, low=-2, high=2), None), (cls, {}, 2 * classes(4, 3, n=2) - 1, uniform(4, 3, low=-2, high=2), None),
              (cls, {}, uniform(2, 3, 2), uniform(2, 3, 2), None)]
CASES += [("CategoricalHinge", {}, one_hot(4, n=3), uniform(4, 3), None), ("CategoricalHinge", {}, one_hot(2, 2, n=3), uniform(2, 2, 3, low=-2, high=2), None),
          ("KLDivergence", {}, probabilities(4, 3), probabilities(4, 3), None), ("KLDivergence", {}, one_hot(3, n=3), SURE, None), ("Poisson", {}, uniform(4, 3, low=0, high=3), uniform(4, 3, low=0.1, high=3), None),
          ("Poisson", {}, classes(2, 3, 2, n=4), uniform(2, 3, 2, low=0.1, high=3), None), ("CosineSimilarity", {}, uniform(4, 3), uniform(4, 3), None), ("CosineSimilarity", {"axis": 1}, uniform(2, 3, 2), uniform(2, 3, 2), None),
          ("CosineSimilarity", {}, np.array([[0, 0, 0], [1, 2, 3]], "float32"), uniform(2, 3), None)]
for arguments in ({}, {"delta": 0.3}, {"delta": 2.0}):
    CASES += [("Huber", arguments, uniform(4, 3, low=-2, high=2), uniform(4, 3, low=-2, high=2), None), ("Huber", arguments, classes(2, 3, 2, n=4), uniform(2, 3, 2), None)]
if not OLD:
    for arguments in ({}, {"from_logits": True}, {"gamma": 3.0, "apply_class_balancing": True, "alpha": 0.4, "label_smoothing": 0.1}):
        logits = "from_logits" in arguments
        CASES += [("BinaryFocalCrossentropy", arguments, classes(4, 3, n=2).astype("float32"), uniform(4, 3, low=-3, high=3) if logits else uniform(4, 3, low=0.02, high=0.98), "sigmoid")]
    for arguments in ({}, {"from_logits": True, "gamma": 1.5}, {"alpha": [0.2, 0.5, 0.3], "label_smoothing": 0.1}):
        logits = "from_logits" in arguments
        CASES += [("CategoricalFocalCrossentropy", arguments, one_hot(4, n=3), uniform(4, 3, low=-3, high=3) if logits else probabilities(4, 3), "softmax"),
                  ("CategoricalFocalCrossentropy", arguments, one_hot(2, 2, n=3), uniform(2, 2, 3, low=-3, high=3) if logits else probabilities(2, 2, 3), None)]
if KERAS3:
    for arguments in ({}, {"axis": -1}, {"axis": [1, 2]}):
        CASES += [("Dice", arguments, classes(2, 3, 4, n=2).astype("float32"), uniform(2, 3, 4, low=0, high=1), None),
                  ("Tversky", dict(arguments, alpha=0.3, beta=0.7), classes(2, 3, 4, n=2).astype("float32"), uniform(2, 3, 4, low=0, high=1), None)]
    UNIT = uniform(5, 4)
    UNIT = UNIT / np.sqrt((UNIT * UNIT).sum(-1, keepdims=True))
    CASES += [("Circle", {}, np.array([0, 1, 0, 1, 1]), UNIT, None), ("Circle", {"gamma": 16.0, "margin": 0.2, "remove_diagonal": False}, np.array([0, 1, 0, 2, 1]), UNIT, None),
              ("CategoricalGeneralizedCrossEntropy", {}, classes(4, n=3), probabilities(4, 3), None), ("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, classes(4, n=3), probabilities(4, 3), None),
              ("CTC", {}, np.array([[1, 2, 0], [3, 3, 1], [2, 0, 0]]), uniform(3, 6, 4, low=-2, high=2), None), ("CTC", {}, np.array([[1, 1, 2], [3, 2, 1]]), uniform(2, 5, 4), None)]
REDUCTIONS = ["none", "sum", "sum_over_batch_size"] + (["mean", "mean_with_sample_weight"] if KERAS3 else ["auto"])


def masked(loss, y_true, y_pred, weights, mask):
    """As compiled training calls a loss whose predictions carry a mask."""
    if OLD:
        from tensorflow.python.keras.engine import compile_utils

        y_pred._keras_mask = mask
        return loss(y_true, y_pred, sample_weight=compile_utils.apply_mask(y_pred, weights))
    if KERAS3:
        keras.src.backend.set_keras_mask(y_pred, mask)
    else:
        y_pred._keras_mask = mask
    return loss(y_true, y_pred, sample_weight=weights)


def record_case(cls, arguments, y_true, y_pred, activation):
    make = getattr(keras.losses, cls)
    row = {"class_name": cls, "arguments": arguments, "y_true": keep(y_true), "y_pred": keep(y_pred), "calls": []}
    values = make(reduction="none", **arguments)(tf.constant(y_true), tf.constant(y_pred)).numpy()
    shapes = [None, values.shape]
    if cls not in SEEN:  # every shape that weights may have, once for each class
        shapes += [()] + ([values.shape + (1,)] if values.ndim == 1 else [])
    weights = {shape: None if shape is None else keep(rng.uniform(0, 2, shape).astype(y_pred.dtype)) for shape in shapes}
    mask = keep(rng.uniform(size=values.shape) < 0.6) if values.ndim else None
    for reduction in REDUCTIONS:
        loss = make(reduction=reduction, **arguments)
        for shape in shapes:
            w = None if shape is None else tf.constant(arrays[weights[shape]])
            for m in (None,) if mask is None else (None, mask):
                if m is None:
                    result = loss(tf.constant(y_true), tf.constant(y_pred), sample_weight=w)
                else:
                    result = masked(loss, tf.constant(y_true), tf.constant(y_pred), w, tf.constant(arrays[m]))
                row["calls"].append({"reduction": reduction, "weights": weights[shape], "mask": m, "result": result.numpy().tolist()})
    SEEN.add(cls)
    loss = make(**arguments)
    row["config"] = loss.get_config()
    with tf.GradientTape() as tape:
        x = tf.constant(y_pred)
        tape.watch(x)
        result = loss(tf.constant(y_true), x)
    row["gradient"] = keep(tape.gradient(result, x))
    if activation is not None:  # in a graph, behind an activation
        function = getattr(keras.activations, activation)

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                result = loss(tf.constant(y_true), function(x))
            return result, tape.gradient(result, x)

        for scale in (1.0, 20.0):
            x = (rng.normal(0, scale, y_pred.shape)).astype("float32")
            result, gradient = step(tf.constant(x))
            row.setdefault("traced", []).append({"activation": activation, "x": keep(x), "result": result.numpy().tolist(), "gradient": keep(gradient)})
    rows.append(row)


def spelled(word):
    try:
        got = keras.losses.get(word)
        return {"function": got.__name__} if hasattr(got, "__name__") else {"class_name": type(got).__name__, "config": got.get_config()}
    except Exception as e:
        return {"error": type(e).__name__, "message": str(e)}


def main():
    for case in CASES:
        record_case(*case)
    serialized = {}
    for cls in sorted({c[0] for c in CASES}):
        loss = getattr(keras.losses, cls)()
        forms = [keras.losses.serialize(loss)]
        if not OLD and not KERAS3:
            forms.append(keras.losses.serialize(loss, use_legacy_format=True))
        serialized[cls] = forms
    errors = {
        "unknown_get": failing(lambda: keras.losses.get("foo")),
        "unknown_deserialize": failing(lambda: keras.losses.deserialize({"class_name": "Foo", "config": {}})),
        "number": failing(lambda: keras.losses.get(3)),
        "reduction": failing(lambda: keras.losses.MeanSquaredError(reduction="foo")),
        "labels_out_of_range": failing(lambda: keras.losses.SparseCategoricalCrossentropy()(tf.constant([0, 5]), tf.constant(probabilities(2, 3)))),
        "categorical_shapes": failing(lambda: keras.losses.CategoricalCrossentropy()(tf.zeros((2, 3)), tf.zeros((2, 4)))),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **arrays)
    document = {"rows": rows, "spellings": {w: spelled(w) for w in WORDS}, "serialized": serialized, "errors": errors}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(rows), "losses", sum(len(r["calls"]) for r in rows), "calls")


if __name__ == "__main__":
    main()
