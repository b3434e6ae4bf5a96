"""Loads each whole-model H5 file of the corpus in its own Keras, saves it again, and records the weight names where they
are no longer the file's: a name tells how a variable came to be, and loading makes it in another way.

    python record_resaved_names.py CORPUS PRODUCER OUT.json      (once in each producer's venv; entries are merged)
"""
import json
import os
import pathlib
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
corpus, producer, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
if producer.startswith("keras-3"):
    import keras
else:
    if producer.startswith("tf_keras"):
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf

    keras = tf.keras
import h5py


def names_in(path):
    def texts(group):
        return [n.decode() if isinstance(n, bytes) else n for n in group.attrs.get("weight_names", [])]

    with h5py.File(path, "r") as file:
        return {name: texts(group) for name, group in file["model_weights"].items()}


class NamedCustomLayer(keras.layers.Layer):
    """The guide's."""

    def __init__(self, units, **keywords):
        super().__init__(**keywords)
        self.units = units

    def build(self, shape):
        self.w = self.add_weight("w", (shape[-1], self.units))
        self.b = self.add_weight("b", (self.units,))

    def call(self, x):
        return x @ self.w + self.b

    def get_config(self):
        return dict(super().get_config(), units=self.units)


CUSTOM = {"NamedCustomLayer": NamedCustomLayer, "custom_activation": lambda x: x}
CUSTOM["custom_activation"].__name__ = "custom_activation"


def opened(path):
    try:
        return keras.models.load_model(str(path), custom_objects=CUSTOM, compile=False)
    except Exception:  # Keras 3 cannot read operations from its own H5 files, but from JSON it can
        return keras.models.model_from_json((path.parent.parent / "config.json").read_text())


recorded = json.loads(out.read_text()) if out.exists() else {}
recorded[producer] = {}
with tempfile.TemporaryDirectory() as folder:
    again = os.path.join(folder, "again.h5")
    for path in sorted((corpus / producer).glob("*/h5/model.h5")):
        try:
            keras.backend.clear_session()
            opened(path).save(again)
            before, after = names_in(path), names_in(again)
        except Exception:  # its own reader fails on some of its files
            continue
        changed = {layer: after[layer] for layer, names in before.items() if after.get(layer, names) != names}
        if changed:
            recorded[producer][path.parent.parent.name] = changed
out.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
