"""Small files that declare much more than they hold: python make_hostile_files.py DIR (tests/keras/data/hostile_files)."""
import json
import sys

import h5py
import numpy as np


def config(layers, size):
    dense = [
        {
            "class_name": "Dense",
            "config": {"name": f"d{i}", "units": size, "use_bias": False, "batch_input_shape": [None, size]},
        }
        for i in range(layers)
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": dense}})


def model(path, layers, size, kernel):
    """kernel(group, name): makes a layer's kernel."""
    with h5py.File(path, "w") as f:
        f.attrs["keras_version"] = b"2.3.0-tf"
        f.attrs["backend"] = b"tensorflow"
        f.attrs["model_config"] = config(layers, size).encode()
        weights = f.create_group("model_weights")
        names = [f"d{i}".encode() for i in range(layers)]
        weights.attrs["layer_names"] = names
        for name in names:
            group = weights.create_group(name)
            group.attrs["weight_names"] = [b"kernel:0"]
            kernel(group, "kernel:0")


folder = sys.argv[1]
model(f"{folder}/unwritten.h5", 1, 20000, lambda g, n: g.create_dataset(n, (20000, 20000), "f4"))
model(f"{folder}/unwritten_chunks.h5", 1, 20000, lambda g, n: g.create_dataset(n, (20000, 20000), "f4", chunks=(100, 100)))
model(
    f"{folder}/unwritten_deflated.h5",
    1,
    20000,
    lambda g, n: g.create_dataset(n, (20000, 20000), "f4", chunks=(100, 100), compression="gzip"),
)
first = []


def again(group, name):
    """Every layer's kernel is the first layer's."""
    if first:
        group[name] = first[0]
    else:
        first.append(group.create_dataset(name, data=np.eye(128, dtype="f4")))


model(f"{folder}/one_for_all.h5", 40, 128, again)
# Lawful: deflated zeros, unwritten bits within what may be.
model(
    f"{folder}/zeros_deflated.h5", 1, 600, lambda g, n: g.create_dataset(n, data=np.zeros((600, 600), "f4"), compression="gzip")
)
model(f"{folder}/one_group_for_all.h5", 3, 2, lambda g, n: g.create_dataset(n, (2, 2), "f4"))
with h5py.File(f"{folder}/one_group_for_all.h5", "r+") as f:
    weights = f["model_weights"]
    for name in ("d1", "d2"):
        del weights[name]
        weights[name] = weights["d0"]
# A weight that takes the file's shape: more bins than any memory has.
with h5py.File(f"{folder}/unwritten_bins.h5", "w") as f:
    layer = {"name": "bins", "num_bins": 4, "epsilon": 0.01, "bin_boundaries": None, "batch_input_shape": [None, 1]}
    f.attrs["keras_version"] = b"2.15.0"
    f.attrs["backend"] = b"tensorflow"
    f.attrs["model_config"] = json.dumps(
        {"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Discretization", "config": layer}]}}
    ).encode()
    weights = f.create_group("model_weights")
    weights.attrs["layer_names"] = [b"bins"]
    group = weights.create_group("bins")
    group.attrs["weight_names"] = [b"Variable:0"]
    group.create_dataset("Variable:0", (2, 10**11), "f4", chunks=(2, 1000))
# Weights alone, each of which fits into memory.
with h5py.File(f"{folder}/unwritten_weights.h5", "w") as f:
    for i in range(4):
        f.create_dataset(f"layers/dense_{i}/vars/0", (20000, 20000), "f4", chunks=(100, 100))
