"""Steps of fit of Hornbeam and its peers on the same machine in the same run; writes a table of docs/benchmarks.md.

    compare_training.py --folder PEERS [--hornbeam build/release/hornbeam] [--threads N] [--rounds N] [--models a,b]
                        [--tf2.2 PY] [--tf2.15 PY] [--keras3 PY] [--pytorch PY] [--keep FILE] [--through COMMAND] [--out FILE]

Each engine runs in a process of its own, one after the other, ROUNDS times round; a figure is the median over the rounds of the
median step. Figures count only when the losses of three steps are TensorFlow 2.15's, within 1 % of the first: a peer's others
are left out, Hornbeam's end the comparison. --keep and --through as compare.py has them.
"""
import os
import sys

import numpy as np

import tables

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = {"mlp": (64, 10), "cnn": (64, 5), "lstm": (64, 5), "resnet50": (16, 3)}  # batch, epochs that are timed
PEERS = {"tf2.2": "TensorFlow 2.2", "tf2.15": "TensorFlow 2.15", "keras3": "Keras 3", "pytorch": "PyTorch"}
TOLERANCE = 0.01


def agrees(name, engine, losses, args):
    expected = np.load(f"{args.folder}/{name}_train_losses.npy")
    worst = np.abs(np.array(losses) - expected).max() / expected[0]
    if worst <= TOLERANCE:
        return True
    print(f"{engine} {name}: losses {losses}, TensorFlow 2.15's are {expected.tolist()}", file=sys.stderr)
    return False


def hornbeam(args, name):
    batch, runs = MODELS[name]
    result = tables.hornbeam(args, "bench", f"{args.folder}/{name}_train.h5", "--train", "--batch-size", str(batch), "--runs", str(runs),
                             "--x", f"{args.folder}/{name}_train_x.npy", "--y", f"{args.folder}/{name}_train_y.npy")
    return result if agrees(name, "hornbeam", result["losses"], args) else sys.exit(1)


def peer(args, engine, name):
    python = getattr(args, engine.replace(".", "_"))
    if not python:
        return None
    batch, runs = MODELS[name]
    kind = "tensorflow" if engine.startswith("tf") else engine
    result = tables.run(args, [python, f"{HERE}/train_engine.py", kind, args.folder, name, str(batch),
                               str(args.threads or os.cpu_count()), str(runs)])
    return result if result and agrees(name, engine, result["losses"], args) else None


def line(name, figures):
    own = tables.median(figures["hornbeam"], "median_ms")
    peers = {e: tables.median(figures[e], "median_ms") for e in PEERS}
    best = min((v for v in peers.values() if v), default=None)
    return tables.row([name, str(MODELS[name][0]), tables.show(own)] + [tables.show(peers[e]) for e in PEERS] +
                      ["-" if not best else f"**{own / best:.2f}**", str(len(figures["hornbeam"]))])


def main():
    parser = tables.arguments(__doc__, MODELS, None)
    for engine in PEERS:
        parser.add_argument(f"--{engine}", dest=engine.replace(".", "_"))
    args = parser.parse_args()
    kept = tables.kept(args)
    for name in args.models.split(","):
        figures = kept.setdefault(name, {engine: [] for engine in ["hornbeam", *PEERS]})
        for _ in range(args.rounds):
            figures["hornbeam"].append(hornbeam(args, name))
            for engine in PEERS:
                if (result := peer(args, engine, name)):
                    figures[engine].append(result)
            tables.keep(args, kept)
        print(line(name, figures), flush=True)
    head = ["model", "batch", "Hornbeam", *PEERS.values(), "ratio to the best", "rounds"]
    tables.replace_table(args.out, "## A step of fit, ms", [tables.machine(args), "", tables.row(head), "|---" * len(head) + "|"] +
                         [line(name, kept[name]) for name in MODELS if name in kept])


main()
