"""Records TensorFlow's ops that apply an optimizer's step to variables: tests/graph/data/updates.json and .npz.

    python tools/record/record_updates.py [DIR]   # TensorFlow 2.15.1
"""
import json
import pathlib
import sys

from producer import keras  # noqa: F401 (sets TensorFlow's environment)

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/graph/data"
rng = np.random.RandomState(17)
arrays, rows = {}, []
# op, variables, (scalar or "grad")..., attributes
CASES = [("ResourceApplyGradientDescent", "var", "alpha delta", {}), ("ResourceApplyMomentum", "var accum", "lr grad momentum", {"use_nesterov": False}),
         ("ResourceApplyMomentum", "var accum", "lr grad momentum", {"use_nesterov": True}), ("ResourceApplyKerasMomentum", "var accum", "lr grad momentum", {"use_nesterov": False}),
         ("ResourceApplyKerasMomentum", "var accum", "lr grad momentum", {"use_nesterov": True}),
         ("ResourceApplyRMSProp", "var ms mom", "lr rho momentum epsilon grad", {}), ("ResourceApplyCenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad", {}),
         ("ResourceApplyAdam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad", {"use_nesterov": False}),
         ("ResourceApplyAdam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad", {"use_nesterov": True}),
         ("ResourceApplyAdamWithAmsgrad", "var m v vhat", "beta1_power beta2_power lr beta1 beta2 epsilon grad", {})]
SCALARS = {"alpha": 0.1, "lr": 0.05, "momentum": 0.75, "rho": 0.875, "epsilon": 0.01, "beta1": 0.875, "beta2": 0.96875, "beta1_power": 0.5, "beta2_power": 0.75}


def keep(value):
    key = "a%d" % len(arrays)
    # NumPy has no bfloat16: kept as the float32 of the same value.
    arrays[key] = tf.cast(value, tf.float32).numpy() if value.dtype == tf.bfloat16 else value.numpy()
    return key


for dtype in ("float32", "float64", "float16", "bfloat16"):
    for op, variables, inputs, attributes in CASES:
        names = variables.split()
        initial = [rng.uniform(-1, 1, (3, 7)) for _ in names]
        for i, name in enumerate(names):
            if name in ("ms", "v", "vhat"):
                initial[i] = np.abs(initial[i]) + 1.0  # so that ms - mg^2 is positive
        initial = [np.round(x * 64) / 64 for x in initial]
        made = [tf.Variable(tf.cast(tf.constant(x), dtype)) for x in initial]
        gradient = tf.cast(tf.constant(np.round(rng.uniform(-1, 1, (3, 7)) * 64) / 64), dtype)
        row = {"op": op, "dtype": dtype, "attrs": attributes, "before": [keep(v.value()) for v in made], "inputs": []}
        arguments = {n: v.handle for n, v in zip(names, made)}
        for name in inputs.split():
            value = gradient if name in ("grad", "delta") else tf.constant(SCALARS[name], dtype)
            arguments[name] = value
            row["inputs"].append(keep(value))
        getattr(tf.raw_ops, op)(**arguments, **attributes)
        row["after"] = [keep(v.value()) for v in made]
        rows.append(row)
OUT.mkdir(parents=True, exist_ok=True)
np.savez_compressed(str(OUT / "updates"), **arrays)
(OUT / "updates.json").write_text(json.dumps(rows) + "\n")
print(len(rows), "updates")
