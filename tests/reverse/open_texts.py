"""SavedModels of TextVectorization layers that count, with a layer of weights behind them: those that this Keras wrote are
saved again by Hornbeam, and must predict there what the models did before they were saved.

    python open_texts.py HORNBEAM PRODUCER    # HORNBEAM: the program; PRODUCER: tf-2.2.3 or tf-2.15.1

(Read by 2.2 its own SavedModels know no words any more: docs/limits.md.) Exit code 1 when one fails.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import real_keras

hornbeam, producer = sys.argv[1:3]
real = real_keras.start(producer)
keras, target = real.keras, real_keras.TARGETS[producer][-1]
layers = keras.layers
TextVectorization = getattr(layers, "TextVectorization", None) or layers.experimental.preprocessing.TextVectorization
old = producer == "tf-2.2.3"
TEXTS = np.array([["the cat sat"], ["a dog ran far"], ["the dog"]], dtype=object)
x = real.tf.constant([["the cat"], ["dog far"], ["zebra the the"]])


def problem_of(mode, pad, folder):
    keras.backend.clear_session()
    words = TextVectorization(max_tokens=30, output_mode=mode, pad_to_max_tokens=pad)
    words.adapt(TEXTS)
    text = keras.Input((1,), dtype="string")
    model = keras.Model(text, layers.Dense(2)(real.tf.cast(words(text), "float32") if old else words(text)))
    wanted = model.predict_on_batch(x)
    model.save(str(folder / "given"), save_format="tf")
    done = subprocess.run([hornbeam, "convert", str(folder / "given"), str(folder / "made"), "--format", "saved_model",
                           "--target", target], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        return done.stderr.decode()
    try:
        got = real.open(folder / "made", compiled=False).predict_on_batch(x)
    except Exception as error:
        return real_keras.told(error)[:300]
    return "" if np.allclose(got, wanted, rtol=1e-6, atol=1e-6) else f"{got} instead of {wanted}"


passed, failed = 0, 0
for mode in ("binary", "count", "tf-idf") if old else ("multi_hot", "count", "tf_idf"):
    for pad in (False, True):
        with tempfile.TemporaryDirectory() as temporary:
            problem = problem_of(mode, pad, pathlib.Path(temporary))
        passed, failed = passed + (not problem), failed + bool(problem)
        if problem:
            print(f"failed: {mode}, pad_to_max_tokens={pad}: {problem}", flush=True)
print(f"texts: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
