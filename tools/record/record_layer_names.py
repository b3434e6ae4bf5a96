"""Records the names of Keras's own layer classes: record_layer_names.py, in each producer's environment, one after another.

Adds to src/keras/serialization/keras_layer_names.inc, which the library includes to tell a layer of Keras that it does not
have from a class of the user's own: the names that layers are exported by, and those of their classes, which files have.
"""
import inspect
import pathlib

from producer import keras

FILE = pathlib.Path(__file__).resolve().parents[2] / "src/keras/serialization/keras_layer_names.inc"
HEAD = "// Keras's own layer classes. Written by tools/record/record_layer_names.py.\n"


def exported(module):
    names = set()
    for name, value in inspect.getmembers(module):
        if name.startswith("_"):
            continue
        if inspect.isclass(value) and issubclass(value, keras.layers.Layer):
            names |= {name, value.__name__}
        elif inspect.ismodule(value) and name in ("experimental", "preprocessing"):
            names |= exported(value)
    return names


known = set(FILE.read_text().replace(HEAD, "").replace('"', "").replace(",", "").split()) if FILE.exists() else set()
FILE.write_text(HEAD + "".join('"%s",\n' % name for name in sorted(known | exported(keras.layers))))
