"""Records what fit and evaluate of real Keras print: record_bar.py OUT_DIR, in an environment of one producer.

Writes OUT_DIR/<producer>.json: the text on a terminal (verbose=1) and that of verbose=2, of the same runs that
tests/keras/training/bar_test.cpp makes. The arrays and weights are made by wave() here and there.
"""
import json
import os
import pty
import subprocess
import sys

RUN = """
import producer
import numpy as np
from producer import keras

def wave(*shape, phase=0.0):
    return np.sin(np.arange(int(np.prod(shape))) * 0.7 + phase).reshape(shape).astype("float32")

x = keras.Input((5,), name="x")
model = keras.Model(x, keras.layers.Dense(2, name="o")(x))
model.set_weights([wave(5, 2), wave(2)])
model.compile("sgd", "mse", metrics=["mae"])
fit = dict(batch_size=4, epochs=2, shuffle=False, verbose=int(MODE))
print("FIT", flush=True)
model.fit(wave(14, 5), wave(14, 2, phase=1.0), validation_split=0.3, **fit)
print("EVALUATE", flush=True)
model.evaluate(wave(14, 5), wave(14, 2, phase=1.0) * 1e-4, batch_size=4, verbose=int(MODE))
print("PREDICT", flush=True)
model.predict(wave(14, 5), batch_size=4, verbose=int(MODE))
print("END", flush=True)
"""


def on_terminal(mode):
    """What the run writes to a terminal of its own."""
    written = bytearray()
    leader, follower = pty.openpty()
    run = subprocess.Popen([sys.executable, "-c", RUN.replace("MODE", repr(mode))], stdout=follower, stderr=subprocess.DEVNULL,
                           cwd=os.path.dirname(os.path.abspath(__file__)))
    os.close(follower)
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    run.wait()
    return written.decode()


def main(folder):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from producer import PRODUCER

    texts = {"verbose_%s" % mode: on_terminal(mode) for mode in ("1", "2")}
    with open("%s/%s.json" % (folder, PRODUCER), "w") as f:
        json.dump(texts, f, indent=1, sort_keys=True)


main(sys.argv[1])
