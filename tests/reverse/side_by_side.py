"""Hornbeam and a real Keras train the same models side by side: python side_by_side.py HORNBEAM PRODUCER [--some] [--list]

HORNBEAM: the program; PRODUCER as real_keras.start takes it. The Keras makes the models of peer_models.py under each of
its optimizers (--some: each model under one) and saves them compiled; it trains them, without and with oneDNN, and
`hornbeam fit` trains the saved files on the same data in the same order.

At the first step the losses must agree to 1e-4 of them. From then on they drift apart, as those of any two programs that
round differently: in the first 50 steps and in all 200 Hornbeam's may not get further away than three times as far as
that Keras gets from itself: with oneDNN from without, or, because that changes nothing in some models (LSTM) and 2.2 has
no such switch, from initial weights of which every other is one bit off. FLOOR: where that is less. It is not asked at
each step: a training that is unstable somewhere (Nadam's of the LSTM) magnifies a last bit tenfold with each step there.

Two runs do not always show how far a last bit goes, least of all one at the beginning alone: another program rounds
otherwise in every step. Where Hornbeam is further away than three times what they show, that Keras trains SHAKEN times
more with half of the weights, at random, one bit off after each step, and the furthest of all counts. What was seen:
2.2.3's Adam of the MLP, four runs from weights that were one bit off and four shaken ones: five of the eight came 2.3e-7
to 3.1e-7 away from the plain run in 200 steps, three 8.6e-5, where Hornbeam is, too. 2.15.1's RMSprop of the MLP (at a loss
of 2.3e-4, and centered: it divides by the root of a difference of nearly equal numbers): 1.8e-5 to 2.9e-5 from such
weights, 9.6e-5 to 2.1e-4 shaken; Hornbeam 9.1e-5.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from peer_models import SHAKEN

FIRST, TIMES, FLOOR = 1e-4, 3, 1e-5
UP_TO = (50, 200)
RUNS = {"tf-2.2.3": ("own0", "nudged"), "tf-2.15.1": ("own0", "nudged", "own1"), "keras-3": ("own0", "nudged", "own1")}
HERE = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser()
parser.add_argument("hornbeam")
parser.add_argument("producer", choices=list(RUNS))
parser.add_argument("--some", action="store_true")
parser.add_argument("--list", action="store_true")
parser.add_argument("--keep", help="a folder to work in, which stays")
options = parser.parse_args()


def keras(folder, onednn, *cases):
    command = [sys.executable, str(HERE / "train_peers.py"), options.producer, str(folder), onednn]
    done = subprocess.run(command + list(cases), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit("train_peers.py: " + done.stderr.decode()[-2000:])
    return done.stdout.decode().splitlines()


def chosen(cases):
    """One optimizer for each model, another for each."""
    if not options.some:
        return cases
    models = sorted({case.split(":")[0] for case in cases})
    of_model = lambda model: [case for case in cases if case.startswith(model + ":")]
    return [of_model(model)[-1 - 2 * i] for i, model in enumerate(models)]


def hornbeam(folder, case):
    model, stem = case.split(":")[0], case.replace(":", "-").replace(" ", "_")
    file, = [f for f in folder.glob(stem + ".*") if f.suffix in (".h5", ".keras")]
    x, y = (str(folder / (model + "-%s.npy" % array)) for array in "xy")
    rows, steps = len(np.load(x, mmap_mode="r")), len(np.load(str(folder / (stem + "-own0.npy"))))
    command = [options.hornbeam, "fit", str(file), "--x", x, "--y", y, "--no-shuffle", "--batch-size", str(rows)]
    command += ["--epochs", str(steps), "--save", str(folder / (stem + "-trained" + file.suffix))]
    command += ["--history", str(folder / (stem + ".json"))]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        return None, done.stderr.decode().strip()
    return np.array(json.loads((folder / (stem + ".json")).read_text())["history"]["loss"]), ""


def drift(one, other):
    """How far the losses have been from each other up to each step, as a share of them."""
    return np.maximum.accumulate(np.abs(one - other) / np.abs(one))


def too_far(ours, own):
    for step in UP_TO:
        if ours[step - 1] > max(TIMES * own[step - 1], FLOOR):
            return "up to step %d %.3g away, Keras from itself %.3g" % (step, ours[step - 1], own[step - 1])
    return ""


def problem_of(folder, case):
    stem = str(folder / case.replace(":", "-").replace(" ", "_"))
    without, *others = (np.load(stem + "-%s.npy" % run) for run in RUNS[options.producer])
    if not (np.isfinite(without).all() and without.min() < 0.95 * without[0]):
        return "this Keras learns nothing"
    got, problem = hornbeam(folder, case)
    if problem:
        return problem
    own, ours = np.maximum.reduce([drift(without, other) for other in others]), drift(without, got)
    shaken = ours[0] <= FIRST and bool(too_far(ours, own))
    if shaken:
        keras(folder, "shaken", case)
        more = [np.load(stem + "-shaken%d.npy" % i) for i in range(SHAKEN)]
        own = np.maximum.reduce([own] + [drift(without, other) for other in more])
    if options.list:
        print("%-28s loss %.4f to %.4f; drift %.2g, %.2g, %.2g at steps 1, 50, 200; own %.2g, %.2g%s" %
              (case, without[0], without[-1], ours[0], ours[49], ours[-1], own[49], own[-1], ", shaken" * shaken), flush=True)
    if ours[0] > FIRST:
        return "at step 1 %.8g instead of %.8g" % (got[0], without[0])
    return too_far(ours, own)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        cases = chosen(keras(folder, "0"))
        for onednn in "01" if "own1" in RUNS[options.producer] else "0":
            keras(folder, onednn, *cases)
        for case in cases:
            problem = problem_of(folder, case)
            passed, failed = passed + (not problem), failed + bool(problem)
            if problem:
                print("failed: %s: %s" % (case, problem), flush=True)
    print("side by side: %d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
