"""Hornbeam against its peers on the same machine in the same run; writes the tables of docs/benchmarks.md.

    compare.py --hornbeam build/release/hornbeam --folder PEERS [--python PY] [--tensorflow-python PY]
               [--threads N] [--rounds N] [--models a,b] [--batches 1,16] [--out docs/benchmarks.md]
               [--keep FILE] [--through COMMAND]

Each engine runs in a process of its own, one after the other, ROUNDS times round; a figure is the median over the rounds of
the median of 30 predictions. A ratio divides Hornbeam's figure by a peer's: below 1 Hornbeam is faster. Figures count only
with outputs within 1e-4 of Keras's: a peer's others are left out, Hornbeam's end the comparison.

A machine that is quiet for minutes only is measured in several calls: with --keep the figures of this call join those in FILE,
and the tables show all of them. --through starts each engine through a command (one that waits until the machine is quiet).
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = ["mlp", "cnn", "mobilenetv2", "resnet50", "efficientnetb0"]
PEERS = ["onnxruntime", "openvino", "litert", "tensorflow"]
TOLERANCE = 1e-4


def check(args, name, batch):
    """Hornbeam's outputs for the inputs that the peers get, against Keras's."""
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/y.npy"
        subprocess.run([args.hornbeam, "predict", f"{args.folder}/{name}.h5", "--input", f"{args.folder}/{name}_x{batch}.npy",
                        "--output", output, "--batch-size", str(batch)], check=True)
        done = subprocess.run([sys.executable, f"{HERE}/../../scripts/compare_npy.py", output, f"{args.folder}/{name}_y{batch}.npy",
                               str(TOLERANCE)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} b{batch}: {done.stdout}{done.stderr}")


def hornbeam(args, name, batch):
    command = [args.hornbeam, "bench", f"{args.folder}/{name}.h5", "--batch-size", str(batch), "--json"]
    env = dict(os.environ)
    if args.threads:
        env["HORNBEAM_NUM_THREADS"] = str(args.threads)
    done = subprocess.run(args.through.split() + command, env=env, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    result["first_ms"] = result["load_ms"] + result["first_predict_ms"]
    return result


def peer(args, engine, name, batch):
    python = args.tensorflow_python if engine == "tensorflow" else args.python
    if not python:
        return None
    threads = args.threads or os.cpu_count()
    command = [python, f"{HERE}/engine.py", engine, args.folder, name, str(batch), str(threads), "30"]
    done = subprocess.run(args.through.split() + command, capture_output=True, text=True)
    if done.returncode:
        print(f"{engine} {name} b{batch}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if not result["error"] <= TOLERANCE:
        print(f"{engine} {name} b{batch}: its outputs differ from Keras's by {result['error']:.3g}", file=sys.stderr)
        return None
    return result


def measure(args):
    """(model, batch, {engine: figures of each round}), in the order of MODELS."""
    kept = {}
    if args.keep and os.path.exists(args.keep):
        with open(args.keep) as f:
            kept = json.load(f)
    for name in args.models.split(","):
        for batch in args.batches.split(","):
            check(args, name, batch)
            figures = kept.setdefault(f"{name} {batch}", {engine: [] for engine in ["hornbeam"] + PEERS})
            for _ in range(args.rounds):
                figures["hornbeam"].append(hornbeam(args, name, batch))
                for engine in PEERS:
                    if (result := peer(args, engine, name, batch)):
                        figures[engine].append(result)
                if args.keep:
                    with open(args.keep, "w") as f:
                        json.dump(kept, f)
            print(latency_row(name, batch, figures), flush=True)
    rows = [(*key.split(" "), figures) for key, figures in kept.items()]
    return sorted(rows, key=lambda row: (MODELS.index(row[0]) if row[0] in MODELS else len(MODELS), int(row[1])))


def median(results, key):
    return statistics.median(r[key] for r in results) if results else None


def show(value):
    return "-" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def latency_row(name, batch, figures):
    own = median(figures["hornbeam"], "median_ms")
    peers = {e: median(figures[e], "median_ms") for e in PEERS}
    best = min((v for v in peers.values() if v), default=None)
    cells = [name, batch, show(own)] + [show(peers[e]) for e in PEERS] + [
        "-" if not best else f"**{own / best:.2f}**", str(len(figures["hornbeam"]))]
    return "| " + " | ".join(cells) + " |"


def first_row(name, figures):
    own = median(figures["hornbeam"], "first_ms")
    peers = {e: median(figures[e], "first_ms") for e in PEERS}
    tf = peers["tensorflow"]
    cells = [name, show(own)] + [show(peers[e]) for e in PEERS] + ["-" if not tf else f"**{own / tf:.3f}**"]
    return "| " + " | ".join(cells) + " |"


def report(args, rows):
    head = ["ONNX Runtime", "OpenVINO", "LiteRT", "TensorFlow"]
    text = [
        "# Benchmarks", "",
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, {args.threads or os.cpu_count()} threads for everyone, float32.",
        "Each engine in a process of its own, in turn, for some rounds; a figure is the median over the rounds of the median of 30",
        "predictions after warm-up. A ratio below 1 says Hornbeam is faster. Peers are called from Python, as installed.", "",
        "Repeat: `scripts/bench.sh`.", "",
        "## Predict, ms", "",
        "| model | batch | Hornbeam | " + " | ".join(head) + " | ratio to the best | rounds |", "|---" * 9 + "|",
    ]
    text += [latency_row(*row) for row in rows]
    text += ["", "## Load and first predict, ms (batch 1; no import or process start counted)", "",
             "| model | Hornbeam | " + " | ".join(head) + " | ratio to TensorFlow |", "|---" * 7 + "|"]
    text += [first_row(name, figures) for name, batch, figures in rows if batch == "1"]
    with open(args.out, "w") as f:
        f.write("\n".join(text) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hornbeam", default="build/release/hornbeam")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python")
    parser.add_argument("--tensorflow-python")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--batches", default="1,16")
    parser.add_argument("--keep")
    parser.add_argument("--through", default="")
    parser.add_argument("--out", default="docs/benchmarks.md")
    args = parser.parse_args()
    report(args, measure(args))


main()
