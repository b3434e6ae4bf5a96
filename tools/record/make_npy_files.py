"""Makes tests/tensor/data/npy: small arrays as NumPy writes them, and what they hold.

    python tools/record/make_npy_files.py [DIR]        # NumPy 2; ml_dtypes for bfloat16

For each array NAME.npy, and expected.json: {NAME: {"dtype", "shape", "values": x.tolist()}} (complex as [re, im] pairs).
Files under plain/ are those that Hornbeam writes back byte for byte.
"""
import json
import pathlib
import sys
import zipfile

import ml_dtypes
import numpy as np

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "tests/tensor/data/npy")
expected = {}


def values_of(x):
    if x.dtype.kind == "c":
        return np.stack([x.real, x.imag], -1).tolist()
    if x.dtype.kind == "S":
        return np.char.decode(x, "latin-1").tolist()
    return x.tolist()


def save(name, x, dtype=None, version=None):
    path = OUT / f"{name}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as f:
        np.lib.format.write_array(f, x, version=version, allow_pickle=False)
    expected[name] = {"dtype": dtype or str(x.dtype.newbyteorder("=")), "shape": list(x.shape), "values": values_of(x)}


for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16"]:
    x = (np.arange(6).reshape(2, 3) * 21 - (0 if dtype[0] == "u" else 40)).astype(dtype)
    if dtype[0] in "fc":
        x = x / x.dtype.type(8)
    if dtype[0] == "c":
        x = (x + 1j * x[::-1]).astype(dtype)
    save(f"plain/{dtype}", x)
    if x.dtype.itemsize > 1:
        save(f"big_{dtype}", x.astype(">" + dtype))
save("plain/bool", np.array([[True, False], [False, True]]))
bf16 = np.array([1.5, -2.0, 3.140625], ml_dtypes.bfloat16)
save("plain/bfloat16", bf16, dtype="bfloat16")
expected["plain/bfloat16"]["values"] = bf16.astype("f4").tolist()
save("plain/scalar", np.float32(2.5) * np.ones(()).astype("f4"))
save("plain/empty", np.zeros((2, 0, 3), "f4"))
save("plain/vector", np.arange(5, dtype="i8"))
save("plain/bytes", np.array([[b"ab", b"", b"hello"]]), dtype="string")
save("unicode", np.array(["", "relu", "\u00e9\u4e2d\U0001f600"]), dtype="string")
save("big_unicode", np.array(["", "relu", "\u00e9\u4e2d\U0001f600"]).astype(">U4"), dtype="string")
save("fortran2", np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)))
save("fortran4", np.asfortranarray(np.arange(120, dtype=">i2").reshape(2, 3, 4, 5)))
save("fortran_bytes", np.asfortranarray(np.array([[b"a", b"b"], [b"c", b"dd"]])), dtype="string")
save("version2", np.arange(4, dtype="i4"), version=(2, 0))
save("version3", np.arange(4, dtype="i4"), version=(3, 0))
json.dump(expected, open(OUT / "expected.json", "w"), indent=1)

arrays = {"w": np.arange(6, dtype="f4").reshape(2, 3), "b": np.array([1, 2], "i8"), "name": np.array([b"x", b"yz"])}
np.savez(OUT / "stored.npz", **arrays)
np.savez_compressed(OUT / "deflated.npz", **arrays)
np.savez_compressed(OUT / "zeros_deflated.npz", zeros=np.zeros(2000000, "u1"))
refused = OUT / "refused"
refused.mkdir(exist_ok=True)
np.save(refused / "object.npy", np.array([1, "a"], dtype=object))
np.save(refused / "structured.npy", np.zeros(2, [("a", "i4"), ("b", "f4")]))
np.save(refused / "datetime.npy", np.zeros(2, "M8[s]"))
np.save(refused / "longdouble.npy", np.zeros(2, "f16"))
with zipfile.ZipFile(refused / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as z:
    z.writestr("a.npy", (OUT / "plain/f4.npy").read_bytes())
