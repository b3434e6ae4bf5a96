"""Makes the benchmark's models in Keras's formats and in those of the peers (ONNX, TFLite, SavedModel), with equal weights.

    python tools/record/make_peers.py DIR NAMES [APPS]      # first with TensorFlow 2.15.1, then again with Keras 3

NAMES: all, or some of guide,mlp,cnn,lstm,transformer,mobilenetv2,resnet50,efficientnetb0. APPS is the folder that
make_applications.py filled. The first run writes NAME.h5 and NAME_weights.npz; the second loads those weights and writes
NAME.keras, NAME_sm/ (SavedModel), NAME.onnx, NAME.tflite (float32; lstm's is for batch 1, lstm_b16.tflite for 16). Inputs and what TensorFlow 2.15 predicts for them:
NAME_x1.npy, NAME_x16.npy, NAME_y1.npy, NAME_y16.npy. The first run also writes, of the models that training is timed of:
NAME_train.h5 (compiled), NAME_train_x.npy, NAME_train_y.npy, and NAME_train_losses.npy: of three steps on the first batch.
"""
import os
import pathlib
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np
import tensorflow as tf
import keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from peer_models import build

ALL = "guide,mlp,cnn,lstm,transformer,mobilenetv2,resnet50,efficientnetb0"
APPLICATIONS = ("mobilenetv2", "resnet50", "efficientnetb0")
TRAINED = {"mlp": (64, 60), "cnn": (64, 60), "lstm": (64, 30), "resnet50": (16, 3)}  # batch, steps of an epoch


def first(name, out, apps):
    if name in APPLICATIONS:
        for end in ("h5", "npz"):
            source = f"{name}_weights.npz" if end == "npz" else f"{name}.h5"
            shutil.copy(apps / source, out / source)
        model = tf.keras.models.load_model(out / f"{name}.h5", compile=False)
        pair = np.load(apps / f"{name}_x.npy")

        def data(n):  # blends of the two pictures that belong to the model: white noise would saturate it
            share = np.linspace(1, 0, n).reshape(-1, 1, 1, 1).astype("float32")
            return share * pair[0] + (1 - share) * pair[1], None

    else:
        tf.keras.utils.set_random_seed(11)
        model, data = build(tf.keras, name)
        # Biases start at zero: give them values, so that a lost bias shows.
        rng = np.random.default_rng(11)
        model.set_weights([w + rng.normal(0, 0.05, w.shape).astype("float32") if w.ndim == 1 else w
                           for w in model.get_weights()])
        model.save(out / f"{name}.h5", include_optimizer=False)
        np.savez(out / f"{name}_weights.npz", **{f"w{i:03d}": w for i, w in enumerate(model.get_weights())})
    for count in (1, 16):
        x, _ = data(count)
        np.save(out / f"{name}_x{count}.npy", x)
        np.save(out / f"{name}_y{count}.npy", model.predict(x, verbose=0))
    if name in TRAINED:
        training(name, out)
    print(name, "h5 ok", flush=True)


def training(name, out):
    batch, steps = TRAINED[name]
    model, data = build(tf.keras, name)
    stored = np.load(out / f"{name}_weights.npz")
    model.set_weights([stored[k] for k in sorted(stored.files)])
    model.save(out / f"{name}_train.h5")
    x, y = data(batch * steps)
    np.save(out / f"{name}_train_x.npy", x)
    np.save(out / f"{name}_train_y.npy", y)
    np.save(out / f"{name}_train_losses.npy", [model.train_on_batch(x[:batch], y[:batch]) for _ in range(3)])


def without_erfc(path):
    """ONNX has Erf and no Erfc, which tf2onnx passes through: write it as 1 - Erf."""
    graph = onnx.load(path)
    nodes = list(graph.graph.node)
    if not any(n.op_type == "Erfc" for n in nodes):
        return
    del graph.graph.node[:]
    graph.graph.initializer.append(onnx.numpy_helper.from_array(np.array(1, np.float32), "one_of_erfc"))
    for n in nodes:
        if n.op_type == "Erfc":
            graph.graph.node.append(onnx.helper.make_node("Erf", n.input, [n.output[0] + "_erf"]))
            n = onnx.helper.make_node("Sub", ["one_of_erfc", n.output[0] + "_erf"], n.output)
        graph.graph.node.append(n)
    onnx.save(graph, path)


def with_statistics(path, model):
    """tf2onnx makes further inputs of what a Normalization layer keeps beside its weights: put the values in."""
    graph = onnx.load(path)
    for more in list(graph.graph.input)[len(model.inputs):]:
        layer = next(l for l in model.layers if isinstance(l, keras.layers.Normalization))
        value = np.asarray({"Sub/y:0": layer.mean, "Sqrt/x:0": layer.variance}[more.name.split("/", 2)[2]])
        graph.graph.initializer.append(onnx.numpy_helper.from_array(value, more.name))
        graph.graph.input.remove(more)
    onnx.save(graph, path)


def second(name, out):
    global onnx
    import onnx


    model, _ = build(keras, name)
    stored = np.load(out / f"{name}_weights.npz")
    values = [stored[k] for k in sorted(stored.files)]
    # EfficientNet's Normalization: Keras 3 keeps its count without a leading place.
    model.set_weights([v.reshape(w.shape) for v, w in zip(values, model.weights, strict=True)])
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # set_weights alone leaves the constants made from the old statistics
    for count in (1, 16):
        x = np.load(out / f"{name}_x{count}.npy")
        y = np.load(out / f"{name}_y{count}.npy")
        worst = np.abs(model.predict(x, verbose=0) - y).max()
        assert worst < 1e-4, (name, worst)
    model.save(out / f"{name}.keras")
    model.export(out / f"{name}_sm", verbose=False)
    model.export(out / f"{name}.onnx", format="onnx", verbose=False)
    without_erfc(out / f"{name}.onnx")
    with_statistics(out / f"{name}.onnx", model)
    try:
        (out / f"{name}.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(out / f"{name}_sm")).convert())
    except Exception:  # loops over time convert only at a fixed batch size
        for count, end in ((1, ""), (16, "_b16")):
            x = np.load(out / f"{name}_x{count}.npy")
            call = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(x.shape, x.dtype))
            call = convert_variables_to_constants_v2(call)  # TFLite's variables would stay empty
            (out / f"{name}{end}.tflite").write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([call]).convert())
    print(name, "peers ok, worst difference", worst, flush=True)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in (ALL if sys.argv[2] == "all" else sys.argv[2]).split(","):
        if keras.__version__.startswith("2."):
            first(name, out, pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None)
        else:
            second(name, out)


main()
