"""Records what layer classes each Keras exports, with the constructor arguments of each and what its config says of them.

    python tools/record/record_layer_arguments.py [tf_keras] [--check]

Run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3, and with the latter for "tf_keras" too. Writes
tests/keras/data/layer_arguments/PRODUCER.json; with --check it writes nothing and fails when the file says anything else
than the Keras that is installed.

Of each class: the names it is exported by, the arguments of its constructor with their defaults, the arguments it was made
with (those it cannot be made without), the config of that layer, and for every other argument what is otherwise in
the config with another value. `forgotten` are arguments whose other value is not in the config: Keras itself loses them when it saves. `refused` are
those of which no other value than the default was taken.
"""
import importlib
import inspect
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/layer_arguments"
from producer import KERAS3, PRODUCER, keras, tf

if "tf_keras" in sys.argv:
    keras = importlib.import_module("tf_keras")
    KERAS3, PRODUCER = False, "tf_keras-" + keras.__version__
L = keras.layers

# Arguments that a class cannot be made without, by class, else by the argument's name.
NEEDED = {
    "Bidirectional": lambda: dict(layer=L.LSTM(2, name="inner")),
    "TimeDistributed": lambda: dict(layer=L.Dense(2, name="inner")),
    "SpectralNormalization": lambda: dict(layer=L.Dense(2, name="inner")),
    "Wrapper": lambda: dict(layer=L.Dense(2, name="inner")),
    "RNN": lambda: dict(cell=L.SimpleRNNCell(2, name="inner")),
    "StackedRNNCells": lambda: dict(cells=[L.SimpleRNNCell(2, name="inner")]),
    "InputLayer": lambda: {"shape" if KERAS3 else "input_shape": (3,)},
    "EinsumDense": lambda: dict(equation="ab,bc->ac", output_shape=4),
    "Lambda": lambda: dict(function=tf.nn.relu),
    "Pipeline": lambda: dict(layers=[L.Rescaling(2.0, name="inner")]),
    "DenseFeatures": lambda: dict(feature_columns=[tf.feature_column.numeric_column("a")]),
    "Discretization": lambda: dict(bin_boundaries=[0.0, 1.0]),
    "CategoryEncoding": lambda: dict(num_tokens=4),
    "MultiHeadAttention": lambda: dict(num_heads=2, key_dim=4),
    "RandomPosterization": lambda: dict(factor=4),
    "DynamicLookup": lambda: dict(vocabulary_size=3, initial_vocabulary=["a", "b", "c"]),
    "DynamicEmbedding": lambda: dict(input_dim=3, output_dim=2, initial_vocabulary=["a", "b", "c"]),
}
BY_NAME = dict(units=3, filters=2, kernel_size=3, rate=0.5, stddev=0.5, activation="relu", n=3, dims=(2, 1), target_shape=(2, 3), input_dim=5,
               output_dim=3, axes=1, scale=0.5, height=4, width=5, factor=0.5, height_factor=0.5, width_factor=0.25, num_bins=4, pool_size=2,
               output_size=2, head_dim=4, num_query_heads=4, num_key_value_heads=2, max_number=3, num_tokens=4)
# Another value than the default: tried in turn until the class takes one.
OTHER = dict(
    data_format=["channels_first"], padding=["same", 2, (1, 2), ((1, 2), (3, 4)), ((1, 2), (3, 4), (5, 6))], strides=[3, (2, 1), (1, 2, 1), (2, 2), (2, 2, 2)], pool_size=[3],
    cropping=[(1, 2), ((1, 2), (0, 1)), ((1, 2), (0, 1), (2, 0))], dilation_rate=[2, (2, 1), (1, 1, 2)],
    output_padding=[1, (1, 0), (0, 0, 0)], groups=[2], activation=["tanh", "relu"], recurrent_activation=["tanh"], seed=[7], noise_shape=[(None, 1)], size=[3, (2, 3), (2, 3, 4)],
    interpolation=["nearest", "bilinear"], fill_mode=["nearest", "reflect"], fill_value=[0.5], axis=[1, (1, 2)], axes=[2], mean=[1.5], variance=[4.0],
    merge_mode=["sum"], backward_layer=[lambda: L.LSTM(2, go_backwards=True, name="back")], input_length=[7], shared_axes=[[1]], max_value=[6.0],
    renorm_clipping=[dict(rmax=2.0)], virtual_batch_size=[2], value_dim=[3], output_shape=[(5,), 5], attention_axes=[(1,), 1], bias_axes=["c"],
    sliding_window=[3], flash_attention=[False], score_mode=["concat"], mode=["horizontal", "magnitude"], num_bins=[5], max_tokens=[9], mask_token=["m", 5], oov_token=["o", 3],
    vocabulary=[["a", "b"], [4, 5]], vocabulary_dtype=["int32"], idf_weights=[[0.5, 0.75], [0.25, 0.5, 0.75]], output_mode=["one_hot", "multi_hot", "count"], standardize=["lower", None], split=["character", None],
    ngrams=[2], output_sequence_length=[4], encoding=["utf-16"], oov_method=["farmhash"], salt=[3], mask_value=[1, "m"], implementation=[1, 2],
    batch_size=[4], dtype=["float64", "int64"], shape=[(5,)], input_shape=[(5,)], batch_shape=[(2, 3)], value_range=[(0, 1)], kernel_initializer=["zeros", "laplacian"], scale=[2.0, 0.5, (0.1, 0.2)],
    function=[tf.nn.elu], arguments=[dict(alpha=0.5)], feature_columns=[lambda: [tf.feature_column.numeric_column("b", shape=(2,))]],
    factor=[0.25, (0.1, 0.2), 2], height_factor=[0.25], width_factor=[0.125], window=["hamming"], max_freq=[4000.0], sequence_length=[100],
    frame_step=[64], fft_length=[512], scaling=["spectrum"], reverse_dtype=["float32"], logit_soft_cap=[3.0], use_cudnn=[False], eviction_policy=["LFU"],
    initial_vocabulary=[["d", "e", "f"]], embedding_initializer=["zeros"], brightness_factor=[0.5], contrast_factor=[0.5], saturation_factor=[0.5], hue_factor=[0.5],
    sparse=[True], ragged=[True], optional=[True], num_tokens=[5], num_heads=[3], key_dim=[5], num_query_heads=[6], num_key_value_heads=[1], fused=[False], softmax_robust_masking=[True],
    lora_rank=[2], lora_alpha=[3.0], quantization_config=[lambda: keras.quantizers.Int8QuantizationConfig()], layer=[lambda: L.GRU(3, name="inner"), lambda: L.Dense(3, name="inner")], cell=[lambda: L.GRUCell(2, name="inner")],
    cells=[lambda: [L.GRUCell(2, name="inner")]], layers=[lambda: [L.Rescaling(3.0, name="inner")]], equation=["ab,bd->ad"], target_shape=[(3, 2)], dims=[(1, 2)],
    mask=[], method=[], output_size=[3], kernel_size=[5], bin_boundaries=[[0.0, 2.0]], tile_grid_size=[(4, 4)], addition_factor=[0.5], sampling_rate=[8000])
# Given beside, where a value alone is refused.
BESIDE = {"mean": [dict(variance=4.0)], "variance": [dict(mean=1.5)], "num_bins": [dict(bin_boundaries=None)], "salt": [dict(oov_method="farmhash")],
          "output_padding": [dict(strides=2)], "padding": [dict(implementation=2)], "sparse": [dict(output_mode="multi_hot")],
          "idf_weights": [dict(output_mode="tf_idf", vocabulary=v) for v in (["a", "b"], [4, 5])],
          "pad_to_max_tokens": [dict(output_mode="multi_hot", max_tokens=9)], "renorm_clipping": [dict(renorm=True)], "renorm_momentum": [dict(renorm=True)],
          "batch_shape": [dict(shape=None)], "lora_alpha": [dict(lora_rank=2)]}
EVERY_LAYER = ("name", "trainable", "dtype", "dynamic", "autocast")


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "get_config") and not isinstance(value, type):
        return {"class_name": type(value).__name__, "config": plain(value.get_config())}
    if hasattr(value, "as_list"):
        return value.as_list()
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "name"):
        return value.name
    return {"python": getattr(value, "__name__", type(value).__name__)}


def config_of(layer):
    """As it stands in a model's config."""
    serialize = getattr(getattr(keras, "saving", None), "serialize_keras_object", None)
    made = serialize(layer) if serialize else keras.layers.serialize(layer)
    config = json.loads(json.dumps(plain(made["config"]), default=repr))
    if config.get("seed") not in (None, 7):
        config["seed"] = None  # one that was drawn
    if isinstance(config.get("function"), list):
        config["function"][0] = "bytecode of " + layer.function.__name__  # which has the paths of this machine in it
    return config


def exported():
    found = {}

    def walk(module, prefix):
        for name, value in inspect.getmembers(module):
            if inspect.isclass(value) and not name.startswith("_"):
                found.setdefault(value, []).append(prefix + name)
            elif inspect.ismodule(value) and name in ("experimental", "preprocessing"):
                walk(value, prefix + name + ".")

    walk(L, "")
    return sorted(found.items(), key=lambda item: item[0].__name__)


def arguments_of(cls):
    rows = []
    for name, p in inspect.signature(cls.__init__).parameters.items():
        if name == "self" or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue
        rows.append({"name": name, "required": True} if p.default is p.empty else {"name": name, "default": plain(p.default)})
    return rows


def made(value):
    return value() if callable(value) and getattr(value, "__name__", "") == "<lambda>" else value


def others(argument):
    name = argument["name"]
    if isinstance(argument.get("default"), bool):
        return [not argument["default"]]
    if name in OTHER:
        return list(OTHER[name])
    if name.endswith("initializer"):
        return ["zeros", "ones"]
    if name.endswith("regularizer"):
        return ["l2"]
    if name.endswith("constraint"):
        return ["non_neg"]
    default = argument.get("default", BY_NAME.get(name))
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default + 1, float(default) + 0.5]
    if isinstance(default, float):
        return [default / 2 if default else 0.25]
    return []


def record(cls):
    arguments = arguments_of(cls)
    entry = {"arguments": arguments}
    needed = NEEDED[cls.__name__]() if cls.__name__ in NEEDED else {a["name"]: BY_NAME[a["name"]] for a in arguments if "required" in a and a["name"] in BY_NAME}
    try:
        base = cls(**dict(needed, name="it"))
        entry["config"] = config_of(base)
    except Exception as e:
        entry["cannot"] = "%s: %s" % (type(e).__name__, str(e).splitlines()[0][:200] if str(e) else "")
        return entry
    entry["given"] = sorted(needed)
    entry["others"], entry["forgotten"], entry["refused"] = {}, [], {}
    for argument in arguments:
        name = argument["name"]
        if name in EVERY_LAYER:
            continue
        said, refused = False, None
        for value, beside in ((v, b) for v in others(argument) for b in [{}] + BESIDE.get(name, [])):
            def make(**more):
                again = NEEDED[cls.__name__]() if cls.__name__ in NEEDED else needed
                return config_of(cls(**dict(again, **dict(beside, name="it", **more))))

            try:
                config = make(**{name: made(value)})
                try:
                    before = make()
                except Exception:  # what is given beside does not stand without it
                    before = entry["config"]
            except Exception as e:
                refused = refused or "%s: %s" % (type(e).__name__, (str(e) or " ").splitlines()[0][:200])
                continue
            refused = ""
            if config != before:
                entry["others"][name], said = {k: v for k, v in config.items() if entry["config"].get(k, "") != v}, True
                break
        if not said and refused:
            entry["refused"][name] = refused
        elif not said:
            entry["forgotten"].append(name)
    return entry


def main():
    classes, not_layers = {}, []
    for cls, names in exported():
        if not issubclass(cls, L.Layer) or inspect.isabstract(cls):
            not_layers.append(cls.__name__)
            continue
        keras.backend.clear_session()
        classes[cls.__name__] = dict({"exported": names}, **record(cls))
    text = json.dumps({"producer": PRODUCER, "not_layers": sorted(not_layers), "classes": classes}, indent=1) + "\n"
    file = FOLDER / (PRODUCER + ".json")
    if "--check" in sys.argv:
        same = file.read_text() == text
        print("layer arguments of %s: %s" % (PRODUCER, "as recorded" if same else "not as recorded in " + file.name))
        sys.exit(0 if same else 1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    print(PRODUCER, len(classes), "classes; not layers:", not_layers)
    for name, entry in classes.items():
        if "cannot" in entry or entry["forgotten"] or entry["refused"]:
            print("  ", name, entry.get("cannot", ""), entry.get("forgotten", ""), entry.get("refused", ""))


main()
