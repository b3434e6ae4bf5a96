"""Records image layers, normalizations and adaptive pools: outputs, and gradients where the input has one:
tests/keras/data/image_layers/PRODUCER.json and .npz, in the rows of record_rnn_layers.py.

    python tools/record/record_image_layers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3

Random layers are recorded in training with ranges of one value, which leave nothing to chance.
"""
import json
import pathlib
import sys
import zipfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/image_layers"
L = keras.layers
PREPROCESSING = getattr(getattr(L, "experimental", None), "preprocessing", None)
arrays, rows, left_out = {}, [], []


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def values(shape, scale=1.0):
    return np.random.RandomState(int(np.prod(shape)) + len(shape)).normal(0, scale, shape).astype("float32")


def class_of(cls):
    return getattr(L, cls, None) or getattr(PREPROCESSING, cls, None) or getattr(getattr(L, "experimental", None), cls, None)


def case(name, cls, arguments, shape, training=False, scale=1.0, mask=None, gradients=True):
    if class_of(cls) is None:
        return
    arguments = dict(arguments, name="layer")
    x = values(shape, scale)
    try:
        layer = class_of(cls)(**arguments)
        config = keras.layers.serialize(layer)
        inputs = [tf.constant(x)]
        kwargs = {"training": training} if cls.startswith("Random") and cls != "RandomFourierFeatures" else {}  # whose default is true
        if mask is not None:
            kwargs["mask"] = tf.constant(mask)
        layer(inputs[0], **kwargs)
        layer.set_weights([values(tuple(w.shape), 0.6) for w in layer.get_weights()])
        weights = [store(w) for w in layer.get_weights()]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            y = layer(inputs[0], **kwargs)
            loss = tf.reduce_sum(y * tf.cos(tf.reshape(tf.range(tf.size(y), dtype=y.dtype), tf.shape(y))))
        watched = inputs + [w.value if KERAS3 else w for w in layer.trainable_weights]
        try:
            found = tape.gradient(loss, watched, unconnected_gradients="zero")
        except LookupError:  # TensorFlow has none
            found, gradients = [tf.zeros_like(w) for w in watched], False
    except Exception as e:
        left_out.append("%s %s: %s" % (cls, name, str(e).split("\n")[0][:110]))
        return
    rows.append({
        "name": "%s %s" % (cls, name), "layer": config, "x": store(x), "mask": None if mask is None else store(mask), "initial_state": [], "training": training,
        "gradients": gradients, "weights": weights, "outputs": [store(y)], "input_gradients": [store(found[0])], "weight_gradients": [store(g) for g in found[1:]],
        "after": [store(w) for w in layer.get_weights()],
    })


def resizing():
    for interpolation in ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
        for size in ((5, 9), (3, 4), (6, 6)):
            case("%s %s" % (interpolation, size), "Resizing", dict(height=size[0], width=size[1], interpolation=interpolation), (2, 6, 6, 3))
    for size in ((4, 6), (9, 3)):
        case("crop %s" % (size,), "Resizing", dict(height=size[0], width=size[1], crop_to_aspect_ratio=True), (2, 7, 8, 3))
        case("pad %s" % (size,), "Resizing", dict(height=size[0], width=size[1], pad_to_aspect_ratio=True, fill_value=0.5), (2, 7, 8, 3))
    case("antialias", "Resizing", dict(height=3, width=4, antialias=True), (1, 8, 9, 2))
    case("antialias bicubic", "Resizing", dict(height=3, width=4, antialias=True, interpolation="bicubic"), (1, 8, 9, 2))
    case("channels first", "Resizing", dict(height=3, width=4, data_format="channels_first"), (1, 2, 8, 9))
    case("one image", "Resizing", dict(height=3, width=4), (8, 9, 2))
    for size in ((4, 3), (5, 6), (9, 10), (9, 4), (3, 12)):
        case(str(size), "CenterCrop", dict(height=size[0], width=size[1]), (2, 7, 8, 3))


def randoms():
    shape = (2, 7, 8, 3)
    for mode in () if OLD else ("reflect", "wrap", "constant", "nearest"):  # 2.2 has an older kernel
        for interpolation in ("bilinear", "nearest"):
            more = dict(fill_mode=mode, interpolation=interpolation)
            name = mode + " " + interpolation
            case(name, "RandomRotation", dict(more, factor=(0.1, 0.1)), shape, True, gradients=False)
            case(name, "RandomTranslation", dict(more, height_factor=(0.3, 0.3), width_factor=(-0.2, -0.2)), shape, True, gradients=False)
            case(name, "RandomZoom", dict(more, height_factor=(0.4, 0.4), width_factor=(-0.3, -0.3)), shape, True, gradients=False)
    case("one factor", "RandomZoom", dict(height_factor=(-0.25, -0.25)), shape, True, gradients=False)
    case("filled", "RandomRotation", dict(factor=(0.15, 0.15), fill_mode="constant", fill_value=0.5), shape, True, gradients=False)
    # One factor alone: 1 - lower = 1 + upper.
    case("one factor" if KERAS3 else "none", "RandomContrast", dict(factor=(-0.2, 0.2) if KERAS3 else (0.0, 0.0)), shape, True, 60.0)
    case("lighter", "RandomBrightness", dict(factor=(0.3, 0.3)), shape, True, 60.0)
    case("darker, range", "RandomBrightness", dict(factor=(-0.2, -0.2), value_range=(-3.0, 2.0)), shape, True)
    for cls, arguments in (("RandomFlip", {}), ("RandomRotation", dict(factor=0.2)), ("RandomCrop", dict(height=4, width=4)), ("RandomContrast", dict(factor=0.3))):
        case("inference", cls, arguments, (2, 7, 7, 3))


def normalizations():
    for axis, groups in ((-1, 2), (-1, 6), (-1, 1), (1, 5), (-1, -1)):
        case("axis %d groups %d" % (axis, groups), "GroupNormalization", dict(groups=groups, axis=axis), (3, 5, 4, 6))
    case("plain", "GroupNormalization", dict(groups=3, center=False, scale=False, epsilon=0.1), (3, 6))
    if not KERAS3:
        case("masked", "GroupNormalization", dict(groups=2), (2, 3, 4), mask=np.array([[[True], [True], [False]], [[True], [False], [True]]]))
    for axis in (-1, 1, (1, 2)):
        case("axis %s" % (axis,), "UnitNormalization", dict(axis=axis), (3, 4, 5))
    for axis in (-1, (1, 2)):
        case("axis %s" % (axis,), "RMSNormalization", dict(axis=axis), (3, 4, 5))
    for shared in (None, [1], [1, 2]):
        case("shared %s" % shared, "PReLU", dict(shared_axes=shared), (3, 4, 5, 2))


def pools():
    for kind in ("Max", "Average"):
        for size in (1, 3, 4, 7):
            sound = kind != "Max" or size != 1  # of a window larger than the input TensorFlow's gradient is what lies in memory
            case(str(size), "Adaptive%sPooling1D" % kind, dict(output_size=size), (2, 7, 3), gradients=sound)
            case(str(size), "Adaptive%sPooling2D" % kind, dict(output_size=(size, 2)), (2, 7, 5, 3), gradients=sound)
        case("channels first", "Adaptive%sPooling2D" % kind, dict(output_size=3, data_format="channels_first"), (2, 3, 7, 5))
        case("three", "Adaptive%sPooling3D" % kind, dict(output_size=(2, 3, 2)), (2, 4, 5, 3, 2))


def upsampling():
    for interpolation in ("area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest"):
        case(interpolation, "UpSampling2D", dict(size=(2, 3), interpolation=interpolation), (2, 4, 5, 3))
    case("channels first", "UpSampling2D", dict(size=2, interpolation="bilinear", data_format="channels_first"), (2, 3, 4, 5))
    for more in ({}, dict(scale=2.5, trainable=True), dict(kernel_initializer="laplacian", trainable=True)):
        case(str(more), "RandomFourierFeatures", dict(more, output_dim=6), (4, 3))


for family in (resizing, randoms, normalizations, pools, upsampling):
    family()
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text('{"rows": [\n' + ",\n".join(json.dumps(row, default=plain) for row in rows) + "\n]}\n")
with zipfile.ZipFile(OUT / (PRODUCER + ".npz"), "w", zipfile.ZIP_STORED) as f:
    for key, value in arrays.items():
        with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
            np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
print(PRODUCER, len(rows), "rows")
for text in left_out:
    print("left out:", text)
