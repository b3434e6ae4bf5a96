"""compare_npy.py GOT EXPECTED [TOLERANCE]: two float32 .npy files (version 1, C order); exit code 1 when they differ by more
than TOLERANCE, or 1e-5 + 1e-5 |expected|. Needs nothing but Python."""
import ast
import struct
import sys


def load(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\x93NUMPY\x01\x00", path
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10 : 10 + size].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"], (path, header)
    return header["shape"], [v for (v,) in struct.iter_unpack("<f", data[10 + size :])]


shape, got = load(sys.argv[1])
expected_shape, expected = load(sys.argv[2])
assert shape == expected_shape, (shape, expected_shape)
worst = max(abs(a - b) for a, b in zip(got, expected))
print(f"{len(got)} predictions; largest difference from Keras's: {worst:.3g}")
absolute, relative = (float(sys.argv[3]), 0) if len(sys.argv) > 3 else (1e-5, 1e-5)
sys.exit(not all(abs(a - b) <= absolute + relative * abs(b) for a, b in zip(got, expected)))
