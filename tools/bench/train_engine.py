"""Times steps of fit of one engine on one model in a process of its own, and prints one line of JSON.

    train_engine.py tensorflow|keras3|pytorch FOLDER MODEL BATCH THREADS RUNS

FOLDER holds what tools/record/make_peers.py writes. Figures: median_ms and min_ms of a step, over RUNS epochs of the arrays
there after two that warm up (PyTorch, whose users write the loop: over its steps), losses of three steps on the first batch, made
before, version.
"""
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "record"))
WARM = 2


def keras_of(engine, threads):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if engine == "tensorflow":
        return tf.keras, tf.__version__
    import keras

    return keras, keras.__version__


def in_keras(engine, name, weights, x, y, batch, threads, runs):
    keras, version = keras_of(engine, threads)
    from peer_models import build

    model, _ = build(keras, name)
    model.set_weights([w.reshape(v.shape) for w, v in zip(weights, model.get_weights())])
    losses = [float(model.train_on_batch(x[:batch], y[:batch])) for _ in range(3)]

    class Timer(keras.callbacks.Callback):
        times = []

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.times.append(time.perf_counter() - self.start)

    model.fit(x, y, batch_size=batch, epochs=WARM + runs, verbose=0, callbacks=[Timer()])
    return [t / (len(x) / batch) for t in Timer.times[WARM:]], losses, version


def in_torch(_, name, weights, x, y, batch, threads, runs):
    import torch

    from torch_models import build

    torch.set_num_threads(threads)
    model = build(name, weights)
    model.train()
    x = torch.from_numpy(np.moveaxis(x, -1, 1).copy() if x.ndim == 4 else x)
    y = torch.from_numpy(y)
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    if y.is_floating_point():
        criterion = torch.nn.BCEWithLogitsLoss()
    else:
        y, criterion = y.long(), torch.nn.CrossEntropyLoss()

    def step(i):
        optimizer.zero_grad()
        loss = criterion(model(x[i : i + batch]), y[i : i + batch])
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step(0) for _ in range(3)]
    times = []
    for _ in range(WARM + runs):
        for i in range(0, len(x), batch):
            start = time.perf_counter()
            step(i)
            times.append(time.perf_counter() - start)
    return times[WARM * len(x) // batch :], losses, torch.__version__


def main():
    engine, folder, name = sys.argv[1:4]
    batch, threads, runs = [int(v) for v in sys.argv[4:7]]
    stored = np.load(f"{folder}/{name}_weights.npz")
    weights = [stored[k] for k in sorted(stored.files)]
    x, y = np.load(f"{folder}/{name}_train_x.npy"), np.load(f"{folder}/{name}_train_y.npy")
    run = in_torch if engine == "pytorch" else in_keras
    times, losses, version = run(engine, name, weights, x, y, batch, threads, runs)
    times.sort()
    print(json.dumps({"median_ms": 1e3 * times[len(times) // 2], "min_ms": 1e3 * times[0], "losses": losses, "version": version}))


main()
