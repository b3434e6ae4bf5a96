"""Records what layers that prepare data learn and give: tests/keras/data/preprocessing.json.

    python tools/record/record_preprocessing.py [FILE]    # TensorFlow 2.15.1

A list of {"class_name", "config", "adapt": data or null, "vocabulary" or "boundaries" or "idf": what was learned, "inputs": [nested lists], "output": nested lists, "dtype"}.
Inputs and data are nested lists of strings, integers or floats (float32).
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

L = tf.keras.layers
FILE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/preprocessing.json")
CASES = []


def plain(x):
    if isinstance(x, tf.RaggedTensor):
        return plain(x.to_list())
    if hasattr(x, "numpy"):
        x = x.numpy()
    if isinstance(x, np.ndarray):
        x = x.tolist()
    if isinstance(x, list):
        return [plain(y) for y in x]
    return x.decode() if isinstance(x, bytes) else x


def case(name, *inputs, adapt=None, **config):
    layer = getattr(L, name)(name="l", **config)
    if adapt is not None:
        layer.adapt(adapt)
    tensors = [tf.ragged.constant(x) if isinstance(x, list) else tf.constant(x) for x in inputs]
    y = layer(tensors if len(tensors) > 1 else tensors[0])
    entry = {"class_name": name, "config": config, "adapt": None if adapt is None else plain(adapt), "inputs": [plain(t) for t in tensors], "output": plain(y),
             "dtype": y.dtype.name}
    if hasattr(layer, "get_vocabulary"):
        entry["vocabulary"] = [int(v) if isinstance(v, (np.integer, int)) else str(v) for v in layer.get_vocabulary()]
        lookup = getattr(layer, "_lookup_layer", layer)
        if lookup.output_mode == "tf_idf":
            entry["idf"] = plain(lookup.idf_weights)
    if name == "Discretization":
        entry["boundaries"] = plain(layer.bin_boundaries)
    CASES.append(entry)


def main():
    rng = np.random.default_rng(3)
    x = np.array([[-1.5, 0.0], [0.5, 7.0], [3.0, np.inf]], "float32")
    for count, bins, epsilon in ((7, 3, 0.01), (37, 4, 0.01), (150, 5, 0.01), (500, 4, 0.01), (90, 10, 0.1), (1000, 2, 0.05)):
        case("Discretization", x, adapt=rng.normal(size=(count, 1)).astype("float32"), num_bins=bins, epsilon=epsilon)
    case("Discretization", x, bin_boundaries=[0.0, 1.0, 3.0], output_mode="count")
    case("Discretization", x[:, :1], bin_boundaries=[0.0, 1.0, 3.0], output_mode="one_hot")
    case("Discretization", [[1.0, 2.0], [], [-5.0]], bin_boundaries=[0.0, 1.5])
    for mode in ("one_hot", "multi_hot", "count"):
        case("CategoryEncoding", np.array([3, 0, 1]), num_tokens=4, output_mode=mode)
        case("CategoryEncoding", np.array([[3], [0]]), num_tokens=5, output_mode=mode)
    case("CategoryEncoding", np.array([[3, 0, 3], [1, 1, 1]], "int32"), num_tokens=4, output_mode="count")
    words = np.array([["a", "bb"], ["", "\u00e9\u20ac"], ["the quick", "a"]])
    numbers = np.array([[1, -2], [0, 2**40], [7, 1]])
    for config in ({}, {"salt": 5}, {"salt": [7, 11]}, {"mask_value": "a"}, {"output_mode": "multi_hot"}, {"output_mode": "count", "dtype": "float64"}):
        case("Hashing", words, num_bins=6, **config)
    for config in ({}, {"salt": 5}, {"mask_value": 1}, {"dtype": "int32"}):
        case("Hashing", numbers, num_bins=6, **config)
    case("Hashing", [["a", "b"], [], ["c"]], num_bins=6)
    case("HashedCrossing", words[:, :1], numbers[:, :1], num_bins=9)
    case("HashedCrossing", numbers[:, 0], words[:, 0], words[:, 1], num_bins=9, output_mode="one_hot")
    corpus = np.array([["b", "a", "c"], ["a", "b", "d"], ["a", "zz", "b"], ["c", "[UNK]", "e"]])
    asked = np.array([["a", "q"], ["c", "d"], ["", "zz"]])
    for config in ({}, {"max_tokens": 4}, {"mask_token": ""}, {"num_oov_indices": 3}, {"num_oov_indices": 0, "mask_token": "q"}, {"output_mode": "multi_hot"},
                   {"output_mode": "count", "mask_token": "a"}, {"output_mode": "tf_idf"}, {"output_mode": "tf_idf", "max_tokens": 9, "pad_to_max_tokens": True},
                   {"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True}):
        inputs = np.array([["a", "q"], ["c", "d"]]) if config.get("num_oov_indices") == 0 else asked
        case("StringLookup", inputs, adapt=corpus, **config)
    case("StringLookup", asked[:, :1], adapt=corpus, output_mode="one_hot")
    case("StringLookup", [["a"], [], ["q", "b", "c"]], adapt=corpus)
    case("StringLookup", [["a"], [], ["q", "b", "c"]], adapt=corpus, output_mode="count")
    case("StringLookup", np.array([[0, 1], [2, 9]]), vocabulary=["a", "b"], invert=True)
    case("StringLookup", np.array([[0, 1], [2, 9]]), vocabulary=["a", "b"], invert=True, mask_token="M")
    case("StringLookup", asked, vocabulary=["", "[UNK]", "c", "a"], mask_token="")
    case("StringLookup", asked, vocabulary=["c", "a"], idf_weights=[0.25, 1.5], output_mode="tf_idf")
    ids = np.array([[5, 7], [7, -1], [7, 9], [0, 5]])
    for config in ({}, {"mask_token": 0}, {"num_oov_indices": 4}, {"max_tokens": 3}, {"output_mode": "count"}, {"output_mode": "tf_idf"}):
        case("IntegerLookup", np.array([[5, 6], [7, 0], [-3, 11]]), adapt=ids, **config)
    case("IntegerLookup", np.array([[0, 1], [2, 9]]), vocabulary=[42, 43], invert=True)
    texts = np.array(["The cat sat.", "the dog, the CAT!", "a  bird\tsat", "Don't stop", ""])
    for config in ({}, {"standardize": None}, {"standardize": "lower"}, {"standardize": "strip_punctuation"}, {"split": "character"}, {"ngrams": 2}, {"ngrams": (1, 3)},
                   {"output_sequence_length": 2}, {"output_sequence_length": 6}, {"max_tokens": 5}, {"output_mode": "multi_hot"}, {"output_mode": "count", "ngrams": 2},
                   {"output_mode": "tf_idf"}, {"output_mode": "tf_idf", "max_tokens": 20, "pad_to_max_tokens": True}, {"ragged": True}):
        case("TextVectorization", np.array([["the cat flew"], ["dog! dog?"], [""]]), adapt=texts, **config)
    case("TextVectorization", np.array(["The cat sat.", "dog"]), adapt=texts)
    case("TextVectorization", np.array([["a", "b", "q"], ["b", "", "a"]]), vocabulary=["b", "a"], standardize=None, split=None, output_sequence_length=2)
    case("TextVectorization", np.array([["a", "b", "q"], ["b", "", "a"]]), vocabulary=["b", "a"], standardize=None, split=None, output_sequence_length=5)
    FILE.write_text("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False).replace("Infinity", "1e39") for c in CASES) + "\n]\n")
    print(len(CASES), "cases")


main()
