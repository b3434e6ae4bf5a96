"""Records the texts of Keras's errors: tests/keras/data/errors.json.

    python tools/record/record_errors.py [FILE]    # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: each adds its own words

Of an error inside a compiled function the trace is left out. FILE is {case: {"call": the call in words, "layer" and "on": of layers that the test makes of their configs, PRODUCER: {"error": exception class, "message": exact text} or {"result": ...} when Keras allows the call}}.
Sets, which Python prints in braces, have no fixed order. File names in the texts are as given (relative); addresses of objects are written as 0x0.
"""
import contextlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile

from producer import PRODUCER, keras

import tensorflow as tf

import error_cases

FILE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/errors.json").resolve()


def clean(text):
    text = re.sub(r"0x[0-9a-f]{6,}", "0x0", text)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r'File "[^"]*[/\\](site-packages|python3\.\d+)[/\\]', 'File "', text)
    if text.startswith("in user code:"):  # a trace through Keras's own files: only its last line is Keras's message
        last = re.split(r"\n\n    (?=\w+(?:Error|Exception): )", text)[-1]
        text = "\n".join(line[4:] if line.startswith("    ") else line for line in last.split("\n")).strip()
        text = re.sub(r"^\w+: ", "", text)
    return text.replace(os.getcwd() + "/", "").replace(os.getcwd(), ".")


def main():
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    os.chdir(tempfile.mkdtemp())
    counts = {"errors": 0, "allowed": 0}
    for name, words, call in error_cases.cases(keras):
        keras.backend.clear_session()
        tf.random.set_seed(1)
        entry = known.setdefault(name, {"call": words})
        entry["call"] = words
        entry.update(getattr(call, "row", {}))
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                result = call()
            counts["allowed"] += 1
            entry[PRODUCER] = {"result": clean(repr(result))[:200]}
        except Exception as e:
            counts["errors"] += 1
            entry[PRODUCER] = {"error": type(e).__name__, "message": clean(str(e))}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
    print(PRODUCER, counts)


main()
