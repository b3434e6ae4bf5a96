"""Opens files that Hornbeam wrote in a real Keras: weights must be the original's bit for bit, predictions the corpus's,
and the next training steps those of the Keras that made the case (when it is this one) or Hornbeam's own of the same
file, all within the case's tolerances.

    python open_with_keras.py MANIFEST PRODUCER [--slice I/N] [--case TEXT] [--minimums all|tenth [--of NAME]]

PRODUCER: tf-2.2.3, tf-2.15.1, tf_keras or keras-3; its Python runs this. What fails counts as that Keras's own limit only
on evidence (limits.py); where its users can do something about it, that is done and checked ("remedied"). Ends with lines
"WHAT: N passed, N failed, N limits, N not written"; exit code 1 when one failed, or when fewer passed than minimums.txt
asks of all cases or of the fixed tenth.
"""
import argparse
import collections
import json
import pathlib
import sys

import real_keras

parser = argparse.ArgumentParser()
parser.add_argument("manifest", type=pathlib.Path)
parser.add_argument("producer", choices=list(real_keras.TARGETS))
parser.add_argument("--slice", default="0/1", help="each Nth file, from the Ith on")
parser.add_argument("--case", default="", help="cases whose name contains this")
parser.add_argument("--minimums", choices=["all", "tenth"], help="which of minimums.txt's are asked for")
parser.add_argument("--of", default="", help="the lines of minimums.txt: PRODUCER unless this says another")
options = parser.parse_args()
producer = options.producer
real = real_keras.start(producer)

import checks
import minimums
from corpus_case import Case
from limits import Limits

counts = collections.OrderedDict((what, collections.Counter()) for what in ("open", "next", "trained", "remedied"))
limits = Limits(real, producer)


def count(what, verdict, item, text=""):
    counts[what][verdict] += 1
    if text:
        print(f"{verdict}: {what} {item['producer']} {item['case']} {item['state']}: {text}", flush=True)


def suffix_of(item):
    return pathlib.Path(item["file"]).suffix


def check_opening(item, case):
    problem = checks.opens(real, item["file"], case, item.get("weights"))
    if not problem:
        return count("open", "passed", item)
    evidence = limits.open(case, problem, suffix_of(item))
    count("open", "limit" if evidence else "failed", item, f"{problem[:300]} [{evidence}]")


def check_training(item, case, what):
    # What the file, or the one that it was made of, does not hold of the optimizer, no training goes on with.
    legacy = "optimizer: its state; .keras archives hold none of legacy optimizers"
    whole = not item["optimizer_lost"] and not any(line.startswith(legacy) for line in item["dropped"])
    # Nor what its Keras leaves out of the loss's config: Keras 3 Huber's delta.
    whole = whole and not ("huber" in item["case"] and real.forgets_huber())
    steps = checks.Steps(case, item["next"], from_corpus=whole and item["producer"].startswith(producer))
    problem, results = checks.next_steps(real, item["file"], steps)
    if not problem:
        return count(what, "passed", item)
    evidence = limits.next(case, problem, results, steps, suffix_of(item))
    count(what, "limit" if evidence else "failed", item, f"{problem[:300]} {results} [{evidence}]")
    model = real.remedied(item["file"], problem) if evidence else None
    if model:
        problem, results = checks.goes_on(real, model, steps)
        count("remedied", "failed" if problem else "passed", item, problem and f"{problem[:300]} {results}")


def check(item):
    case = Case(item["folder"])
    what = "trained" if item["state"] == "trained" else "next"
    if "refused" in item:
        return count(what if what == "trained" else "open", "not written", item, item["refused"])
    if what == "next":
        check_opening(item, case)
    if "next" in item:
        check_training(item, case, what)
    elif "unsupported" in item:
        count(what, "not supported", item, item["unsupported"])


items = [item for item in json.loads(options.manifest.read_text()) if item["keras"] in real_keras.TARGETS[producer]]
start, step = map(int, options.slice.split("/"))
for item in items[start::step]:
    if options.case in item["case"]:
        check(item)
for what, c in counts.items():
    if c:
        rest = ", ".join(f"{c[verdict]} {verdict}" for verdict in ("limit", "not written", "not supported") if c[verdict])
        print(f"{what}: {c['passed']} passed, {c['failed']} failed" + (f", {rest}" if rest else ""))

low = []
if options.minimums:
    low = minimums.below(options.of or producer, {what: c["passed"] for what, c in counts.items()}, options.minimums)
for line in low:
    print(line)
sys.exit(1 if low or any(c["failed"] for c in counts.values()) else 0)
