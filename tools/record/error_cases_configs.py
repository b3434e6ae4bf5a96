"""Layers made of a config that Keras refuses, or called on what it refuses, for error_cases.py. The rows of error_configs_*.py go into
errors.json, so that the test makes the same layers; what takes more than a config and an input is here."""
import inspect

import numpy as np

import error_configs_images
import error_configs_layers
from producer import OLD


def add(case, keras):
    L, Input = keras.layers, keras.Input
    older = getattr(getattr(L, "experimental", None), "preprocessing", None)

    def input_of(shape):
        return np.ones(shape[1:], "float32") if shape[:1] == ("ones",) else Input(shape, name="i")

    for name, class_name, config, *on in error_configs_layers.ROWS + error_configs_images.ROWS:
        made = getattr(L, class_name, None) or getattr(older, class_name, None)
        if made is None or (OLD and class_name == "Normalization" and set(config) & {"mean", "variance"}):  # arguments that came later
            continue

        def call(made=made, config=config, on=on):
            layer = made(name="l", **config)
            if not on:
                return layer
            training = on[0][:1] == ("ones",) and "training" in inspect.signature(layer.call).parameters
            return layer(input_of(on[0]), **({"training": True} if training else {}))

        call.row = {"layer": {"class_name": class_name, "config": dict(config, name="l")}}
        words = "%s(%s)" % (class_name, ", ".join("%s=%r" % item for item in config.items()))
        if on:
            ones = on[0][:1] == ("ones",)
            call.row["on"] = {"ones" if ones else "Input": on[0][1:] if ones else on[0]}
            words += " on " + ("ones %s" % (on[0][1:],) if ones else "Input(%s)" % (on[0],))
        case(name, words)(call)

    # Merges
    case("subtract_one", "Subtract(name='l') on a list of one Input((3,))")(lambda: L.Subtract(name="l")([Input((3,), name="i")]))
    for name in ("Maximum", "Minimum", "Average", "Multiply", "Subtract"):
        case(name.lower() + "_mismatch", "%s(name='l') on Input((3,)) and Input((4,))" % name)(lambda name=name: getattr(L, name)(name="l")([Input((3,), name="a"), Input((4,), name="b")]))
    case("concatenate_axis_0", "Concatenate(axis=0, name='c') on ones (2, 3) and ones (2, 4)")(
        lambda: L.Concatenate(axis=0, name="c")([np.ones((2, 3), "float32"), np.ones((2, 4), "float32")]))
    # Values out of range
    case("embedding_out_of_range", "Embedding(3, 2) on [[0, 5]]")(lambda: L.Embedding(3, 2)(np.array([[0, 5]])))
    case("embedding_negative_index", "Embedding(3, 2) on [[0, -1]]")(lambda: L.Embedding(3, 2)(np.array([[0, -1]])))
    if hasattr(L, "SpectralNormalization"):
        case("spectral_norm_negative", "SpectralNormalization(Dense(2), power_iterations=-1)")(lambda: L.SpectralNormalization(L.Dense(2), power_iterations=-1))
    if hasattr(L, "Normalization"):
        case("normalization_adapt_given", "Normalization(mean=1.0, variance=1.0).adapt(ones (2, 3))")(lambda: L.Normalization(mean=1.0, variance=1.0).adapt(np.ones((2, 3), "float32")))
