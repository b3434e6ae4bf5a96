"""Fails on an include that goes up: each room of src/ sees only itself and the rooms below it (docs/design.md).

    python tools/check_includes.py [ROOT]

Public headers (include/hornbeam) are of the room that implements them; a file of a lower room that includes a higher
room's public header goes up as well. libhdf5's headers are for src/formats/hdf5 alone, leveldb's and snappy's for
src/formats/tensor_bundle; protobuf's are for sources, and for headers that
sources of their own folder alone include.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1]
# What each room may include. The parts of keras/ are ordered among themselves.
BELOW = {
    "base": [],
    "tensor": ["base"],
    "ops": ["base", "tensor"],
    "formats": ["base", "tensor"],
    "graph": ["base", "tensor", "ops", "formats"],
    "track": ["base", "tensor", "ops", "formats", "graph"],
    "keras": ["base", "tensor", "ops", "formats", "graph", "track"],
    "cli": ["base", "tensor", "ops", "formats", "graph", "track", "keras"],
}
BELOW_IN_KERAS = {"engine": {"saving"}, "layers": {"saving"}, "serialization": {"saving"}}  # part -> what it must not see
# Public headers by the lowest room that may include them.
PUBLIC = {
    "base": ["config", "errors", "attrs", "target", "trackable"],
    "tensor": ["dtype", "shape", "tensor", "variable", "make_variable", "npy", "attrs"],
    "ops": ["ops", "ops_array", "ops_image", "ops_math", "operators", "ragged_tensor", "random", "gradient_tape"],
    "graph": ["ops_control"],
    "track": ["checkpoint"],
}
PUBLIC_ROOM = {name: room for room, names in PUBLIC.items() for name in names}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
# Libraries of one folder.
ALONE = {
    ("formats", "hdf5"): re.compile(r'^\s*#\s*include\s+["<](hdf5|H5\w+)\.h[">]'),
    ("formats", "tensor_bundle"): re.compile(r'^\s*#\s*include\s+["<](leveldb/\w+|snappy)\.h[">]'),
}
PROTOBUF = re.compile(r'^\s*#\s*include\s+["<](google/protobuf|hornbeam_proto)/')


def room_of(include):
    parts = include.split("/")
    if parts[0] == "hornbeam":
        return PUBLIC_ROOM.get(parts[1].removesuffix(".hpp"), "keras")
    return parts[0] if parts[0] in BELOW and len(parts) > 1 else None


def problems():
    files = sorted(p for p in (ROOT / "src").rglob("*") if p.suffix in (".cpp", ".h"))
    with_protobuf = {str(p.relative_to(ROOT / "src")) for p in files
                     if p.suffix == ".h" and any(PROTOBUF.match(line) for line in p.read_text().splitlines())}
    for path in files:
        parts = path.relative_to(ROOT / "src").parts
        room = parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            target = room_of(match[1]) if match else None
            where = f"{path.relative_to(ROOT)}:{number}"
            for folder, library in ALONE.items():
                if library.match(line) and parts[:2] != folder:
                    yield f"{where}: a library's header outside {'/'.join(folder)}"
            if match and match[1] in with_protobuf and pathlib.PurePath(match[1]).parent != pathlib.PurePath(*parts).parent:
                yield f"{where}: {match[1]}, which has protobuf's headers, from another folder"
            if target is None or target == room:
                part = match[1].split("/")[1] if match and target == "keras" and "/" in match[1] and not match[1].startswith("hornbeam/") else None
                if room == "keras" and part in BELOW_IN_KERAS.get(parts[1], ()):
                    yield f"{where}: keras/{parts[1]} includes keras/{part}"
            elif target not in BELOW.get(room, ()):
                yield f"{where}: {room} includes {match[1]}, of {target}"


found = list(problems())
print("\n".join(found) or "no include goes up")
sys.exit(bool(found))
