"""Records the metric SparseCategoricalCrossentropy, and the function, over another axis of classes than the last.

    python tools/record/record_class_axis.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

PRODUCER.json: [{"arguments", "y_true", "y_pred": nested lists, "result" and "config", or "error" and "message",
"values": of the function, and "traced": those of it behind a softmax over that axis of y_pred in a graph; no "values" where it throws}]. Python 3.8 must be
able to run this.
"""
import json
import pathlib
import sys

from producer import PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/class_axis"
rng = np.random.RandomState(29)


def rows():
    for arguments, shape in (({"axis": 1}, (2, 3, 4)), ({"axis": 1, "from_logits": True}, (2, 3, 4)), ({"axis": -2}, (2, 3, 4)), ({"axis": 1}, (2, 3, 2, 2)),
                             ({"axis": 3}, (2, 3, 2, 4)), ({"axis": -1}, (2, 3)), ({"axis": 0}, (3, 4))):
        axis = arguments["axis"] % len(shape)
        e = np.exp(rng.uniform(-1, 1, shape))
        y_pred = (e / e.sum(axis, keepdims=True)).astype("float32")
        y_true = rng.randint(0, shape[axis], shape[:axis] + shape[axis + 1:])
        row = {"arguments": arguments, "y_true": y_true.tolist(), "y_pred": y_pred.tolist()}
        try:
            metric = keras.metrics.SparseCategoricalCrossentropy(**arguments)
            metric.update_state(y_true, y_pred)
            row.update(result=float(metric.result()), config=metric.get_config())
        except Exception as e:
            row.update(error=type(e).__name__, message=str(e)[:300])
        of = keras.losses.sparse_categorical_crossentropy
        try:
            row["values"] = of(y_true, tf.constant(y_pred), **arguments).numpy().tolist()
            behind = tf.function(lambda x: of(y_true, tf.nn.softmax(x, axis=axis), **dict(arguments, from_logits=False)))
            row["traced"] = behind(tf.constant(y_pred)).numpy().tolist()
        except Exception as e:
            assert type(e).__name__ == row.get("error"), e
        yield row


OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(list(rows()), indent=1, default=plain) + "\n")
