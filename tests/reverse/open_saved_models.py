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
import tempfile

import numpy as np

import checks
from corpus_case import Case, archive
from limits import Limits, same_error
from real_keras import plain, start, told

READS = {"tf-2.2.3": ["tf-2.2.3"], "tf-2.15.1": ["tf-2.2.3", "tf-2.15.1"], "tf_keras": ["tf-2.2.3", "tf-2.15.1", "tf_keras"]}


def names_of(tf, case):
    """What the signature calls the inputs: by the case, or where its model has none of these names, by its SavedModel."""
    names = [i["name"] for i in case.description["inputs"]]
    if names[0] != "0":
        return names
    return sorted(tf.saved_model.load(str(case.folder / "saved_model")).signatures["serving_default"].structured_input_signature[1])


def without_keras(real, path, case):
    tf = real.tf
    loaded = tf.saved_model.load(str(path))
    signature = loaded.signatures["serving_default"]
    specs = signature.structured_input_signature[1]
    names = names_of(tf, case)
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
    if isinstance(x, list) and isinstance(loaded.__call__.concrete_functions[0].structured_input_signature[0][0], tuple):
        x = tuple(x)
    got = checks.flat(loaded(x, training=False))
    text = case.differences([plain(y) for y in got], case.outputs(), "output of the call")
    if text:
        return text
    if case.remembers():
        loaded = tf.saved_model.load(str(path))
        signature = loaded.signatures["serving_default"]
    got = signature(**dict(zip(names, arrays)))
    if len(got) == 1:
        text = case.differences([plain(y) for y in got.values()], case.outputs(), "output of the signature")
        if text:
            return text
    expected = case.outputs()
    left = [plain(y) for y in got.values()]
    for e in expected:  # a signature's are in the order of their names
        found = [i for i, y in enumerate(left) if not case.difference(y, e)]
        if not found:
            return "an output of the signature differs"
        left.pop(found[0])
    loaded(x, training=True)  # last: it may change states
    return ""


def predicts(real, path, case):
    """What is wrong with Keras's predict, which makes a tuple of a list of inputs."""
    try:
        got = real.open(path, compiled=False).predict(case.inputs())
    except Exception as error:
        return told(error)
    return case.differences(checks.flat(got), case.outputs(), "output of predict")


def its_own_problem(real, case):
    """What goes wrong with the producer's model when this TensorFlow has saved it itself; empty when nothing does."""
    original = case.folder / "h5/model.h5"
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = real.open(original if original.exists() else case.folder / "saved_model", compiled=False)
            model.save(folder + "/own", save_format="tf")
            return without_keras(real, folder + "/own", case)
        except Exception as error:
            return told(error)


def is_its_own(real, item):
    """Is it of this Keras? The corpus says of no other how it trains on."""
    return item["producer"].startswith(real.producer)


def problem_of(real, item):
    case = Case(item["folder"])
    if item["state"] == "loaded":
        text = checks.opens(real, item["path"], case)
        if text:
            original = case.folder / "saved_model"
            evidence = checks.opens(real, original, case) if original.exists() else ""
            if same_error(evidence, text):
                raise Limit(f"{text[:300]} [what its producer saved: {evidence[:100]}]")
            return text
        if case.has_arrays() and isinstance(case.inputs(), list) and not case.remembers():
            text = predicts(real, item["path"], case)
            original = case.folder / "saved_model"
            # One without its class (of 2.2 none has it) stays as it was called: with a list Keras does not predict with it.
            revived = "revived" in pathlib.Path(item["path"]).name or item["producer"].startswith("tf-2.2")
            evidence = text and revived and original.exists() and predicts(real, original, case)
            if evidence and same_error(evidence, text):
                raise Limit(f"{text[:300]} [what its producer saved: {evidence[:200]}]")
            if text:
                return text
        if case.has_arrays():
            try:
                text = without_keras(real, item["path"], case)
            except Exception as error:
                text = told(error)
                own = its_own_problem(real, case)
                if same_error(own, text):
                    raise Limit(f"{text[:300]} [its own SavedModel: {own[:200]}]")
            if text:
                return text
    if not is_its_own(real, item) or not (case.folder / "continue/continue.json").exists():
        return ""
    if not item["compiled"]:
        raise InPart("trained on: what it is compiled with is not here yet, so it was saved without")
    try:
        text, results = trained_on(real, item["path"], case, item["state"])
    except Exception as error:
        text, own = told(error), error_of_training(real, case)
        if same_error(own, text):
            raise Limit(f"{text[:300]} [what its producer saved: {own[:200]}]")
        return text
    if text:
        # load_model starts with another state than was saved; the producer's file does, too, and shows what comes of it.
        own_text, own = trained_on(real, case.folder / "saved_model", case, "loaded")
        own = own[len(own) - len(results):]
        if own_text and results and all(not case.difference(a, b) for a, b in zip(results, own)):
            DIFFERENT.add(case.folder)
            raise Limit(f"{text} [what its producer saved goes on in the same way]")
        if case.folder in DIFFERENT:
            raise Limit(f"{text} [nor does what its producer saved go on as the model did]")
    return text


def trained_on(real, path, case, state):
    """What is wrong with the next steps from this file, and what they gave."""
    model = real.open(path, compiled=True)
    model.load_weights(str(path) + "/variables/variables")
    steps = case.continued()["train_on_batch"]
    problem, results = "", []
    for i in range(1 if state == "trained" else 0, len(steps)):
        x, y, keywords = case.training_batch(i)
        results.append(np.asarray(real.train(model, x, y, **keywords), "float32"))
        text = case.difference(results[-1], np.asarray(np.ravel(steps[i]), "float32"))
        if text and not problem:
            problem = f"train_on_batch {i}: {text}"
    after = archive(case.folder / "continue/weights_after.npz")
    return problem or case.differences(real.weights(model), after, "weight"), results


def error_of_training(real, case):
    """What goes wrong with training on from what the producer saved; empty when nothing does."""
    try:
        trained_on(real, case.folder / "saved_model", case, "loaded")
        return ""
    except Exception as error:
        return told(error)


DIFFERENT = set()  # cases that do not go on as they would have from the producer's own file either


class InPart(Exception):
    """All was right that was compared; what was not, stands in it."""


class Limit(Exception):
    """This TensorFlow cannot run what its own Keras saved of the case either."""


def name_of(item):
    return f"{pathlib.Path(item['folder']).name} {item['source']}{item['state']}"


def main():
    producer, manifest = sys.argv[1], pathlib.Path(sys.argv[2])
    real = start(producer, deterministic=False)
    limits_of = Limits(real, producer)
    passed = failed = limits = in_part = 0
    for item in json.loads(manifest.read_text()):
        if not any(item["producer"].startswith(reads) for reads in READS[producer]):
            continue
        if item["state"] == "trained" and not is_its_own(real, item):
            continue
        try:
            problem = problem_of(real, item)
        except InPart as part:
            in_part += 1
            print(f"in part: {item['producer']} {name_of(item)}: not {part}", flush=True)
            continue
        except Limit as limit:
            limits += 1
            print(f"limit: {item['producer']} {name_of(item)}: {limit}", flush=True)
            continue
        except Exception as error:
            problem = told(error)
        words = problem and limits_of.without_file(Case(item["folder"]), problem)
        problem = problem[:400]
        if words:
            limits += 1
            print(f"limit: {item['producer']} {name_of(item)}: {words}: {problem}", flush=True)
        elif problem:
            failed += 1
            print(f"failed: {item['producer']} {name_of(item)}: {problem}", flush=True)
        else:
            passed += 1
    print(f"saved models: {passed} passed, {failed} failed, {limits} limits, {in_part} in part")
    sys.exit(1 if failed or not passed else 0)


main()
