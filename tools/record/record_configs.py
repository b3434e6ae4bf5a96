"""Records constructors, get_config() and small values of layers, initializers, regularizers and constraints.

    python tools/record/record_configs.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

See tests/keras/data/configs/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import inspect
import json
import pathlib
import sys
import zipfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/configs"

FULL = dict(activation="relu", use_bias=False, kernel_initializer="he_normal", bias_initializer="ones", kernel_regularizer="l2", bias_regularizer="l1",
            kernel_constraint="non_neg", bias_constraint="max_norm", name="other", trainable=False)
CONV = dict(FULL, strides=2, padding="same", data_format="channels_last")
DEPTH = {k.replace("kernel_", "depthwise_"): v for k, v in CONV.items()}
LAYERS = {  # name -> (arguments without which it cannot be made, other arguments)
    "InputLayer": (dict(input_shape=(3,)) if not KERAS3 else dict(shape=(3,)), dict(dtype="int32", name="other", batch_size=2)),
    "Dense": (dict(units=3), dict(FULL)),
    "Activation": (dict(activation="relu"), dict(activation="tanh", name="other", dtype="float64")),
    "ReLU": ({}, dict(max_value=6.0, negative_slope=0.1, threshold=0.5)),
    "LeakyReLU": ({}, dict(negative_slope=0.2) if KERAS3 else dict(alpha=0.2)),
    "ELU": ({}, dict(alpha=0.5)),
    "PReLU": ({}, dict(shared_axes=[1], alpha_initializer="ones", alpha_constraint="non_neg")),
    "ThresholdedReLU": ({}, dict(theta=2.0)),
    "Softmax": ({}, dict(axis=1)),
    "Dropout": (dict(rate=0.5), dict(rate=0.25, noise_shape=(None, 1), seed=3)),
    "Flatten": ({}, dict(data_format="channels_first")),
    "Reshape": (dict(target_shape=(2, 3)), dict(target_shape=(-1, 2), name="other")),
    "Permute": (dict(dims=(2, 1)), dict(dims=(3, 1, 2))),
    "RepeatVector": (dict(n=3), dict(n=5, name="other")),
    "Embedding": (dict(input_dim=5, output_dim=3),
                  dict(embeddings_initializer="zeros", embeddings_regularizer="l2", embeddings_constraint="unit_norm", mask_zero=True, **({} if KERAS3 else dict(input_length=7)))),
    "BatchNormalization": ({}, dict(axis=1, momentum=0.9, epsilon=1e-5, center=False, scale=False, beta_initializer="ones", gamma_initializer="he_normal",
                                    moving_mean_initializer="ones", moving_variance_initializer="zeros", beta_regularizer="l2", gamma_regularizer="l1", beta_constraint="non_neg",
                                    gamma_constraint="max_norm")),
    "LayerNormalization": ({}, dict(axis=(1, 2), epsilon=1e-5, center=False, scale=False, beta_initializer="ones", gamma_initializer="zeros", beta_regularizer="l2",
                                    gamma_regularizer="l1", beta_constraint="non_neg", gamma_constraint="max_norm")),
    "Conv1D": (dict(filters=2, kernel_size=3), dict(CONV, padding="causal", strides=1, dilation_rate=2)),
    "Conv2D": (dict(filters=2, kernel_size=3), dict(CONV, strides=(2, 1), **({} if OLD else dict(groups=2)))),
    "Conv3D": (dict(filters=2, kernel_size=3), dict(CONV)),
    "DepthwiseConv2D": (dict(kernel_size=3), dict(DEPTH, depth_multiplier=2)),
    "SeparableConv1D": (dict(filters=2, kernel_size=3), {}),
    "SeparableConv2D": (dict(filters=2, kernel_size=3), dict(strides=2, padding="same", dilation_rate=1, depth_multiplier=2, activation="relu", use_bias=False,
                                                             depthwise_initializer="he_normal", pointwise_initializer="ones", bias_initializer="ones", depthwise_regularizer="l1",
                                                             pointwise_regularizer="l2", bias_regularizer="l1", depthwise_constraint="non_neg", pointwise_constraint="max_norm",
                                                             bias_constraint="unit_norm")),
    "ZeroPadding1D": ({}, dict(padding=(1, 2))),
    "ZeroPadding2D": ({}, dict(padding=((1, 2), (3, 0)), data_format="channels_first")),
    "Add": ({}, dict(name="other")), "Multiply": ({}, dict(name="other")), "Subtract": ({}, dict(name="other")), "Average": ({}, dict(name="other")),
    "Maximum": ({}, dict(name="other")), "Minimum": ({}, dict(name="other")),
    "Concatenate": ({}, dict(axis=1, name="other")),
    "Rescaling": (dict(scale=0.5), dict(scale=1 / 255.0, **({} if OLD else dict(offset=-1.0)))),
    "Normalization": ({}, dict(axis=1) if OLD else dict(axis=None, mean=1.5, variance=4.0)),
}
for kind in ("Max", "Average"):
    needed = dict(pool_size=2) if KERAS3 else {}
    LAYERS[kind + "Pooling1D"] = (needed, dict(pool_size=3, strides=1, padding="same", data_format="channels_first"))
    LAYERS[kind + "Pooling2D"] = (needed, dict(pool_size=(3, 2), strides=(1, 2), padding="same", data_format="channels_first"))
    LAYERS["Global" + kind + "Pooling1D"] = ({}, dict(data_format="channels_first"))
    LAYERS["Global" + kind + "Pooling2D"] = ({}, dict(data_format="channels_first"))
INITIALIZERS = {
    "Zeros": ({}, {}), "Ones": ({}, {}), "Constant": ({}, dict(value=2.5)), "RandomNormal": ({}, dict(mean=1.0, stddev=0.2, seed=7)),
    "RandomUniform": ({}, dict(minval=-1.0, maxval=2.0, seed=7)), "TruncatedNormal": ({}, dict(mean=1.0, stddev=0.2, seed=7)),
    "VarianceScaling": ({}, dict(scale=2.0, mode="fan_avg", distribution="uniform", seed=7)), "Orthogonal": ({}, dict(gain=2.0, seed=7)),
    "Identity": ({}, dict(gain=2.0)), "GlorotNormal": ({}, dict(seed=7)), "GlorotUniform": ({}, dict(seed=7)), "HeNormal": ({}, dict(seed=7)), "HeUniform": ({}, dict(seed=7)),
    "LecunNormal": ({}, dict(seed=7)), "LecunUniform": ({}, dict(seed=7)), "IdentityInitializer": ({}, dict(gain=2.0)), "OrthogonalInitializer": ({}, dict(gain=2.0, seed=7)),
    "STFT": ({}, dict(side="imag", window="hamming", scaling="spectrum", periodic=True)),
}
REGULARIZERS = {"L1": ({}, dict(l1=0.02)), "L2": ({}, dict(l2=0.03)), "L1L2": ({}, dict(l1=0.02, l2=0.03)),
                "OrthogonalRegularizer": ({}, dict(factor=0.05, mode="columns"))}
CONSTRAINTS = {"MaxNorm": ({}, dict(max_value=1.5, axis=1)), "NonNeg": ({}, {}), "UnitNorm": ({}, dict(axis=1)),
               "MinMaxNorm": ({}, dict(min_value=0.5, max_value=1.5, rate=0.8, axis=1)), "RadialConstraint": ({}, {})}
WORDS = {  # every spelling that get() is asked for
    "initializers": "Zeros zeros zero Ones ones one Constant constant RandomNormal random_normal RandomUniform random_uniform TruncatedNormal truncated_normal VarianceScaling "
                    "variance_scaling Orthogonal orthogonal OrthogonalInitializer Identity identity IdentityInitializer eye GlorotNormal glorot_normal GlorotUniform glorot_uniform "
                    "HeNormal he_normal HeUniform he_uniform LecunNormal lecun_normal LecunUniform lecun_uniform normal uniform",
    "regularizers": "L1 l1 L2 l2 L1L2 l1_l2 l1l2 OrthogonalRegularizer orthogonal_regularizer orthogonal",
    "constraints": "MaxNorm max_norm maxnorm NonNeg non_neg nonneg UnitNorm unit_norm unitnorm MinMaxNorm min_max_norm minmaxnorm RadialConstraint radial_constraint",
}


def signature(cls):
    rows = []
    for name, p in inspect.signature(cls.__init__).parameters.items():
        if name == "self" or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue
        rows.append({"name": name, "required": True} if p.default is p.empty else {"name": name, "default": p.default})
    return rows


def record(module, table):
    found = {}
    for name, (needed, other) in table.items():
        cls = getattr(module, name, None)
        if cls is None and name in ("Rescaling", "Normalization"):
            cls = getattr(getattr(getattr(module, "experimental", None), "preprocessing", None), name, None)
        if cls is None:
            continue
        keras.backend.clear_session()
        entry = {"class_name": cls.__name__, "signature": signature(cls), "default_arguments": needed}
        entry["default_config"] = cls(**needed).get_config()
        arguments = dict(needed, **other)
        try:
            entry["other_config"] = cls(**arguments).get_config()
            entry["other_arguments"] = arguments
        except (TypeError, ValueError) as e:
            entry["other_refused"] = {"arguments": arguments, "error": type(e).__name__, "message": str(e)}
        if hasattr(module, "serialize"):
            entry["serialized"] = module.serialize(cls(**arguments) if "other_config" in entry else cls(**needed))
        found[name] = entry
    return found


def spellings(module, kind):
    found = {}
    for word in WORDS[kind].split():
        try:
            got = module.get(word)
            found[word] = {"class_name": got.__name__ if inspect.isfunction(got) else type(got).__name__, "config": got.get_config() if hasattr(got, "get_config") else None}
        except Exception as e:
            found[word] = {"error": type(e).__name__, "message": str(e)}
    return found


def values():
    """Arrays: NAME_inI / NAME_out... described in rows."""
    rng = np.random.RandomState(5)
    arrays, rows = {}, []

    def add(kind, name, arguments, inputs, result, shape=None):
        key = "v%d" % len(rows)
        row = {"kind": kind, "class_name": name, "arguments": arguments, "output": key + "_out"}
        arrays[key + "_out"] = np.asarray(result)
        if inputs is not None:
            row["input"] = key + "_in"
            arrays[key + "_in"] = inputs
        if shape is not None:
            row["shape"] = list(shape)
        rows.append(row)

    for name, arguments, shape in (("Zeros", {}, (3, 4)), ("Ones", {}, (2, 3, 2)), ("Constant", dict(value=2.5), (3,)), ("Identity", {}, (4, 4)), ("Identity", dict(gain=2.0), (3, 5)),
                                   ("Identity", {}, (5, 2))):
        add("initializer", name, arguments, None, getattr(keras.initializers, name)(**arguments)(shape), shape)
    for arguments in (({}, dict(side="imag"), dict(window=None), dict(scaling="spectrum"), dict(scaling=None, periodic=True)) if hasattr(keras.initializers, "STFT") else ()):
        add("initializer", "STFT", arguments, None, keras.initializers.STFT(**arguments)((20, 1, 11)), (20, 1, 11))
    x, conv = [rng.normal(0, 1, s).astype("float32") for s in ((3, 4), (3, 3, 2, 5))]
    for name, arguments in (("L1", {}), ("L1", dict(l1=0.02)), ("L2", {}), ("L2", dict(l2=0.03)), ("L1L2", {}), ("L1L2", dict(l1=0.02, l2=0.03)), ("OrthogonalRegularizer", {}),
                            ("OrthogonalRegularizer", dict(factor=0.05, mode="columns"))):
        cls = getattr(keras.regularizers, name, None)
        for array in (x, conv):
            if cls is not None and not (name[0] == "O" and array.ndim != 2):
                add("regularizer", name, arguments, array, cls(**arguments)(tf.constant(array)))
    for name, arguments in (("MaxNorm", {}), ("MaxNorm", dict(max_value=0.7)), ("MaxNorm", dict(max_value=0.7, axis=1)), ("MaxNorm", dict(max_value=0.7, axis=[0, 1])), ("NonNeg", {}),
                            ("UnitNorm", {}), ("UnitNorm", dict(axis=1)), ("MinMaxNorm", {}), ("MinMaxNorm", dict(min_value=0.5, max_value=0.9, rate=0.8, axis=1)),
                            ("MinMaxNorm", dict(min_value=3.0, max_value=4.0))):
        for array in (x, conv, np.zeros((2, 3), "float32")):
            add("constraint", name, arguments, array, getattr(keras.constraints, name)(**arguments)(tf.constant(array)))
    radial = getattr(keras.constraints, "RadialConstraint", None)
    if radial is not None:
        for size in (3, 4, 5):
            array = rng.normal(0, 1, (size, size, 2, 3)).astype("float32")
            add("constraint", "RadialConstraint", {}, array, radial()(tf.constant(array)))
    for name in ("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
                 "Orthogonal"):
        cls = getattr(keras.initializers, name, None) or getattr(keras.initializers, {"HeNormal": "he_normal", "HeUniform": "he_uniform", "LecunNormal": "lecun_normal",
                                                                                       "LecunUniform": "lecun_uniform"}[name])
        for seed, shape in ((42, (64, 32)), (7, (3, 3, 2, 8))):
            tf.random.set_seed(1)  # the op's own counters begin anew
            if not KERAS3:
                keras.backend.clear_session()
            add("random initializer", name, dict(seed=seed), None, cls(seed=seed)(shape), shape)
    if not OLD:  # 2.2.3 has no set_random_seed
        for seed in (0, 1337):
            keras.utils.set_random_seed(seed)
            for turn in range(3):
                made = keras.initializers.GlorotUniform()
                add("unseeded initializer %d after set_random_seed" % turn, "GlorotUniform", dict(set_random_seed=seed), None, made((4, 3)), (4, 3))
    return arrays, rows


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    made = {"producer": PRODUCER}
    for kind, module, table in (("layers", keras.layers, LAYERS), ("initializers", keras.initializers, INITIALIZERS), ("regularizers", keras.regularizers, REGULARIZERS),
                                ("constraints", keras.constraints, CONSTRAINTS)):
        made[kind] = record(module, table)
        if kind in WORDS:
            made[kind + "_by_name"] = spellings(module, kind)
    arrays, made["values"] = values()
    text = json.dumps(made, default=plain, indent=1)
    (OUT / (PRODUCER + ".json")).write_text(text + "\n")
    with zipfile.ZipFile(str(OUT / (PRODUCER + ".npz")), "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
    refused = [n for k in ("layers", "initializers", "regularizers", "constraints") for n, e in made[k].items() if "other_refused" in e]
    print(PRODUCER, {k: len(made[k]) for k in made if k != "producer"}, "refused:", refused)
    for n in refused:
        print("  ", n, [made[k][n]["other_refused"]["message"][:150] for k in ("layers", "initializers", "regularizers", "constraints") if n in made[k]])


main()
