"""One case of the corpus: its arrays, in the structures Keras takes."""
import json
import pathlib

import numpy as np


def array(path):
    if path.suffix == ".json":
        value = json.loads(path.read_text())
        return np.array(value["values"] if isinstance(value, dict) else value, dtype=object)
    return np.load(str(path))


def text(value):
    """A string, which TensorFlow gives as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def archive(path):
    """An npz's arrays in the order of their names."""
    with np.load(str(path)) as file:
        return [file[name] for name in sorted(file.files)]


class Case:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.description = json.loads((self.folder / "case.json").read_text())

    def made_by(self):
        producer = self.description["producer"]
        return "keras-3" if producer.startswith("keras-3") else producer

    def twin(self, producer, suffix):
        """The file that this producer's Keras wrote of the same model (of tf-keras, or tf.keras, which it goes on from);
        of another, when it has none."""
        name = "keras_v3/model.keras" if suffix == ".keras" else "h5/model.h5"
        for kind in [producer] + ["tf-2.15"] * (producer == "tf_keras"):
            for folder in sorted(self.folder.parent.parent.glob(kind + "*")):
                path = folder / self.folder.name / name
                if path.exists():
                    return path
        return self.folder / name

    def optimizer(self):
        """The class's name; empty when the case does not train."""
        return (self.description.get("train") or {}).get("optimizer") or ""

    def has_arrays(self):
        return bool(self.description.get("inputs") and self.description.get("outputs"))

    def inputs(self):
        items = self.description["inputs"]
        arrays = [array(self.folder / item["file"]) for item in items]
        structure = self.description.get("input_structure", "single")
        if structure == "dict":
            return {item["name"]: value for item, value in zip(items, arrays)}
        return arrays[0] if structure == "single" else arrays

    def outputs(self):
        """Dicts' in the order of their keys."""
        items = self.description["outputs"]
        if self.description.get("output_structure") == "dict":
            items = sorted(items, key=lambda item: item["name"])
        return [array(self.folder / item["file"]) for item in items]

    def remembers(self):
        """Whether a call changes what the next one gives: some layer is a stateful recurrent one."""
        config = self.folder / "config.json"
        return config.exists() and '"stateful": true' in config.read_text()

    def kept_by_lookups(self):
        """How many of the weights, the last ones, tf.keras counts and Keras 3 does not: those of a lookup by tf-idf, and the
        number of documents beside them in a TextVectorization; what a Discretization has learned its boundaries from."""
        counted = {"StringLookup": 1, "IntegerLookup": 1, "TextVectorization": 2}
        layers = json.loads((self.folder / "config.json").read_text())["config"].get("layers", [])
        bins = sum(layer["class_name"] == "Discretization" and not layer["config"].get("bin_boundaries") for layer in layers)
        return bins + sum(
            counted.get(layer["class_name"], 0) for layer in layers if layer["config"].get("output_mode") == "tf_idf")

    def weights(self):
        path = self.folder / "arrays/weights.npz"
        return archive(path) if path.exists() else None

    def training_batch(self, i):
        """x, y and the keywords of one train_on_batch."""
        train = self.description["train"]
        size = train["batch_size"]

        def batch(key, structure):
            items = [(item["name"], array(self.folder / item["file"])[i * size : (i + 1) * size]) for item in train[key]]
            structure = train.get(structure, "single")
            if structure == "dict":
                return dict(items)
            return items[0][1] if structure == "single" else [value for _, value in items]

        keywords = {}
        if train.get("sample_weight"):
            keywords["sample_weight"] = batch("sample_weight", "y_structure")
        class_weight = self.continued()["class_weight"]
        if class_weight:
            keywords["class_weight"] = {int(key): value for key, value in class_weight.items()}
        return batch("x_train", "x_structure"), batch("y_train", "y_structure"), keywords

    def continued(self):
        return json.loads((self.folder / "continue/continue.json").read_text())

    def difference(self, got, expected):
        """Of one array from another, within the case's tolerances; empty when there is none."""
        rtol, atol = self.description["tolerances"]["rtol"], self.description["tolerances"]["atol"]
        if expected.dtype == np.float32:  # four units in the last place: docs/testing.md
            rtol, atol = max(rtol, 4.8e-7), max(atol, 2.4e-7)
        if got.shape != expected.shape:
            return f"shape {got.shape}, expected {expected.shape}"
        if expected.dtype.kind in "OSU":
            same = [text(a) == text(b) for a, b in zip(np.ravel(got), np.ravel(expected))]
            return "" if all(same) else "strings differ"
        got, expected = got.astype("float64"), expected.astype("float64")
        if np.allclose(got, expected, rtol, atol, equal_nan=True):
            return ""
        return f"largest difference {np.nanmax(np.abs(got - expected))}"

    def differences(self, got, expected, what):
        if len(got) != len(expected):
            return f"{len(got)} {what}s, expected {len(expected)}"
        for i, (ours, theirs) in enumerate(zip(got, expected)):
            text = self.difference(ours, theirs)
            if text:
                return f"{what} {i}: {text}"
        return ""
