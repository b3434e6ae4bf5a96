"""One real Keras trains the models of peer_models.py: python train_peers.py PRODUCER FOLDER ONEDNN MODEL:OPTIMIZER...

With ONEDNN 0 it makes each model, compiled, and saves it with its data; then it trains 200 steps, a batch of all samples
each, and writes the losses: FOLDER/MODEL-OPTIMIZER.{h5,keras}, MODEL-x.npy, MODEL-y.npy, MODEL-OPTIMIZER-own0.npy. Then
the same from weights that are one bit off, every other one: ...-nudged.npy. With ONEDNN 1 it trains from the saved
weights, and writes ...-own1.npy. With ONEDNN "shaken" it does so again and again with oneDNN off, half of the weights one
bit off, up or down, after each step, and writes ...-shaken0.npy and so on. Without MODEL:OPTIMIZER it prints all that
there are.
"""
import os
import pathlib
import sys

import numpy as np

import peer_models
import real_keras

producer, folder, onednn = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
real = real_keras.start(producer, onednn="1" if onednn == "1" else "0")
keras = real.keras
optimizers = peer_models.optimizers_of(keras)
if len(sys.argv) == 4:
    print("\n".join(m + ":" + o for m in peer_models.ROWS for o in optimizers))


def compiled(name, optimizer):
    keras.backend.clear_session()
    model = peer_models.make(keras, name)
    # XLA, which Keras 3 would use, takes no oneDNN, and ten seconds to compile.
    without_xla = dict(jit_compile=False) if producer == "keras-3" else {}
    model.compile(optimizers[optimizer](), "sparse_categorical_crossentropy", **without_xla)
    return model


def nudged(weight):
    other = np.nextafter(weight, np.float32(np.inf))
    return np.where(np.arange(weight.size).reshape(weight.shape) % 2, other, weight)


def shaken(weight, random):
    towards = random.choice(np.array([-np.inf, 0, 0, np.inf], "float32"), weight.shape)
    return np.where(towards == 0, weight, np.nextafter(weight, towards))


def save_losses(name, optimizer, weights, what, random=None):
    model = compiled(name, optimizer)
    model.set_weights(weights)
    # As loading the file does. Built within the first step, Keras 3's ScheduleFreeAdamW begins at zeros instead of the
    # weights, and 2.15's Nadam counts other updates (tests/keras/data/compiled_optimizers).
    if hasattr(model.optimizer, "build"):
        model.optimizer.build(model.trainable_variables)
    stem = str(folder / (name + "-" + optimizer.replace(" ", "_")))
    if what == "own0":
        # An archive does not keep what a legacy optimizer is set to.
        model.save(stem + (".h5" if producer == "tf-2.2.3" or optimizer.startswith("legacy") else ".keras"))
    x, y = peer_models.data_of(name)
    losses = []
    for _ in range(peer_models.STEPS):
        losses.append(real.train(model, x, y)[0])
        if random:
            model.set_weights([shaken(weight, random) for weight in model.get_weights()])
    np.save(stem + "-" + what + ".npy", np.asarray(losses))


for each in sys.argv[4:]:
    name, optimizer = each.split(":")
    x, y = peer_models.data_of(name)
    start = folder / (name + "-weights.npz")
    if not start.exists():
        np.savez(str(start), *peer_models.initial(compiled(name, optimizer).get_weights()))
        np.save(str(folder / (name + "-x.npy")), x)
        np.save(str(folder / (name + "-y.npy")), y)
    with np.load(str(start)) as file:
        weights = [file["arr_%d" % i] for i in range(len(file.files))]
    if onednn == "shaken":
        for i in range(peer_models.SHAKEN):
            save_losses(name, optimizer, weights, "shaken%d" % i, np.random.RandomState(i))
        continue
    save_losses(name, optimizer, weights, "own" + onednn)
    if onednn == "0":
        save_losses(name, optimizer, [nudged(weight) for weight in weights], "nudged")
