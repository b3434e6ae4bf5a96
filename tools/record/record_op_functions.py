"""Records models of one function each: keras.ops of Keras 3, tf.* of TensorFlow 2.15.

    python tools/record/record_op_functions.py [DIR]   # run with TensorFlow 2.15.1 and with Keras 3: one file each

See tests/keras/data/op_functions/README.md.
"""
import inspect
import json
import pathlib
import sys

import numpy as np

from producer import KERAS3, PRODUCER, keras
from op_function_cases import keras3_cases, tf_cases

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/op_functions"
RANDOM = np.random.RandomState(5)
INPUTS = {
    "x": np.round(RANDOM.randn(2, 3, 4), 2).astype("float32"),
    "y": np.round(RANDOM.randn(2, 3, 4), 2).astype("float32"),
    "p": np.round(RANDOM.rand(2, 3, 4) * 0.8 + 0.1, 2).astype("float32"),
    "q": np.round(RANDOM.rand(2, 3, 4) * 0.8 + 0.1, 2).astype("float32"),
    "n": RANDOM.randint(0, 7, (2, 3)).astype("int32"),
    "m": RANDOM.randint(0, 4, (2, 3)).astype("int32"),
    "image": np.round(RANDOM.rand(2, 4, 4, 3), 2).astype("float32"),
}


def main():
    cases = keras3_cases() if KERAS3 else tf_cases()
    records, arrays = {}, {"input." + name: value for name, value in INPUTS.items()}
    for name, (inputs, function) in cases.items():
        keras.backend.clear_session()
        symbols = [keras.Input(INPUTS[i].shape[1:], dtype=str(INPUTS[i].dtype), name=i) for i in inputs]
        outputs = function(*symbols)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        model = keras.Model(symbols, outputs)
        got = model([INPUTS[i] for i in inputs])
        got = list(got) if isinstance(got, (list, tuple)) else [got]
        records[name] = {"inputs": list(inputs), "json": model.to_json(), "outputs": len(got)}
        for i, value in enumerate(got):
            arrays["%s.%d" % (name, i)] = np.asarray(value)
    out = {"cases": records}
    if KERAS3:  # every operation that this Keras has
        from keras.src.ops import core, image, linalg, math, nn, numpy
        from keras.src.ops.operation import Operation

        out["operations"] = sorted({"ops>" + value.__name__ for module in (core, image, linalg, math, nn, numpy)
                                    for value in vars(module).values()
                                    if inspect.isclass(value) and issubclass(value, Operation) and value is not Operation})
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(out, indent=0, sort_keys=True) + "\n")
    np.savez_compressed(OUT / (PRODUCER + ".npz"), **arrays)
    print(len(records), "models of", PRODUCER)


if __name__ == "__main__":
    main()
