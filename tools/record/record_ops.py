"""Records what TensorFlow's ops yield: tests/ops/data/ops/OP.npz and ops.json (README.md there says how to read them).

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

from op_cases import convolution, indexing, linear, math, reductions, shape, stateless_random
from op_cases.table import Table

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests/ops/data/ops"


def save_npz(path, arrays):
    """np.savez without its zip64 headers and with fixed dates: the smallest form a reader must know."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as f:
        for key, value in arrays.items():
            with f.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))


def main():
    table = Table()
    for family in (shape, indexing, math, reductions, linear, convolution, stateless_random):
        family.cases(table)
    OUT.mkdir(parents=True, exist_ok=True)
    for op, arrays in table.arrays.items():
        save_npz(OUT / f"{op}.npz", arrays)
    lines = []
    for op in sorted(table.ops):
        rows = ",\n".join("  " + json.dumps(c, ensure_ascii=False) for c in table.ops[op])
        lines.append(f"{json.dumps(op)}: [\n{rows}\n]")
    (OUT / "ops.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    for refusal in table.refused:
        print("refused:", *refusal)
    total = sum(f.stat().st_size for f in OUT.iterdir())
    print(len(table.ops), "ops,", sum(map(len, table.ops.values())), "cases,", total, "bytes")


main()
