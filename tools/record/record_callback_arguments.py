"""Records which callbacks each Keras exports, with the arguments of their constructors.

    python tools/record/record_callback_arguments.py [tf_keras]

Run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3, and with the latter for "tf_keras" too. Writes
tests/keras/data/callback_arguments/PRODUCER.json: {class: [argument, ...]}. What a class takes by **kwargs (in Keras 2 older
names, in LambdaCallback any hook) is found in its source: kwargs["name"] and `"name" in kwargs`.
"""
import importlib
import inspect
import json
import pathlib
import re
import sys

from producer import PRODUCER, keras

if "tf_keras" in sys.argv:
    keras = importlib.import_module("tf_keras")
    PRODUCER = "tf_keras-" + keras.__version__
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/callback_arguments"

classes = {}
for name, value in vars(keras.callbacks).items():
    if inspect.isclass(value):
        parameters = list(inspect.signature(value.__init__).parameters.values())[1:]
        names = [p.name for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
        if any(p.kind == p.VAR_KEYWORD for p in parameters):
            text = inspect.getsource(value)
            found = re.findall(r"""["'](\w+)["'] in kwargs|kwargs(?:\.get\(|\.pop\(|\[)["'](\w+)["']""", text)
            names += sorted({a or b for a, b in found} - set(names))
        classes[name] = names
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(dict(sorted(classes.items())), indent=1) + "\n")
print(PRODUCER, len(classes), "classes")
