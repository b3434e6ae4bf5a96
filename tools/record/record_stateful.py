"""Records a SavedModel of a stateful recurrent layer, saved in the middle of a sequence, and what it gives for the next part:
tests/keras/data/stateful/PRODUCER and PRODUCER.json.

    python tools/record/record_stateful.py [DIR]   # TensorFlow 2.2.3 and 2.15.1, one after another
"""
import json
import pathlib
import sys

from producer import OLD, PRODUCER, keras

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/stateful"
rng = np.random.RandomState(6)
first, second = (np.round(rng.uniform(-1, 1, (2, 3, 2)) * 64) / 64 for _ in range(2))

layers = keras.layers
model = keras.Sequential([layers.InputLayer(input_shape=(3, 2), batch_size=2),
                          layers.RNN([layers.LSTMCell(1), layers.SimpleRNNCell(2)], stateful=True, unroll=not OLD)])
model.set_weights([np.round(rng.uniform(-1, 1, w.shape) * 64) / 64 for w in model.get_weights()])
model.predict(first.astype("float32"))
OUT.mkdir(parents=True, exist_ok=True)
model.save(str(OUT / PRODUCER), save_format="tf")
again = keras.models.load_model(str(OUT / PRODUCER))
y = model.predict(second.astype("float32"))
assert np.array_equal(y, again.predict(second.astype("float32")))
(OUT / (PRODUCER + ".json")).write_text(json.dumps({"x": second.tolist(), "y": y.tolist()}) + "\n")
