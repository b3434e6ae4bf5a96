"""Opens SavedModels that Hornbeam wrote in a real TensorFlow, as Keras's (weights and predictions must be the case's; with
the optimizer's values, which load_model does not take from any SavedModel, training must go on as it does there) and
without Keras (the call and the signature must give the predictions).

    python open_saved_models.py PRODUCER MANIFEST    # tf-2.2.3, tf-2.15.1 or tf_keras; manifest of save_saved_models

What tf-2.2.3 saved is opened by all three, the others by themselves and later ones. Ends with "saved models: N passed,
N failed"; exit code 1 when one failed, or there was none.
"""
import json
import pathlib
import sys

import numpy as np

import checks
from corpus_case import Case, archive
from real_keras import plain, start, told

READS = {"tf-2.2.3": ["tf-2.2.3"], "tf-2.15.1": ["tf-2.2.3", "tf-2.15.1"], "tf_keras": ["tf-2.2.3", "tf-2.15.1", "tf_keras"]}


def without_keras(real, item, case):
    tf = real.tf
    loaded = tf.saved_model.load(item["path"])
    signature = loaded.signatures["serving_default"]
    specs = signature.structured_input_signature[1]
    names = [i["name"] for i in case.description["inputs"]]
    arrays = [tf.constant(a) for a in checks.flat(case.inputs())]
    if isinstance(case.inputs(), dict):
        names = sorted(names)
    if len(specs) == 1:
        names = list(specs)
    if set(names) != set(specs):
        return f"the signature takes {sorted(specs)}, expected {sorted(names)}"
    arrays = [tf.cast(a, specs[name].dtype) for a, name in zip(arrays, names)]
    structure = case.inputs()
    x = dict(zip(names, arrays)) if isinstance(structure, dict) else arrays if isinstance(structure, list) else arrays[0]
    got = checks.flat(loaded(x, training=False))
    text = case.differences([plain(y) for y in got], case.outputs(), "output of the call")
    if text:
        return text
    loaded(x, training=True)
    got = signature(**dict(zip(names, arrays)))
    if len(got) == 1:
        return case.differences([plain(y) for y in got.values()], case.outputs(), "output of the signature")
    expected = case.outputs()
    left = [plain(y) for y in got.values()]
    for e in expected:  # a signature's are in the order of their names
        found = [i for i, y in enumerate(left) if not case.difference(y, e)]
        if not found:
            return "an output of the signature differs"
        left.pop(found[0])
    return ""


def problem_of(real, item):
    case = Case(item["folder"])
    if item["state"] == "loaded":
        text = checks.opens(real, item["path"], case)
        if text:
            return text
        if case.has_arrays():
            text = without_keras(real, item, case)
            if text:
                return text
    if not item["producer"].startswith(real.producer) or not (case.folder / "continue/continue.json").exists():
        return ""
    model = real.open(item["path"], compiled=True)
    model.load_weights(item["path"] + "/variables/variables")
    steps = case.continued()["train_on_batch"]
    for i in range(1 if item["state"] == "trained" else 0, len(steps)):
        x, y, keywords = case.training_batch(i)
        got = real.train(model, x, y, **keywords)
        text = case.difference(np.asarray(got, "float32"), np.asarray(np.ravel(steps[i]), "float32"))
        if text:
            return f"train_on_batch {i}: {text}"
    return case.differences(real.weights(model), archive(case.folder / "continue/weights_after.npz"), "weight")


def main():
    producer, manifest = sys.argv[1], pathlib.Path(sys.argv[2])
    real = start(producer)
    passed = failed = 0
    for item in json.loads(manifest.read_text()):
        if not any(item["producer"].startswith(reads) for reads in READS[producer]):
            continue
        try:
            problem = problem_of(real, item)
        except Exception as error:
            problem = told(error)[:400]
        if problem:
            failed += 1
            print(f"failed: {item['producer']} {pathlib.Path(item['folder']).name} {item['state']}: {problem}", flush=True)
        else:
            passed += 1
    print(f"saved models: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
