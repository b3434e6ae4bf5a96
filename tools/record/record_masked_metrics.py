"""Records what each metric comes to in a model whose output has a mask, as one of `metrics` and of `weighted_metrics`.

    python tools/record/record_masked_metrics.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

PRODUCER.json: {"x", "y", "sample_weight": nested lists, "kernel", "bias", "rows": [{"class_name", "arguments", "metric",
"weighted" without and "weights_metric", "weights_weighted" with sample weights, or "error"}]}. The model: Input (4, 2), Masking,
Dense(1, sigmoid), binary_crossentropy. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/masked_metrics"
rng = np.random.RandomState(23)
X = rng.uniform(-1, 1, (5, 4, 2)).astype("float32")
X[0, 2:] = X[1, 1:] = X[3, 3:] = 0
Y = rng.randint(0, 2, (5, 4, 1)).astype("float32")
W = rng.uniform(0.5, 2, (5, 4)).astype("float32")
KERNEL, BIAS = np.array([[1.5], [-2.0]], "float32"), np.array([0.25], "float32")
METRICS = [("BinaryAccuracy", {}), ("MeanSquaredError", {}), ("RootMeanSquaredError", {}), ("MeanAbsoluteError", {}), ("BinaryCrossentropy", {}), ("Hinge", {}),
           ("Precision", {}), ("Precision", {"thresholds": [0.3, 0.6]}), ("Recall", {}), ("TruePositives", {}), ("FalseNegatives", {}), ("TrueNegatives", {}), ("FalsePositives", {}),
           ("AUC", {"num_thresholds": 20}), ("AUC", {"num_thresholds": 20, "curve": "PR"}), ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 20}),
           ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 20}), ("MeanIoU", {"num_classes": 2}), ("CosineSimilarity", {"axis": 1})]
NEW = [("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 20}), ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 20}), ("BinaryIoU", {"threshold": 0.5}),
       ("IoU", {"num_classes": 2, "target_class_ids": [1]})]


def model_of(cls, arguments):
    keras.backend.clear_session()
    x = keras.Input((4, 2), name="x")
    model = keras.Model(x, keras.layers.Dense(1, activation="sigmoid", name="o")(keras.layers.Masking(name="m")(x)))
    model.set_weights([KERNEL, BIAS])
    make = lambda name: getattr(keras.metrics, cls)(name=name, **arguments)
    model.compile("sgd", "binary_crossentropy", metrics=[make("plain")], weighted_metrics=[make("weighted")], **({} if OLD else {"run_eagerly": False}))
    return model


def main():
    rows = []
    for cls, arguments in METRICS + ([] if OLD else NEW):
        row = {"class_name": cls, "arguments": arguments}
        try:
            for prefix, weights in (("", None), ("weights_", W)):
                got = model_of(cls, arguments).evaluate(X, Y, batch_size=3, sample_weight=weights, verbose=0)
                row[prefix + "loss"], row[prefix + "metric"], row[prefix + "weighted"] = [np.asarray(v, "float64").tolist() for v in got]
        except Exception as e:
            row["error"] = type(e).__name__
        rows.append(row)
    OUT.mkdir(parents=True, exist_ok=True)
    document = {"x": X.tolist(), "y": Y.tolist(), "sample_weight": W.tolist(), "kernel": KERNEL.tolist(), "bias": BIAS.tolist(), "rows": rows}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, indent=1, default=plain) + "\n")
    print(PRODUCER, len(rows), "rows,", [r["class_name"] + " " + r["error"] for r in rows if "error" in r])


if __name__ == "__main__":
    main()
