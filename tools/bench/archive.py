"""A .keras archive of 1 GiB and a safetensors file of the same numbers, and how long safetensors takes to load its own
(bench/archive_bench.cpp loads the other).

    python tools/bench/archive.py make DIR    # with Keras 3 and safetensors: DIR/gib.keras, DIR/gib.safetensors
    python tools/bench/archive.py numbers DIR    # with safetensors: DIR/gib.safetensors alone
    python tools/bench/archive.py time DIR [RUNS]    # with safetensors
"""
import pathlib
import statistics
import sys
import time

import safetensors.numpy

what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if what in ("make", "numbers"):
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    values = {"dense_%d" % i: rng.random((4096, 4096), dtype="float32") for i in range(16)}
    safetensors.numpy.save_file(values, folder / "gib.safetensors")
if what == "make":
    import keras

    x = h = keras.Input((4096,))
    for i in range(16):
        h = keras.layers.Dense(4096, use_bias=False, kernel_initializer="zeros", name="dense_%d" % i)(h)
    model = keras.Model(x, h)
    for name, value in values.items():
        model.get_layer(name).set_weights([value])
    model.save(folder / "gib.keras")
if what == "time":
    taken = []
    for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 9):
        start = time.perf_counter()
        values = safetensors.numpy.load_file(folder / "gib.safetensors")
        taken.append((time.perf_counter() - start) * 1e3)
        del values
    print("safetensors load_file: median %.0f ms, least %.0f ms of %d" % (statistics.median(taken), min(taken), len(taken)))
