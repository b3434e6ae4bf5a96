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
import os
import subprocess
import sys
import tempfile

from tables import arguments, hornbeam, keep, kept, machine, median, replace_table, row, run, show

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = ["mlp", "cnn", "lstm", "mobilenetv2", "resnet50", "efficientnetb0"]
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


def own(args, name, batch):
    result = hornbeam(args, "bench", f"{args.folder}/{name}.h5", "--batch-size", str(batch),
                      "--x", f"{args.folder}/{name}_x{batch}.npy")
    result["first_ms"] = result["load_ms"] + result["first_predict_ms"]
    return result


def peer(args, engine, name, batch):
    python = args.tensorflow_python if engine == "tensorflow" else args.python
    if not python:
        return None
    threads = args.threads or os.cpu_count()
    result = run(args, [python, f"{HERE}/engine.py", engine, args.folder, name, str(batch), str(threads), "30"])
    if result and not result["error"] <= TOLERANCE:
        print(f"{engine} {name} b{batch}: its outputs differ from Keras's by {result['error']:.3g}", file=sys.stderr)
        return None
    return result


def measure(args):
    """(model, batch, {engine: figures of each round}), in the order of MODELS."""
    all_figures = kept(args)
    for name in args.models.split(","):
        for batch in args.batches.split(","):
            check(args, name, batch)
            figures = all_figures.setdefault(f"{name} {batch}", {engine: [] for engine in ["hornbeam"] + PEERS})
            for _ in range(args.rounds):
                figures["hornbeam"].append(own(args, name, batch))
                for engine in PEERS:
                    if (result := peer(args, engine, name, batch)):
                        figures[engine].append(result)
                keep(args, all_figures)
            print(latency_row(name, batch, figures), flush=True)
    rows = [(*key.split(" "), figures) for key, figures in all_figures.items()]
    return sorted(rows, key=lambda row: (MODELS.index(row[0]) if row[0] in MODELS else len(MODELS), int(row[1])))


def latency_row(name, batch, figures):
    ours = median(figures["hornbeam"], "median_ms")
    peers = {e: median(figures[e], "median_ms") for e in PEERS}
    best = min((v for v in peers.values() if v), default=None)
    return row([name, batch, show(ours)] + [show(peers[e]) for e in PEERS] +
               ["-" if not best else f"**{ours / best:.2f}**", str(len(figures["hornbeam"]))])


def first_row(name, figures):
    ours = median(figures["hornbeam"], "first_ms")
    peers = {e: median(figures[e], "first_ms") for e in PEERS}
    tf = peers["tensorflow"]
    return row([name, show(ours)] + [show(peers[e]) for e in PEERS] + ["-" if not tf else f"**{ours / tf:.3f}**"])


def main():
    parser = arguments(__doc__, MODELS, "1,16")
    parser.add_argument("--python")
    parser.add_argument("--tensorflow-python")
    args = parser.parse_args()
    rows = measure(args)
    head = ["ONNX Runtime", "OpenVINO", "LiteRT", "TensorFlow"]
    replace_table(args.out, "## Predict, ms", [
        machine(args), "", row(["model", "batch", "Hornbeam", *head, "ratio to the best", "rounds"]), "|---" * 9 + "|",
        *(latency_row(*r) for r in rows)])
    replace_table(args.out, "## Load and first predict, ms (batch 1; no import or process start counted)", [
        row(["model", "Hornbeam", *head, "ratio to TensorFlow"]), "|---" * 7 + "|",
        *(first_row(name, figures) for name, batch, figures in rows if batch == "1")])


main()
