"""Records what image_data_format() does: tests/keras/data/image_data_format.json.

    python tools/record/record_image_data_format.py    # with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: each adds its own

{layer: {PRODUCER: the data_format a layer has that was made without one, after set_image_data_format("channels_first")}}; null: it
has none. From a config without the key each layer is made as well: "from_config" says so where the two differ.
"""
import json
import pathlib

from producer import PRODUCER, keras

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/image_data_format.json"
L = keras.layers
MAKERS = {"Flatten": lambda: L.Flatten(), "DepthwiseConv2D": lambda: L.DepthwiseConv2D(3), "SeparableConv1D": lambda: L.SeparableConv1D(4, 3),
          "SeparableConv2D": lambda: L.SeparableConv2D(4, 3)}
for rank in ("1D", "2D", "3D"):
    MAKERS["Conv" + rank] = lambda rank=rank: getattr(L, "Conv" + rank)(4, 3)
    MAKERS["SpatialDropout" + rank] = lambda rank=rank: getattr(L, "SpatialDropout" + rank)(0.5)
    for name in ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling", "ZeroPadding", "Cropping", "UpSampling"):
        MAKERS[name + rank] = lambda name=name + rank: getattr(L, name)(*([2] if name.startswith("Average") else []))
for name, given in (("Conv%sTranspose", (4, 3)), ("DepthwiseConv%s", (3,)), ("LocallyConnected%s", (4, 3)), ("ConvLSTM%s", (4, 3))):
    for rank in ("1D", "2D", "3D"):
        if hasattr(L, name % rank):
            MAKERS[name % rank] = lambda name=name % rank, given=given: getattr(L, name)(*given)


def format_of(layer):
    return getattr(layer, "data_format", None)


def main():
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    standing = keras.backend.image_data_format()
    keras.backend.set_image_data_format("channels_first")
    known.setdefault("image_data_format", {})[PRODUCER] = [standing, keras.backend.image_data_format()]
    for name, make in sorted(MAKERS.items()):
        layer = make()
        entry = known.setdefault(name, {})
        entry[PRODUCER] = format_of(layer)
        config = layer.get_config()
        config.pop("data_format", None)
        again = format_of(type(layer).from_config(config))
        if again != entry[PRODUCER]:
            entry.setdefault("from_config", {})[PRODUCER] = again
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(PRODUCER, len(known))


main()
