"""One real Keras trains the models of peer_models.py: python train_peers.py PRODUCER FOLDER ONEDNN MODEL:OPTIMIZER...

With ONEDNN 0 it makes each model, compiled, and saves it with its data; then it trains 200 steps, a batch of all samples
each, and writes the losses: FOLDER/MODEL-OPTIMIZER.{h5,keras}, MODEL-x.npy, MODEL-y.npy, MODEL-OPTIMIZER-own0.npy. Then
the same from weights that are one bit off, every other one: ...-nudged.npy. With ONEDNN 1 it trains from the saved
weights, and writes ...-own1.npy. Without MODEL:OPTIMIZER it prints all that there are.
"""
import os
import pathlib
import sys

import numpy as np

import peer_models
import real_keras

producer, folder, onednn = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
real = real_keras.start(producer, onednn=onednn)
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


def save_losses(name, optimizer, weights, what):
    model = compiled(name, optimizer)
    model.set_weights(weights)
    if producer == "keras-3":  # which, within its first step, leaves at zeros what ScheduleFreeAdamW begins at the weights
        model.optimizer.build(model.trainable_variables)
    stem = str(folder / (name + "-" + optimizer.replace(" ", "_")))
    if what == "own0":
        # An archive does not keep what a legacy optimizer is set to.
        model.save(stem + (".h5" if producer == "tf-2.2.3" or optimizer.startswith("legacy") else ".keras"))
    x, y = peer_models.data_of(name)
    losses = [real.train(model, x, y)[0] for _ in range(peer_models.STEPS)]
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
    save_losses(name, optimizer, weights, "own" + onednn)
    if onednn == "0":
        save_losses(name, optimizer, [nudged(weight) for weight in weights], "nudged")
