"""Makes weights files as Keras 1 and Theano laid convolutions out, and what real Keras reads from them.

    python tools/record/make_old_weights.py [DIR]        # TensorFlow 2.2.3

For each case of DIR (default tests/keras/data/old_weights): NAME.h5, and in expected.npz the weights that a model of NAME.json
has after load_weights, as NAME/0, NAME/1, ... A file says who wrote it by two attributes, or does not.
"""
import pathlib
import sys

from producer import keras, np

import h5py

L = keras.layers
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/old_weights"


def inner():
    return keras.Sequential([keras.Input((7, 7, 2)), L.Conv2D(3, (2, 4), name="in_c"), L.BatchNormalization(name="in_n")], name="inner")


# name: (layer, input shape, shape of the kernel in the file, attributes)
OLD, NEW = {}, {"keras_version": "2.0.8"}
CASES = {
    "conv1d": (lambda: L.Conv1D(4, 3, name="c"), (8, 2), (3, 1, 2, 4), OLD),
    "conv1d_1_1": (lambda: L.Conv1D(4, 3, name="c"), (8, 2), (4, 2, 3, 1), OLD),
    "conv2d_last": (lambda: L.Conv2D(4, (3, 2), name="c"), (8, 8, 2), (3, 2, 2, 4), OLD),
    "conv2d_first": (lambda: L.Conv2D(4, (3, 2), data_format="channels_first", name="c"), (2, 8, 8), (4, 2, 3, 2), OLD),
    "conv3d_first": (
        lambda: L.Conv3D(4, (3, 2, 1), data_format="channels_first", name="c"), (2, 8, 8, 8), (4, 2, 3, 2, 1), OLD),
    "theano_2d": (lambda: L.Conv2D(4, (3, 2), name="c"), (8, 8, 2), (3, 2, 2, 4), dict(NEW, backend="theano")),
    "theano_1d": (lambda: L.Conv1D(4, 3, name="c"), (8, 2), (3, 2, 4), dict(NEW, backend="theano")),
    "theano_old": (
        lambda: L.Conv2D(4, (3, 2), data_format="channels_first", name="c"), (2, 8, 8), (4, 2, 3, 2), {"backend": "theano"}),
    "filters_first": (lambda: L.Conv2D(4, (3, 2), name="c"), (8, 8, 2), (2, 4, 2, 3), dict(NEW, backend="tensorflow")),
    "theano_nested": (inner, (7, 7, 2), (2, 4, 2, 3), dict(NEW, backend="theano")),
    "separable_is_left": (lambda: L.DepthwiseConv2D((3, 2), name="c"), (8, 8, 2), (3, 2, 2, 1), dict(NEW, backend="theano")),
}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.RandomState(3)
    expected = {}
    for name, (make, shape, kernel_shape, attributes) in CASES.items():
        keras.backend.clear_session()
        model = keras.Sequential([keras.Input(shape), make()], name="m")
        values = [rng.normal(size=w.shape).astype("float32") for w in model.weights]
        values[0] = rng.normal(size=kernel_shape).astype("float32")
        with h5py.File(OUT / (name + ".h5"), "w") as f:
            for key, value in attributes.items():
                f.attrs[key] = value.encode()
            layer = model.layers[0]
            f.attrs["layer_names"] = [layer.name.encode()]
            group = f.create_group(layer.name)
            group.attrs["weight_names"] = [w.name.encode() for w in model.weights]
            for weight, value in zip(model.weights, values):
                group[weight.name] = value
        model.load_weights(str(OUT / (name + ".h5")))
        (OUT / (name + ".json")).write_text(model.to_json() + "\n")
        for i, value in enumerate(model.get_weights()):
            expected["%s/%d" % (name, i)] = value
    np.savez(OUT / "expected.npz", **expected)


main()
