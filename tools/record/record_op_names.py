"""Records TensorFlow's ops and the names of their attributes, a line each: tests/graph/data/tf-2.2.3_ops.txt.

    python tools/record/record_op_names.py [FILE]        # TensorFlow 2.2.3
"""
import pathlib
import sys

from producer import PRODUCER

import tensorflow as tf
from tensorflow.python.framework import op_def_registry

FILE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / ("tests/graph/data/%s_ops.txt" % PRODUCER))
found = [op_def_registry.get(name) for name in sorted(dir(tf.raw_ops)) if not name.startswith("_")]
FILE.write_text("".join(" ".join([op.name] + sorted(a.name for a in op.attr)) + "\n" for op in found if op is not None))
