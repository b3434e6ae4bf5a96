"""Opens TensorBundles that Hornbeam copied in a real TensorFlow: original and copy must hold what Hornbeam read.

    python open_bundles.py MANIFEST    # of copy_bundles
    python open_bundles.py --make DIR  # bundles that the corpus has none of, for copy_bundles to copy

Ends with "bundles: N passed, N failed"; exit code 1 when one failed, or there was none.
"""
import json
import os
import pathlib
import sys
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf


def digest(value):
    value = np.asarray(value, dtype=object if isinstance(value, bytes) else None)  # NumPy's own strings end at NULs
    if value.dtype == object:
        parts = [bytes(v) for v in value.ravel()]
        return zlib.crc32(b"".join(b"%d:" % len(p) + p for p in parts))
    return zlib.crc32(np.ascontiguousarray(value).tobytes())


def problem_of(prefix, wanted):
    """What is wrong with the bundle in this TensorFlow; empty when nothing is."""
    try:
        reader = tf.train.load_checkpoint(prefix)
        shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        if sorted(shapes) != sorted(wanted):
            return f"other keys: {sorted(set(shapes) ^ set(wanted))[:5]}"
        for name, (dtype, shape, sum_) in wanted.items():
            if (dtypes[name].name, list(shapes[name])) != (dtype, shape):
                return f"{name} is {dtypes[name].name} {shapes[name]} instead of {dtype} {shape}"
            if digest(reader.get_tensor(name)) != sum_:
                return f"{name} has another value"
        return ""
    except Exception as e:
        return f"{type(e).__name__}: {' '.join(str(e).split())[:300]}"


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)

    def save(name, tensors, specs=None):
        names = list(tensors)
        tf.raw_ops.SaveV2(prefix=str(folder / name), tensor_names=names, shape_and_slices=specs or [""] * len(names),
                          tensors=[tf.constant(tensors[n]) for n in names])

    # An index of several blocks.
    save("many", {f"layer_{i}/kernel/.ATTRIBUTES/VARIABLE_VALUE": np.float32(i) for i in range(6000)})
    rows = np.arange(60, dtype="float32").reshape(12, 5)
    for i in range(3):
        save(f"part{i}", {"rows": rows[4 * i : 4 * i + 4], f"own{i}": np.arange(i + 1)}, [f"12 5 {4 * i},4:-", ""])
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=[str(folder / f"part{i}") for i in range(3)],
                                  destination_prefix=str(folder / "merged"), delete_old_dirs=False)


if sys.argv[1] == "--make":
    make(pathlib.Path(sys.argv[2]))
    sys.exit()
passed, failed = 0, 0
for item in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    for which in ("original", "copy"):
        problem = problem_of(item[which], item["tensors"])
        passed, failed = (passed + 1, failed) if not problem else (passed, failed + 1)
        if problem:
            print(f"failed: {which} of {item['original']}: {problem}", flush=True)
print(f"bundles: {passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
