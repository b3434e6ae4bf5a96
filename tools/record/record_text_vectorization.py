"""Records SavedModels of tf.keras 2.2's TextVectorization that counts: tests/keras/data/text_vectorization, a folder for
each, and tf-2.2.3.json with texts, predictions, and the idf weights.

    python tools/record/record_text_vectorization.py [DIR]   # TensorFlow 2.2.3
"""
import json
import pathlib
import sys

from producer import PRODUCER, tf

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/text_vectorization"
LEARNT = np.array([["a b b c"], ["c d a"], ["b x"]])
TEXTS = np.array([["a a q c"], ["b d"], ["zz b"]])
CASES = {"tf_idf": {"output_mode": "tf-idf", "max_tokens": 8},
         "tf_idf_of_any_size": {"output_mode": "tf-idf", "max_tokens": 8, "pad_to_max_tokens": False},
         "count_of_any_size": {"output_mode": "count", "max_tokens": 8, "pad_to_max_tokens": False}}

records = {"texts": TEXTS.ravel().tolist(), "models": {}}
for name, options in CASES.items():
    tf.keras.backend.clear_session()
    layer = tf.keras.layers.experimental.preprocessing.TextVectorization(**options)
    layer.adapt(LEARNT)
    model = tf.keras.Sequential([tf.keras.Input((1,), dtype=tf.string), layer])
    y = model.predict(TEXTS)
    model.save(str(OUT / name), save_format="tf")
    records["models"][name] = {"y": y.tolist(), "dtype": y.dtype.name, "vocabulary": [w.decode() for w in layer.get_vocabulary()],
                               "idf": [w.numpy().tolist() for w in model.variables if getattr(w, "dtype", None) == tf.float32],
                               # Its words are in the file, and it does not read them.
                               "y_of_2.2": tf.keras.models.load_model(str(OUT / name)).predict(TEXTS).tolist()}
(OUT / (PRODUCER + ".json")).write_text(json.dumps(records) + "\n")
