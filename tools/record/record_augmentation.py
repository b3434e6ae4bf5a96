"""Records Keras 3's augmentation layers: what they make of images, labels, boxes and masks with the numbers that they drew:
tests/keras/data/augmentation/PRODUCER.json and .npz.

    python tools/record/record_augmentation.py [DIR]   # run with Keras 3

A row has the layer's config, the data given (images; or a dict), the transformation that Keras drew (keys of arrays, in dicts and lists), and
what came of it, with the gradient of the images (null where Keras has none). Rows without a transformation are calls in training with ranges of one value, which leave nothing to chance.
"""
import json
import pathlib
import sys
import zipfile

from producer import PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/augmentation"
L = keras.layers
arrays, rows, left_out = {}, [], []


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value, equal_nan=value.dtype.kind == "f"):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def kept(value):
    """Arrays stored, in dicts and lists."""
    if value is None:
        return None
    if isinstance(value, dict):
        return {k: kept(v) for k, v in value.items()}
    if isinstance(value, list):
        return [kept(v) for v in value]
    return store(value)


def images(shape=(3, 8, 10, 3), scale=255.0, first=False):
    x = np.random.RandomState(int(np.prod(shape))).uniform(0, scale, shape).astype("float32")
    x[0, :, :, 0] = scale * 0.25  # a channel of one value
    x[1, :3, :4] = 0
    return np.moveaxis(x, -1, 1) if first else x


def transformation_of(layer, data):
    drawn = layer.get_random_transformation(data, training=True)
    name = type(layer).__name__
    if drawn is None:
        return None, None
    if name == "RandomGrayscale":
        return drawn, {"should_apply": drawn}
    x = data["images"] if isinstance(data, dict) else data
    height, width = (x.shape[-2], x.shape[-1]) if layer.data_format == "channels_first" else (x.shape[-3], x.shape[-2])
    size = {"height": np.float32(height), "width": np.float32(width)}

    def sized(kind, d):
        if d is None:
            return None
        return dict({k: v for k, v in d.items() if k not in ("input_shape", "rotation_matrix", "image_height", "image_width", "batch_size")}, **size)

    if name == "RandomElasticTransform":
        # The same seed again and again.
        fixed = tf.cast(tf.convert_to_tensor(layer.generator.next()), "int32")
        layer.generator.next = lambda ordered=True: fixed
        noise = tf.random.stateless_normal((x.shape[0], height, width), seed=fixed)
        return drawn, dict(sized(name, {k: v for k, v in drawn.items() if k != "seed"}), noise=noise)
    if name == "RandAugment":
        return drawn, dict(size, layer_idxes=drawn["layer_idxes"], transforms={k: sized(k, v) for k, v in drawn["transforms"].items()})
    if name == "AugMix":
        chains = []
        for chain in drawn["chain_transforms"]:
            chains.append([{"layer": np.int32(layer._augment_layers.index(step["layer_name"])), "transformation": {step["layer_name"]: sized("", step["transformation"])}} for step in chain])
        return drawn, dict(size, chain_mixing_weights=drawn["chain_mixing_weights"], weight_sample=drawn["weight_sample"], chain_transforms=chains)
    return drawn, sized(name, drawn)


def differentiated(x, call):
    """What the call makes of the images, and the gradient of its sum weighted by cos(0), cos(1), ..."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = call(x)
        loss = tf.reduce_sum(y * tf.cos(tf.reshape(tf.range(tf.size(y), dtype=y.dtype), tf.shape(y))))
    return {"outputs": store(y), "input_gradients": [kept(tape.gradient(loss, x))]}


def case(name, cls, arguments, x, drawn=True, training=True, **more):
    arguments = dict(arguments, name="layer", seed=11) if cls not in ("AutoContrast", "Equalization", "ContrastLimitedAdaptiveHistogramEqualization", "MaxNumBoundingBoxes") else dict(arguments, name="layer")
    try:
        layer = getattr(L, cls)(**arguments)
        row = {"name": "%s %s" % (cls, name), "layer": keras.layers.serialize(layer), "training": training, "images": store(x)}
        data = dict({"images": tf.constant(x)}, **more) if more else tf.constant(x)
        if not drawn:
            row.update(differentiated(x, lambda images: layer(images, training=training)))
            rows.append(row)
            return
        given, told = transformation_of(layer, data)
        row["transformation"] = kept(told)
        row.update(differentiated(x, lambda images: layer.transform_images(images, given, training=training)))
        if (more or "range" in name or "first" in name) and any(r["layer"]["class_name"] == cls and "input_gradients" in r for r in rows):  # it says nothing new
            del row["input_gradients"]
        for key, value in more.items():
            row[key] = kept(value)
        if "labels" in more:
            row["labels_out"] = store(layer.transform_labels(tf.constant(more["labels"]), given, training=training))
        if "boxes" in more:
            boxes = {k: tf.constant(v) for k, v in more["boxes"].items()}
            row["boxes_out"] = kept(layer.transform_bounding_boxes(boxes, given, training=training))
        if "masks" in more:
            row["masks_out"] = store(layer.transform_segmentation_masks(tf.constant(more["masks"]), given, training=training))
        rows.append(row)
    except Exception as e:
        left_out.append("%s %s: %s: %s" % (cls, name, type(e).__name__, str(e).replace("\n", " ")[:300]))


COLORS = {
    "RandomColorDegeneration": dict(factor=(0.1, 0.9)), "RandomHue": dict(factor=(0.2, 0.9)), "RandomInvert": dict(factor=(0.5, 0.5)), "RandomPosterization": dict(factor=(1, 7)),
    "RandomSharpness": dict(factor=(0.1, 0.9)), "RandomGrayscale": dict(factor=0.5), "Solarization": dict(addition_factor=0.5, threshold_factor=(0.1, 0.7)), "AutoContrast": {}, "Equalization": {},
    "ContrastLimitedAdaptiveHistogramEqualization": dict(tile_grid_size=(2, 3)), "RandomGaussianBlur": dict(factor=(0.7, 0.8), kernel_size=(3, 5), sigma=(0.4, 0.9)),
}
MOVES = {
    "RandomFlip": {}, "RandomRotation": dict(factor=0.2), "RandomTranslation": dict(height_factor=0.3, width_factor=0.4), "RandomZoom": dict(height_factor=0.3, width_factor=(-0.2, 0.4)),
    "RandomShear": dict(x_factor=0.4, y_factor=(0.1, 0.3)), "RandomPerspective": dict(factor=0.8, scale=0.6), "RandomElasticTransform": dict(factor=(0.8, 0.9), scale=(0.5, 1.0)),
    "RandomErasing": dict(factor=(0.8, 0.9), scale=(0.1, 0.5)), "CutMix": {}, "MixUp": {}, "RandAugment": dict(num_ops=3), "AugMix": {}, "RandomBrightness": dict(factor=0.3), "RandomContrast": dict(factor=0.4),
}


def boxes(format):
    xyxy = np.array([[[1, 1, 5, 6], [2, 3, 9, 8]], [[0, 0, 10, 8], [4, 4, 6, 7]], [[3, 2, 8, 5], [1, 5, 2, 8]]], "float32")
    b = keras.utils.bounding_boxes.convert_format(xyxy, "xyxy", format, height=8, width=10)
    return {"boxes": np.asarray(b), "labels": np.array([[1, 2], [3, 4], [5, 6]], "int32")}


keras.utils.set_random_seed(3)
labels = np.eye(3, dtype="float32")
masks = np.random.RandomState(4).randint(0, 4, (3, 8, 10, 1)).astype("float32")
for cls, arguments in {**COLORS, **MOVES}.items():
    case("plain", cls, arguments, images())
    case("inference", cls, arguments, images(), training=False, drawn=False)
    if cls not in ("CutMix", "RandomErasing"):  # whose masks have another layout here
        case("channels first", cls, dict(arguments, data_format="channels_first"), images(first=True))
    if cls in COLORS and cls != "RandomGrayscale":
        case("range", cls, dict(arguments, value_range=(0, 1)), images(scale=1.0))
        case("shifted range", cls, dict(arguments, value_range=(-1.0, 2.0)), images(scale=1.0))
    case("labels and masks", cls, arguments, images(), labels=labels, masks=masks)
    case("bfloat16", cls, dict(arguments, dtype="mixed_bfloat16"), images()) if cls in ("RandomHue",) else None
for cls in ("RandomSaturation",):
    for factor in ((0.1, 0.4), (-0.5, 0.6)):
        case(str(factor), cls, dict(factor=factor, value_range=(0, 1)), images(scale=1.0))
    case("channels first", cls, dict(factor=0.4, value_range=(0, 1), data_format="channels_first"), images(scale=1.0, first=True))
for format in ("xyxy", "rel_xyxy", "center_xywh"):
    for cls in ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomPerspective", "RandomHue", "RandomErasing", "AutoContrast"):
        case("boxes " + format, cls, dict({**COLORS, **MOVES}[cls], bounding_box_format=format), images(), boxes=boxes(format))
case("boxes", "MixUp", dict(bounding_box_format="xyxy"), images(), boxes=boxes("xyxy"))
for number in (1, 2):
    case("boxes %d" % number, "MaxNumBoundingBoxes", dict(max_number=number, bounding_box_format="xyxy"), images(), boxes=boxes("xyxy"))
for mode in ("reflect", "wrap", "constant", "nearest"):
    for interpolation in ("bilinear", "nearest"):
        more = dict(fill_mode=mode, interpolation=interpolation, fill_value=7.0)
        case(mode + " " + interpolation, "RandomShear", dict(MOVES["RandomShear"], **more), images())
        case(mode + " " + interpolation, "RandomElasticTransform", dict(MOVES["RandomElasticTransform"], **more), images((2, 40, 44, 2)))
case("nearest", "RandomPerspective", dict(factor=1.0, interpolation="nearest", fill_value=3.0), images())
case("number", "RandomErasing", dict(fill_value=9.0), images())
case("colour", "RandomErasing", dict(fill_value=(1, 2, 300)), images())
case("bins", "Equalization", dict(bins=16), images())
case("no limit", "ContrastLimitedAdaptiveHistogramEqualization", dict(clip_limit=0.0), images((2, 16, 24, 3)))
case("other grid", "ContrastLimitedAdaptiveHistogramEqualization", dict(clip_limit=1.5, tile_grid_size=(3, 2)), images((2, 13, 11, 1)))
for bits in (1, 3, 8):
    case(str(bits), "RandomPosterization", dict(factor=(bits, bits)), images(), drawn=False)
case("none", "RandomColorJitter", {}, images(), drawn=False)
case("seven", "AugMix", dict(all_ops=False, num_chains=2, chain_depth=4, alpha=0.5), images())
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text('{"rows": [\n' + ",\n".join(json.dumps(row, default=plain) for row in rows) + "\n]}\n")
with zipfile.ZipFile(OUT / (PRODUCER + ".npz"), "w", zipfile.ZIP_STORED) as f:
    for key, value in arrays.items():
        with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
            np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
print(PRODUCER, len(rows), "rows")
for text in left_out:
    print("left out:", text)
