"""Records layers with LoRA: tests/keras/data/lora/keras-3.15.1.json and .npz, and of each model NAME.keras, NAME.h5 and
NAME.weights.h5.

    python tools/record/record_lora.py [DIR]   # Keras 3.15.1
"""
import json
import pathlib
import sys

from producer import PRODUCER, failing, keras
from recorded_models import Arrays, reversed_too, rounded, sequential

import h5py
import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/lora"
L = keras.layers
arrays = Arrays()
save, save_all = arrays.save, arrays.save_all


def stored(value):
    """A weight of a file: h5py gives bfloat16 as two bytes without a type."""
    return value if value.dtype.kind != "V" else (value.view("uint16").astype("uint32") << 16).view("float32")


def enabled(shape, layer, rank, alpha):
    """A model that has predicted before its layer is told to."""
    model = keras.Sequential([keras.Input(shape), layer])
    model.predict(np.zeros((1,) + shape), verbose=0)
    layer.enable_lora(rank, lora_alpha=alpha)
    return model


MODELS = {
    "dense": lambda: sequential((4,), L.Dense(3, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.125), lora_rank=2)),
    "alpha_forgotten": lambda: sequential((4,), L.Dense(3, use_bias=False, lora_rank=2, lora_alpha=6)),
    "over_time": lambda: sequential((5, 4), L.Dense(3, lora_rank=1)),
    "einsum": lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", lora_rank=2, lora_alpha=3.0)),
    "embedding": lambda: sequential((3,), L.Embedding(7, 4, lora_rank=2, lora_alpha=5)),
    "reversible": lambda: reversed_too(L.ReversibleEmbedding(7, 4, lora_rank=2)),
    "conv1d": lambda: sequential((6, 3), L.Conv1D(4, 2, padding="causal", lora_rank=2, lora_alpha=5)),
    "conv2d": lambda: sequential((5, 4, 4), L.Conv2D(6, (3, 2), groups=2, lora_rank=3, lora_alpha=1.5)),
    "conv3d": lambda: sequential((3, 3, 3, 2), L.Conv3D(2, 2, lora_rank=1)),
    "frozen": lambda: sequential((4,), L.Dense(3, lora_rank=2, trainable=False), L.Dense(2)),
    "enabled": lambda: enabled((4,), L.Dense(3), 2, 7),
    "enabled_embedding": lambda: enabled((3,), L.Embedding(7, 4), 2, None),
    "mixed": lambda: sequential((4,), L.Dense(3, lora_rank=2, dtype="mixed_bfloat16")),
}


records = {}
OUT.mkdir(parents=True, exist_ok=True)
for name, make in MODELS.items():
    keras.backend.clear_session()
    rng = np.random.RandomState(len(name))
    model = make()
    shape = model.input_shape[1:]
    x = rng.randint(0, 7, (4,) + shape) if "embedding" in name or name == "reversible" else rounded(rng, (4,) + shape)
    model.set_weights([rounded(rng, w.shape) for w in model.get_weights()])
    model.compile(keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
    record = {"config": model.to_json(), "weights": save_all(name + "/weights", model.get_weights()),
              "paths": [w.path for w in model.weights], "trainable": [w.path for w in model.trainable_weights]}
    save(name + "/x", x)
    y = model.predict(x, verbose=0)
    save(name + "/y", y)
    for kind in ("keras", "h5"):
        file = OUT / (name + "." + kind)
        model.save(file)
        again = keras.models.load_model(file)
        # The optimizer's state is of these weights in both.
        record["paths_of_" + kind] = [w.path for w in again.weights]
        save_all(name + "/" + kind, again.get_weights())
        save(name + "/y_of_" + kind, again.predict(x, verbose=0))
    model.save_weights(OUT / (name + ".weights.h5"))
    with h5py.File(OUT / (name + ".weights.h5")) as file:
        record["stored"] = [n for n in ("layers/%s/vars" % k for k in file["layers"]) for n in sorted(n + "/" + i for i in file[n])]
        save_all(name + "/stored", [stored(file[n][()]) for n in record["stored"]])
    towards = rounded(rng, y.shape)
    save(name + "/towards", towards)
    record["losses"] = [float(model.train_on_batch(x, towards)) for _ in range(3)]
    save_all(name + "/trained", model.get_weights())
    save(name + "/y_trained", model.predict(x, verbose=0))
    records[name] = record


def built(layer, shape=(None, 4)):
    layer.build(shape)
    return layer


ERRORS = {
    "not_built": lambda: L.Dense(3).enable_lora(2),
    "twice": lambda: built(L.Dense(3, lora_rank=2)).enable_lora(2),
    "constraint": lambda: built(L.Dense(3, kernel_constraint="max_norm", lora_rank=2)),
    "constraint_of_embeddings": lambda: built(L.Embedding(3, 2, embeddings_constraint="max_norm", lora_rank=2)),
    "constraint_before_build": lambda: L.Conv1D(3, 2, kernel_constraint="max_norm").enable_lora(2),
}
errors = {name: failing(call) for name, call in ERRORS.items()}
np.savez(OUT / (PRODUCER + ".npz"), **arrays)
(OUT / (PRODUCER + ".json")).write_text(json.dumps({"models": records, "errors": errors}, indent=1) + "\n")
