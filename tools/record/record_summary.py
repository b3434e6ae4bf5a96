"""Records the text of model.summary(): tests/keras/data/summary/ (README.md there).

    python tools/record/record_summary.py [DIR]        # TensorFlow 2.15.1
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
from tensorflow import keras

from summary_models import MODELS

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/summary"
VARIANTS = {
    "wide": {"line_length": 120},
    "slim": {"line_length": 50},
    "positions": {"positions": [0.3, 0.6, 0.7, 1.0]},
    "columns": {"line_length": 90, "positions": [20, 50, 60, 90]},
    "nested": {"expand_nested": True},
    "trainable": {"show_trainable": True},
    "all": {"expand_nested": True, "show_trainable": True},
    "all_wide": {"expand_nested": True, "show_trainable": True, "line_length": 110},
}
FEW = ("all", "slim")
MANY = ("mlp", "multi_in_out", "nested", "nested_deep", "nested_frozen", "sequential_of_models", "frozen", "long_names", "shared")


def text_of(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines) + "\n"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    index = []
    for name, make in MODELS.items():
        keras.backend.clear_session()
        model = make()
        config = model.to_json()
        (OUT / f"{name}.json").write_text(json.dumps(json.loads(config)) + "\n")
        entry = {"model": name, "json": f"{name}.json", "layers": [l.name for l in model.layers], "count_params": model.count_params(), "texts": []}
        variants = {"": {}}
        variants.update({k: v for k, v in VARIANTS.items() if name in MANY or k in FEW})
        if name == "mlp":
            variants["range"] = {"layer_range": ["hidden", "drop"]}
        for variant, options in variants.items():
            text = text_of(keras.models.model_from_json(config), **options)
            file = f"{name}.{variant}.txt" if variant else f"{name}.txt"
            (OUT / file).write_text(text)
            row = {"file": file, "options": options}
            original = text_of(model, **options)
            if original != text:
                row["original"] = file.replace(".txt", ".original.txt")
                (OUT / row["original"]).write_text(original)
            entry["texts"].append(row)
        index.append(entry)

    class Own(keras.Model):
        def call(self, x):
            return x

    unbuilt = []
    for call, make in (("Sequential without input", lambda: keras.Sequential([keras.layers.Dense(3)], name="lazy")), ("Sequential with nothing", lambda: keras.Sequential(name="empty")),
                       ("Sequential whose first layer is a built Sequential", lambda: keras.Sequential([MODELS["mlp"]()], name="outer")), ("subclassed Model", lambda: Own(name="own"))):
        try:
            unbuilt.append({"model": call, "text": text_of(make())})
        except ValueError as e:
            unbuilt.append({"model": call, "error": type(e).__name__, "message": str(e)})
    lazy = keras.Sequential([keras.layers.Dense(3, name="dense"), keras.layers.Dense(2, name="dense_1")], name="lazy")
    lazy.build((None, 4))
    unbuilt.append({"model": "Sequential of two Dense, then build((None, 4))", "json": json.loads(lazy.to_json()), "text": text_of(lazy)})
    called = keras.Sequential([keras.layers.Dense(3, name="dense"), keras.layers.Dense(2, name="dense_1")], name="called")
    import numpy as np

    called(np.zeros((5, 4), "float32"))
    unbuilt.append({"model": "Sequential of two Dense, called on a (5, 4) array", "json": json.loads(called.to_json()), "text": text_of(called)})
    (OUT / "index.json").write_text(json.dumps({"producer": "tf-2.15.1", "models": index, "unbuilt": unbuilt}, indent=1) + "\n")
    print(len(index), "models", sum(len(e["texts"]) for e in index), "texts")


main()
