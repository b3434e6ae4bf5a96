"""Small TensorBundles and `checkpoint` files as TensorFlow writes them, with what it reads from them.

Run with TensorFlow 2.15.1, 2.2.3 and the newest, one after another; writes tests/formats/data/bundles: <name>.index and
<name>.data-*, expected.json (name of a bundle -> tensor -> [dtype, shape, its bytes, or those of its strings, in hex]),
states.json (TensorFlow -> what `checkpoint` files were asked for, and their text). The bundles that are no model's come
from 2.15.1 alone: the others write the same bytes.
"""
import json
import pathlib
import shutil
import tempfile

from producer import KERAS3, OLD, np, tf

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/formats/data/bundles"
OUT.mkdir(parents=True, exist_ok=True)
made = []


def known(path):
    return json.loads(path.read_text()) if path.exists() else {}


def save(name, tensors, slices=None):
    names = list(tensors)
    made.append(name)
    specs = [(slices or {}).get(n, "") for n in names]
    # A slice is stored under the name of its whole, which is what stands before '#'.
    stored = [n.split("#")[0] for n in names]
    tf.raw_ops.SaveV2(prefix=str(OUT / name), tensor_names=stored, shape_and_slices=specs,
                      tensors=[tf.constant(tensors[n]) if not tf.is_tensor(tensors[n]) else tensors[n] for n in names])


def hexed(value):
    value = np.asarray(value, dtype=object if isinstance(value, bytes) else None)  # NumPy's own strings end at NULs
    if value.dtype == object:
        return [bytes(v).hex() for v in value.ravel()]
    return np.ascontiguousarray(value).tobytes().hex()


def types():
    numbers = np.array([[0, 1, 2], [3, 4, 100]])
    result = {"string": tf.constant("Käse"), "strings": tf.constant([["", "a"], ["x" * 200, "ä\n"]]),
              "no_strings": tf.constant([], tf.string), "bool": np.array([True, False, True])}
    for dtype in "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64".split():
        result[dtype] = tf.constant(numbers.astype("float32" if dtype == "bfloat16" else dtype), dtype)
    result["complex64"] = np.array([1 + 2j, -3.5j], "complex64")
    result["complex128"] = np.array(1 - 2j, "complex128")
    result["scalar"] = np.float32(-1.25)
    result["nothing"] = np.zeros((0, 3), "float32")
    result["name with spaces/and.dots/Ä"] = np.float32(7)
    return result


def bundles():
    save("types", types())
    save("quantized", {"float32": np.float32(1), "qint8": tf.quantization.quantize(tf.constant([0.5, 1.0]), 0, 1, tf.qint8)[0]})
    grid = np.arange(24, dtype="int32").reshape(4, 6)
    line = (np.arange(8300) % 251).astype("uint8")
    parts = {"grid#0": grid[:3, :2], "grid#1": grid[:3, 2:], "grid#2": grid[3:, :], "line#0": line[:64], "line#1": line[64:8192],
             "line#2": line[8192:], "plain": np.float32(1)}
    specs = {"grid#0": "4 6 0,3:0,2", "grid#1": "4 6 0,3:2,4", "grid#2": "4 6 3,1:-", "line#0": "8300 0,64", "line#1": "8300 64,8128",
             "line#2": "8300 8192,108"}
    save("sliced", parts, specs)
    # The edges of the code of starts: one element each of a tensor that is not there.
    edges = sorted({e for bits in range(6, 63, 7) for e in (2**bits - 1, 2**bits)} | {2**63 - 2})
    save("far", {f"far#{i}": np.zeros(1, "int8") for i in edges}, {f"far#{i}": f"{2**63 - 1} {i},1" for i in edges})
    # Two files, with a tensor that has parts in both.
    save("part0", {"b": np.arange(3, dtype="float32"), "p#0": grid[:2]}, {"p#0": "4 6 0,2:-"})
    save("part1", {"a": np.arange(4, dtype="int64"), "p#1": grid[2:]}, {"p#1": "4 6 2,2:-"})
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=[str(OUT / "part0"), str(OUT / "part1")], destination_prefix=str(OUT / "merged"),
                                  delete_old_dirs=False)
    made[-3:] = ["merged"]


if not OLD and not KERAS3:
    bundles()
if not KERAS3:
    keras = tf.keras
    tf.random.set_seed(1)
    layers = [keras.layers.Dense(3, activation="relu", input_shape=(4,)), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 4), "float32"), np.zeros((2, 2), "float32"))
    made.append("model-" + tf.__version__)
    model.save_weights(str(OUT / made[-1]))
    (OUT / "checkpoint").unlink()

expected = known(OUT / "expected.json")
for name in made:
    reader = tf.train.load_checkpoint(str(OUT / name))
    shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    # Quantized types have no NumPy values to compare.
    expected[name] = {n: [dtypes[n].name, shapes[n], None if dtypes[n].is_quantized else hexed(reader.get_tensor(n))]
                      for n in sorted(shapes)}
(OUT / "expected.json").write_text(json.dumps(expected, indent=0, sort_keys=True) + "\n")

# `checkpoint` files. The last of `all` is the latest.
from tensorflow.python.training.checkpoint_management import update_checkpoint_state_internal

states = []
for folder, all_paths, times, last, relative in [
    ("FOLDER", ["FOLDER/ckpt-1"], None, None, True),
    ("FOLDER", ["FOLDER/ckpt-1", "FOLDER/ckpt-2"], [1700000000.25, 1700000123.0], 1699999999.123456, True),
    ("FOLDER", ["FOLDER/sub/ckpt-1", "/elsewhere/ckpt-2"], [0.1, 1e22], 0.0, False),
    ("FOLDER", ["FOLDER/it's \"quoted\" \\ back", "FOLDER/tab\tnew\nline\rcr\x01\x7f", "FOLDER/Käse-世界"], None, None, True),
]:
    where = pathlib.Path(tempfile.mkdtemp())
    paths = [p.replace("FOLDER", str(where)) for p in all_paths]
    update_checkpoint_state_internal(str(where), paths[-1], all_model_checkpoint_paths=list(paths), save_relative_paths=relative,
                                     all_model_checkpoint_timestamps=times, last_preserved_timestamp=last)
    text = (where / "checkpoint").read_text(encoding="utf-8").replace(str(where), "FOLDER")
    states.append({"all": all_paths, "timestamps": times or [], "last": last or 0.0, "relative": relative, "text": text})
    shutil.rmtree(where)
all_states = known(OUT / "states.json")
all_states[tf.__version__] = states
(OUT / "states.json").write_text(json.dumps(all_states, indent=1, sort_keys=True) + "\n")
print(len(made), "bundles,", len(states), "states")
