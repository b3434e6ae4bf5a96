"""Records what TensorFlow's ops yield: tests/ops/data/ops/OP.npz and ops.json (README.md there says how to read them), and
their gradients: tests/ops/data/gradients.

    python tools/record/record_ops.py [DIR]        # TensorFlow 2.15.1, CPU, without oneDNN's substitutes
"""
import json
import os
import pathlib
import sys
import warnings
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
warnings.filterwarnings("ignore")
import numpy as np

from op_cases import convolution, gradients, image, indexing, linear, math, reductions, sequence_losses, shape, signal, sparse, stateless_random, text
from op_cases.table import Table

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests/ops/data/ops"


def save_npz(path, arrays):
    """np.savez without its zip64 headers and with fixed dates: the smallest form a reader must know."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))


def save(folder, index, entries, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for op, values in arrays.items():
        save_npz(folder / f"{op}.npz", values)
    lines = []
    for op in sorted(entries):
        rows = ",\n".join("  " + json.dumps(c, ensure_ascii=False) for c in entries[op])
        lines.append(f"{json.dumps(op)}: [\n{rows}\n]")
    (folder / index).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    table = Table()
    for family in (shape, indexing, math, reductions, linear, convolution, image, stateless_random, gradients, text, signal, sparse, sequence_losses):
        family.cases(table)
    save(OUT, "ops.json", table.ops, table.arrays)
    save(OUT.parent / "gradients", "gradients.json", table.gradients, table.gradient_arrays)
    for refusal in table.refused:
        print("refused:", *refusal)
    for folder, entries in ((OUT, table.ops), (OUT.parent / "gradients", table.gradients)):
        total = sum(f.stat().st_size for f in folder.iterdir())
        print(folder.name, len(entries), "ops,", sum(map(len, entries.values())), "cases,", total, "bytes")


main()
