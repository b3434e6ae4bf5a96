#!/usr/bin/env python3
"""Writes docs/layers.md: every layer class that a Keras exports, and what is checked of it here.

    python3 tools/layers_table.py                       # from what lies in the repository
    python3 tools/layers_table.py --check               # fails when docs/layers.md says anything else
    python3 tools/layers_table.py --corpus DIR JSON     # counts the cases of each layer anew first: JSON is what
                                                        # `conformance DIR --json` printed

Classes come from tests/keras/data/layer_arguments, those that are not here from docs/limits.md (a test holds both against
the registry), outputs and gradients from rows recorded in tests/keras/data, files from tests/conformance/data/layer_cases.json.
"""
import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "tests/keras/data"
CASES = ROOT / "tests/conformance/data/layer_cases.json"
TABLE = ROOT / "docs/layers.md"
KERASES = {"2.2": "tf-2.2.3", "2.15": "tf-2.15.1", "3": "keras-3.15.1"}
FORMATS = {"H5": ["h5", "weights_h5"], "SavedModel": ["saved_model"], "checkpoint": ["checkpoint"], ".keras": ["keras_v3", "weights_v3_h5"]}
NO_LAYERS = {"a model without a config"}  # why a case that is not about one layer is not read
HEAD = """# Layers

Written by tools/layers_table.py; with --check it fails when this is out of date. Class by class, as the Kerases export them:

- forward, gradient: compared with what real Keras computed, by a test here (rows of tests/keras/data) or a case of the corpus. A gradient "-":
  real Keras was asked too, and has none, of any input or weight (what it takes or gives are words or integers, or an op on the way has no gradient)
- 2.2, 2.15, 3: the tf.keras 2.2.3, tf.keras 2.15.1 and Keras 3.15.1 that have the class; every constructor argument and its default are compared (limits.md
  names the exceptions)
- H5, SavedModel, checkpoint, .keras: how many cases of the corpus, of models made around this layer, load, predict as they did, and load again once saved here.
  Empty: no case has a file of this kind

| layer | forward | gradient | 2.2 | 2.15 | 3 | H5 | SavedModel | checkpoint | .keras |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def count_cases(corpus, results):
    """{class: {format: cases that pass, "gradients": those with gradients}} of the cases that are about one layer."""
    unknown, counted = collections.defaultdict(set), sum(FORMATS.values(), [])
    for row in json.loads(pathlib.Path(results).read_text()):
        if row["failed"]:
            sys.exit("%s %s: cases failed" % (row["producer"], row["format"]))
        for why in row["not_yet_supported_because"]:
            if why.startswith("Unknown layer: "):
                unknown[row["producer"], row["format"]].add(why.split(": ")[1])
            elif row["format"] in counted and why not in NO_LAYERS:
                sys.exit("%s %s: cases are not read, and which is not said: %s" % (row["producer"], row["format"], why))
    counts = collections.defaultdict(collections.Counter)
    for file in sorted(pathlib.Path(corpus).glob("*/b_*/case.json")):
        case = json.loads(file.read_text())
        name, producer, passed = case["features"][0], case["producer"], False
        for folder, made in case.get("formats", {}).items():
            kind = "checkpoint" if folder == "ckpt" else folder
            if made.get("saved") and name not in unknown[producer, kind]:
                counts[name][kind] += 1
                passed = True
        counts[name]["forward"] += passed
        counts[name]["gradients"] += passed and (file.parent / "grads").is_dir()
    return {name: dict(sorted(c.items())) for name, c in sorted(counts.items()) if c}


def recorded_rows():
    """(classes with recorded outputs, those with gradients, those of which real Keras said that there is none)"""
    forward, gradient, asked = set(), set(), set()
    for file in sorted(DATA.glob("*/*.json")):
        content = json.loads(file.read_text())
        rows = content.get("rows") if isinstance(content, dict) else content
        for row in rows if isinstance(rows, list) else []:
            layer = row.get("layer") if isinstance(row, dict) else None
            if not isinstance(layer, dict) or "outputs" not in row:
                continue
            forward.add(layer["class_name"])
            if row.get("gradients") is False or "input_gradients" not in row:
                continue
            asked.add(layer["class_name"])
            if any(g is not None for g in row["input_gradients"] + row.get("weight_gradients", [])):
                gradient.add(layer["class_name"])
    return forward, gradient, asked - gradient


def table():
    limits = (ROOT / "docs/limits.md").read_text()
    exported = {key: json.loads((DATA / "layer_arguments" / (name + ".json")).read_text())["classes"] for key, name in KERASES.items()}
    cases = json.loads(CASES.read_text())
    forward, gradient, without = recorded_rows()
    names = {}  # by which configs may know a class
    for classes in exported.values():
        for name, entry in classes.items():
            names.setdefault(name, {name}).update(export.split(".")[-1] for export in entry["exported"])
    text = HEAD
    for name in sorted(set().union(*exported.values())):
        here = "| `%s` |" % name not in limits
        found = collections.Counter()
        for known in names[name] if here else ():
            found.update(cases.get(known, {}))
        cells = [name if here else name + " (limits.md)"]
        for known, key, none in ((forward, "forward", set()), (gradient, "gradients", without)):
            cells.append("yes" if here and (names[name] & known or found[key]) else "-" if here and names[name] & none else "")
        cells += ["x" if here and name in classes else "-" if name not in classes else "no" for classes in exported.values()]
        cells += [str(sum(found[kind] for kind in kinds) or "") for kinds in FORMATS.values()]
        text += "| " + " | ".join(cells) + " |\n"
    return text


if "--corpus" in sys.argv:
    at = sys.argv.index("--corpus")
    CASES.write_text(json.dumps(count_cases(sys.argv[at + 1], sys.argv[at + 2]), indent=1) + "\n")
if "--check" in sys.argv:
    sys.exit(0 if TABLE.read_text() == table() else "docs/layers.md is out of date: run tools/layers_table.py")
TABLE.write_text(table())
