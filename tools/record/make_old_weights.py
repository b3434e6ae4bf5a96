"""Makes weights files as Keras 1 and Theano laid convolutions out, and Keras 1 LSTM and GRU, and what real Keras reads from them.

    python tools/record/make_old_weights.py [DIR]        # TensorFlow 2.2.3

For each case of DIR (default tests/keras/data/old_weights): NAME.h5, and in expected.npz the weights that a model of NAME.json
has after load_weights, as NAME/0, NAME/1, ... A file says who wrote it by two attributes, or does not. What Keras says of a file that
it does not read is in errors.json.
"""
import json
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
# name: (layer, input shape, gates, layers of so many gates, attributes): for each gate a kernel, a recurrent kernel and a bias
GATED = {
    "lstm_gates": (lambda: L.LSTM(3, name="c"), (5, 2), 4, 1, OLD),
    "gru_gates": (lambda: L.GRU(3, reset_after=False, name="c"), (5, 2), 3, 1, OLD),
    "bidirectional_gates": (lambda: L.Bidirectional(L.LSTM(3, name="c"), name="b"), (5, 2), 4, 2, OLD),
    "bidirectional_gru_gates": (lambda: L.Bidirectional(L.GRU(3, reset_after=False, name="c"), name="b"), (5, 2), 3, 2, OLD),
    "time_distributed_gates": (lambda: L.TimeDistributed(L.LSTM(3, name="c"), name="t"), (6, 5, 2), 4, 1, OLD),
    "gru_after_gates": (lambda: L.GRU(3, name="c"), (5, 2), 3, 1, OLD),
    "lstm_gates_of_2": (lambda: L.LSTM(3, name="c"), (5, 2), 4, 1, NEW),
    "lstm_odd_gates": (lambda: L.LSTM(3, name="c"), (5, 2), 4, 1, OLD),
}


def write(path, layer, names, values, attributes):
    with h5py.File(path, "w") as f:
        for key, value in attributes.items():
            f.attrs[key] = value.encode()
        f.attrs["layer_names"] = [layer.name.encode()]
        group = f.create_group(layer.name)
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, value in zip(names, values):
            group[name] = value


def gates(rng, units, features, count, layers, odd):
    names, values = [], []
    for k in range(layers):
        for gate in range(count):
            for kind, shape in (("W", (features + (odd and gate == 1), units)), ("U", (units, units)), ("b", (units,))):
                names.append("layer_%d_%s_%d" % (k, kind, gate))
                values.append(rng.normal(size=shape).astype("float32"))
    return names, values


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.RandomState(3)
    expected, errors = {}, {}
    for name, (make, shape, kernel_shape, attributes) in CASES.items():
        keras.backend.clear_session()
        model = keras.Sequential([keras.Input(shape), make()], name="m")
        values = [rng.normal(size=w.shape).astype("float32") for w in model.weights]
        values[0] = rng.normal(size=kernel_shape).astype("float32")
        write(OUT / (name + ".h5"), model.layers[0], [w.name for w in model.weights], values, attributes)
        model.load_weights(str(OUT / (name + ".h5")))
        (OUT / (name + ".json")).write_text(model.to_json() + "\n")
        for i, value in enumerate(model.get_weights()):
            expected["%s/%d" % (name, i)] = value
    for name, (make, shape, count, layers, attributes) in GATED.items():
        keras.backend.clear_session()
        model = keras.Sequential([keras.Input(shape), make()], name="m")
        names, values = gates(rng, 3, shape[-1], count, layers, "odd" in name)
        write(OUT / (name + ".h5"), model.layers[0], names, values, attributes)
        (OUT / (name + ".json")).write_text(model.to_json() + "\n")
        try:
            model.load_weights(str(OUT / (name + ".h5")))
        except ValueError as error:
            errors[name] = str(error)
            continue
        for i, value in enumerate(model.get_weights()):
            expected["%s/%d" % (name, i)] = value
    np.savez(OUT / "expected.npz", **expected)
    (OUT / "errors.json").write_text(json.dumps(errors, indent=1) + "\n")


main()
