"""Makes tests/formats/data/csv: tables as NumPy, pandas and Python's csv module write them, and numbers as Python reads them.

    python tools/record/make_csv_files.py [DIR]        # NumPy and pandas

NAME.csv, and expected.json: {"tables": {NAME: {"columns", "rows"}}, "numbers": {text: float(text).hex(), or null where float()
takes it for none}}. Texts that float() takes and a C reader does not ("1_000", digits that are not ASCII) are left out.
"""
import csv
import json
import pathlib
import random
import struct
import sys

import numpy as np
import pandas as pd

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "tests/formats/data/csv")
random.seed(5)
rng = np.random.RandomState(5)
tables = {}


def table(name, columns, rows, write):
    write(OUT / (name + ".csv"))
    tables[name] = {"columns": [str(c) for c in columns], "rows": [[repr(float(v)) for v in row] for row in rows]}


def with_csv(path, columns, rows, **how):
    with open(path, "w", newline="") as f:
        csv.writer(f, **how).writerows(([columns] if columns else []) + [list(r) for r in rows])


def numbers():
    texts = ["0", "-0", "+7", ".5", "5.", "1e5", "1E-5", "-1.5e+3", "nan", "NaN", "-nan", "inf", "-Inf", "Infinity", "-infinity", "1e308", "1.7976931348623157e308",
             "4.9e-324", "2e-324", "-1e-400", "0.1", "1" + "0" * 100, "0." + "0" * 100 + "1", "9007199254740993", "123456789012345678901234567890",
             "", "-", "+", ".", "e5", "1e", "1e+", "0x10", "1,5", "1 2", "na", "N/A", "null", "True", "--1", "+-1", "-+1", "++1", "1.2.3", "infi", "nanx", "1e5x", "1d5", "1f"]
    for _ in range(150):
        texts.append(repr(struct.unpack("<d", struct.pack("<Q", random.getrandbits(64)))[0]))
        texts.append("%.*e" % (random.randrange(25), rng.standard_normal() * 10.0 ** random.randrange(-30, 30)))
    read = {}
    for text in texts:
        try:
            read[text] = float(text).hex()
        except ValueError:
            read[text] = None
    return read


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    x = rng.standard_normal((5, 3))
    table("savetxt", range(3), x, lambda p: np.savetxt(p, x, delimiter=",", fmt="%.17g"))
    table("savetxt_spaces", range(3), x, lambda p: np.savetxt(p, x, delimiter=" , ", fmt="%25.17e"))
    frame = pd.DataFrame(x, columns=["a", "b c", 'd"e,f'])
    table("pandas", frame.columns, x, lambda p: frame.to_csv(p, index=False))
    table("pandas_index", ["", "a", "b c", 'd"e,f'], np.concatenate([np.arange(5)[:, None], x], 1), lambda p: frame.to_csv(p))
    table("pandas_bom", frame.columns, x, lambda p: frame.to_csv(p, index=False, encoding="utf-8-sig"))
    table("quoted", ["one\ntwo", "z"], x[:, :2], lambda p: with_csv(p, ["one\ntwo", "z"], x[:, :2], quoting=csv.QUOTE_ALL))
    table("tabs", ["a", "b", "c"], x, lambda p: with_csv(p, ["a", "b", "c"], x, delimiter="\t", lineterminator="\n"))
    table("old_mac", range(3), x, lambda p: with_csv(p, None, x, lineterminator="\r"))
    (OUT / "expected.json").write_text(json.dumps({"tables": tables, "numbers": numbers()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
