"""Makes tests/base/data/{json_cases,json_refused,float_repr}.txt: what Python's json module makes of documents.

    python tools/record/make_json_cases.py [DIR]        # any Python 3; nothing but the standard library

json_cases.txt    three lines a case: the document, json.dumps of it, and repr(json.dumps of it with indent=2)
json_refused.txt  a document a line that json.loads refuses
float_repr.txt    the bits of a double in hex, and its repr
"""
import json
import pathlib
import random
import struct
import sys

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/base/data")

CASES = [
    "null", "true", "false", "0", "-0", "7", "-12", "9223372036854775807", "-9223372036854775808",
    "0.0", "-0.0", "1.0", "1.5", "0.1", "1e-7", "1E-07", "1e-05", "0.0001", "0.00012345", "1e15", "1e16", "123456789012345680.0",
    "9007199254740993.0", "1e22", "1e23", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1e400", "-1e400", "1e-400",
    "0e99999999999999999999", "1e99999999999999999999", "-1e-99999999999999999999", "0.10000000149011612", "3.4028234663852886e+38",
    "NaN", "Infinity", "-Infinity", "[NaN, -Infinity, \"NaN\"]",
    '""', '"relu"', '"a\\"b\\\\c\\/d"', '"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f"', '"\u00e9\u4e2d\U0001f600"', '"\\u00e9\\ud83d\\ude00"', '"\u007f"',
    "[]", "{}", "[[]]", "[{}]", '{"a": []}', "[1,2, 3 ,4]", ' \t\r [ 1 , { "b" : 2 } ] ',
    '{"class_name": "Dense", "config": {"units": 64, "activation": "relu", "use_bias": true, "rate": 0.5, "shape": [null, 784]}}',
    '{"z": 1, "a": 2, "\u00fc": 3, "": 4}',
    "[" * 512 + "]" * 512,
]
REFUSED = [
    "", " ", "nul", "True", "nan", "-NaN", "inf", "+1", "01", "-", "-01", "1.", ".5", "1e", "1e+", "0x10", "1 2", "[1,]", "[1", "[,1]", "[1 2]",
    '{"a":1,}', '{"a"}', '{"a" 1}', "{a:1}", "{1:1}", '{"a":}', '{"a":1', '{"a":1 "b":2}', "]", "}", '"', '"abc', '"\\', '"\\x41"', '"\\u12"', '"\\u12g4"', '"\t"',
    "'a'", "[1]]", '{"a":1}}', "// c", "[1] x", "\ufeff1",
]


def main():
    lines = []
    for text in CASES:
        value = json.loads(text)
        lines += [text, json.dumps(value), repr(json.dumps(value, indent=2))[1:-1] if len(text) < 1000 else "-"]
    (OUT / "json_cases.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for text in REFUSED:
        try:
            json.loads(text)
        except ValueError:
            continue
        raise SystemExit(f"json accepts {text!r}")
    (OUT / "json_refused.txt").write_text("\n".join(REFUSED) + "\n", encoding="utf-8", newline="\n")

    rng = random.Random(3)
    values = [struct.unpack("<d", rng.randbytes(8))[0] for _ in range(200)]
    values += [round(rng.uniform(-1, 1) * 10.0 ** rng.randint(-8, 18), rng.randint(0, 9)) for _ in range(200)]
    values += [struct.unpack("<f", struct.pack("<f", rng.gauss(0, 1)))[0] for _ in range(100)]
    values += [10.0**e for e in range(-10, 25)]
    text = "".join(f"{struct.unpack('<Q', struct.pack('<d', v))[0]:016x} {v!r}\n" for v in values)
    (OUT / "float_repr.txt").write_text(text, newline="\n")


main()
