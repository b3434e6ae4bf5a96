"""Compiled models that Hornbeam brought from one Keras to another, opened by that one: evaluate and the next step must
report the same names and numbers, in the same order, as of a model that was compiled there.

    python open_compiled.py HORNBEAM PRODUCER [--case NAME]... [--tenth]

HORNBEAM: the program; PRODUCER as real_keras.start takes it; --tenth: a fixed tenth of the cases.

A file that stays in its Keras keeps its configuration to the letter: it must report what that Keras does with its own.

The cases are those of tests/keras/data/compiled (tools/record/record_compiled.py): what each Keras wrote before and after
a step, and what it reports natively. Exit code 1 when one differs, or fewer pass than minimums.txt asks.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

import numpy as np

import minimums
import real_keras

DATA = pathlib.Path(__file__).resolve().parents[1] / "keras/data/compiled"
parser = argparse.ArgumentParser()
parser.add_argument("hornbeam")
parser.add_argument("producer", choices=list(real_keras.TARGETS))
parser.add_argument("--case", action="append", default=[])
parser.add_argument("--tenth", action="store_true")
options = parser.parse_args()
hornbeam, producer = options.hornbeam, options.producer
real = real_keras.start(producer)
import h5py

target = real_keras.TARGETS[producer][-1]
RECORDED = {"tf2.2": "tf-2.2.3", "tf2.15": "tf-2.15.1", "keras3": "keras-3.15.1"}
arrays = np.load(str(DATA / "arrays.npz"))


def results_of(model, recorded):
    """As record_compiled.py takes them."""
    cls = arrays["classes" if recorded["sparse"] else "cls"]
    y, w = (cls, arrays["w"]) if recorded["model"] == "one" else ([arrays["reg"], cls], arrays["w"])
    if target == "keras3" and isinstance(y, list):
        w = [w, w]
    rest = lambda value: [v[4:] for v in value] if isinstance(value, list) else value[4:]
    evaluated = model.evaluate(arrays["x"], y, sample_weight=w, batch_size=6, verbose=0, return_dict=True)
    if hasattr(model, "reset_metrics"):
        model.reset_metrics()
    return evaluated, model.train_on_batch(arrays["x"][4:], rest(y), sample_weight=rest(w), return_dict=True)


def differences(got, expected):
    got, names = {k: float(v) for k, v in got.items()}, [name for name, _ in expected]
    if list(got) != names:
        return "%s instead of %s" % (list(got), names)
    wrong = [name for name, value in expected if not np.isclose(got[name], value, rtol=1e-5, atol=1e-6)]
    return "%s: %s instead of %s" % (wrong, got, expected) if wrong else ""


def problem_of(source, recorded, state, native, folder):
    """What is wrong with the converted model; empty when nothing is."""
    given, made = str(folder / "given.h5"), str(folder / "made.h5")
    shutil.copy(str(DATA / ("%s_%s.h5" % (source, recorded["model"]))), given)
    with h5py.File(given, "r+") as file:
        file.attrs["training_config"] = np.bytes_(recorded[state])
    done = subprocess.run([hornbeam, "convert", given, made, "--format", "h5", "--target", target],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        return done.stderr.decode()
    try:
        model = real.open(made, compiled=True)
        if target == "keras3":  # its H5 loader builds the optimizer for no variables (docs/limits.md)
            model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
            model.optimizer.build(model.trainable_variables)
        evaluated, step = results_of(model, recorded)
    except Exception as error:
        return real_keras.told(error)[:500]
    return differences(evaluated, native["evaluate"]) or differences(step, native["next"])


def wanted(source, name):
    if options.tenth and zlib.crc32((source + name).encode()) % 10:
        return False
    return not options.case or name in options.case


def main():
    counts = dict(passed=0, failed=0)
    natives = json.loads((DATA / (RECORDED[target] + ".json")).read_text())
    with tempfile.TemporaryDirectory() as temporary:
        for source in RECORDED.values():
            for name, recorded in json.loads((DATA / (source + ".json")).read_text()).items():
                own = source == RECORDED[target]
                native = natives[name].get("loaded" if own else "native", {})
                if "error" in recorded or "evaluate" not in native or not wanted(source, name):
                    continue
                # Not what was settled from the outputs alone, which the Keras itself reports otherwise.
                fresh = recorded["fresh"] != recorded["trained"] and recorded["loaded_fresh"] == recorded["native"]
                # 2.2 writes the output's name into a metric's when it trains: a name that begins so is taken for one.
                fresh = fresh and not (source == "tf-2.2.3" and name.startswith("prefixed"))
                for state in ("trained", "fresh") if fresh else ("trained",):
                    expected = natives[name]["loaded_fresh"] if own and state == "fresh" else native
                    problem = problem_of(source, recorded, state, expected, pathlib.Path(temporary))
                    counts["failed" if problem else "passed"] += 1
                    if problem:
                        print("failed: %s of %s, %s: %s" % (name, source, state, problem), flush=True)
    print("compiled: {passed} passed, {failed} failed".format(**counts))
    low = []
    if not options.case:
        low = minimums.below(producer, {"compiled": counts["passed"]}, "tenth" if options.tenth else "all")
    for line in low:
        print(line)
    return 1 if counts["failed"] or low else 0


sys.exit(main())
