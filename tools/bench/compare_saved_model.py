"""Saving a model as a SavedModel, and loading one with a first prediction: Hornbeam and TensorFlow 2.15 in the same run; writes
a table of docs/benchmarks.md.

    compare_saved_model.py --folder PEERS --tensorflow-python PY [--hornbeam build/release/hornbeam] [--threads N] [--rounds N]
                           [--models a,b] [--keep FILE] [--through COMMAND] [--out FILE]

Every figure is of what a process does first, each in a process of its own, in turn; the median over ROUNDS. Both load the folder
that TensorFlow saved, and predictions must be within 1e-4 of Keras's. --keep and --through as compare.py has them.
"""
import os
import subprocess
import sys
import tempfile

from tables import arguments, hornbeam, keep, kept, machine, median, replace_table, row, run, show

HERE = os.path.dirname(os.path.abspath(__file__))
TOLERANCE = 1e-4


def check(args, saved, name, scratch):
    subprocess.run([args.hornbeam, "predict", saved, "--input", f"{args.folder}/{name}_x1.npy", "--output", f"{scratch}/y.npy"], check=True)
    done = subprocess.run([sys.executable, f"{HERE}/../../scripts/compare_npy.py", f"{scratch}/y.npy", f"{args.folder}/{name}_y1.npy",
                           str(TOLERANCE)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{saved}: {done.stdout}{done.stderr}")


def tensorflow(args, *command):
    engine = [args.tensorflow_python, f"{HERE}/saved_model_engine.py", *command, str(args.threads or os.cpu_count())]
    return run(args, engine) or sys.exit(1)


def measure(args, name, figures):
    """One round more."""
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = f"{scratch}/ours", f"{scratch}/theirs"
        figures["save"].append([hornbeam(args, "bench", f"{args.folder}/{name}.h5", "--save", ours, "--runs", "1")["first_save_ms"],
                                tensorflow(args, "save", f"{args.folder}/{name}.h5", theirs)["first_save_ms"]])
        for kind, saved in (("load", theirs), ("load_ours", ours)):
            check(args, saved, name, scratch)
            own = hornbeam(args, "bench", saved, "--runs", "1")
            peer = tensorflow(args, "load", saved, f"{args.folder}/{name}_x1.npy", f"{args.folder}/{name}_y1.npy")
            if not peer["error"] <= TOLERANCE:
                sys.exit(f"TensorFlow, {saved}: differs from Keras's outputs by {peer['error']:.3g}")
            figures[kind].append([own["load_ms"] + own["first_predict_ms"], peer["first_ms"]])


WHAT = {"save": "save", "load": "load and first predict", "load_ours": "the same of the folder that Hornbeam saved"}


def lines(name, figures):
    for kind, what in WHAT.items():
        own, peer = (median([{"ms": pair[i]} for pair in figures[kind]], "ms") for i in (0, 1))
        if own:
            yield row([name, what, show(own), show(peer), f"**{peer / own:.0f}**", str(len(figures[kind]))])


def main():
    parser = arguments(__doc__, ["mobilenetv2"], None)
    parser.add_argument("--tensorflow-python", required=True)
    args = parser.parse_args()
    all_figures = kept(args)
    for name in args.models.split(","):
        figures = all_figures.setdefault(name, {kind: [] for kind in WHAT})
        for _ in range(args.rounds):
            measure(args, name, figures)
            keep(args, all_figures)
    replace_table(args.out, "## SavedModels, ms (what a process does first, batch 1; no import or process start counted)", [
        machine(args), "", row(["model", "", "Hornbeam", "TensorFlow 2.15", "times as fast", "rounds"]), "|---" * 6 + "|",
        *(line for name, figures in all_figures.items() for line in lines(name, figures))])


main()
