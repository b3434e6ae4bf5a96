"""TensorBoard's own readers read the event files of write_events: python open_events.py OUT

Each scalar must be the float that was written, at its step, and there must be no other; each histogram the weights of its
epoch: how many, between which bounds, their sum and sum of squares, and how many are in each of its buckets. They are
asked as they stand in the files and in the form that TensorBoard's pages get. The pictures are the weights, and the graph
is the model's config.
"""
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
from tensorboard.backend.event_processing import event_accumulator, event_file_loader
from tensorboard.util import tensor_util

out = pathlib.Path(sys.argv[1])
expected = json.loads((out / "expected.json").read_text())
counts = dict(passed=0, failed=0)


def check(good, what):
    counts["passed" if good else "failed"] += 1
    if not good:
        print("failed: " + what)


def wanted():
    """(part, tag) -> {step: value}"""
    scalars = {}
    for kind in ("epoch", "batch"):
        for point in expected[kind + ("s" if kind == "epoch" else "es")]:
            part, name = ("validation", point["name"][4:]) if point["name"].startswith("val_") else ("train", point["name"])
            scalars.setdefault((part, "%s_%s" % (kind, name)), {})[point["step"]] = point["value"]
            if part == "validation":  # four steps an epoch
                tag = (part, "evaluation_%s_vs_iterations" % name)
                scalars.setdefault(tag, {})[4 * (point["step"] + 1)] = point["value"]
    return scalars


def pages(part):
    """What the pages get: every value is a tensor by then."""
    values = {}
    for file in sorted((out / "logs" / part).iterdir()):
        for event in event_file_loader.EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                values.setdefault(value.tag, {})[event.step] = tensor_util.make_ndarray(value.tensor)
    return values


def check_scalars(part, board, shown):
    mine = {tag: points for (of, tag), points in wanted().items() if of == part}
    rates = {"epoch_steps_per_second", "batch_steps_per_second"}
    extra = {"epoch_learning_rate"} | rates if part == "train" else set()
    check(set(board.Tags()["scalars"]) == set(mine) | extra, "scalars of %s: %s" % (part, board.Tags()["scalars"]))
    for tag, points in mine.items():
        as_floats = {step: float(np.float32(value)) for step, value in points.items()}
        check({e.step: e.value for e in board.Scalars(tag)} == as_floats, "%s of %s" % (tag, part))
        check({step: float(v) for step, v in shown.get(tag, {}).items()} == as_floats, "%s of %s, shown" % (tag, part))
    for tag in extra - rates:
        check([round(e.value, 9) for e in board.Scalars(tag)] == [0.001] * 3, tag)
    for tag in extra & rates:
        check([e.step for e in board.Scalars(tag)] == ([0, 1, 2] if "epoch" in tag else [2, 4, 6, 8, 10, 12]), tag)
        check(all(0 < e.value < 1e9 for e in board.Scalars(tag)), tag)


def check_histograms(board, shown):
    with np.load(str(out / "weights.npz")) as file:
        weights = {key: file[key].astype("float64").ravel() for key in file.files}
    tags = {key.split(":", 1)[1] + "/histogram" for key in weights}
    check(len(tags) == 8 and set(board.Tags()["histograms"]) == tags, "histograms: %s" % board.Tags()["histograms"])
    for tag in tags & set(board.Tags()["histograms"]):
        for event in board.Histograms(tag):
            w, h = weights["%d:%s" % (event.step, tag[: -len("/histogram")])], event.histogram_value
            what = "%s at %d" % (tag, event.step)
            close = np.allclose([h.sum, h.sum_squares], [w.sum(), (w * w).sum()], rtol=1e-12, atol=1e-12)
            check((h.num, h.min, h.max) == (w.size, w.min(), w.max()) and close, what)
            # Buckets hold what is below their limit, the last one also what is at it.
            limits = np.array(h.bucket_limit)
            within = np.minimum(np.searchsorted(limits, w, side="right"), len(limits) - 1)
            check(np.array_equal(np.bincount(within, minlength=len(limits)), h.bucket), what + ": buckets")
            # TensorBoard's own form: rows of left edge, right edge, count.
            rows = shown[tag][event.step]
            check(rows.shape[1] == 3 and rows[:, 2].sum() == w.size and rows[0, 0] <= w.min() and rows[-1, 1] >= w.max(),
                  what + ", shown: %s" % rows)


def pixels(png):
    """Of a grey picture whose rows have no filter, in one piece."""
    check(png[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG")
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    size = struct.unpack(">I", png[33:37])[0]
    data = png[41 : 41 + size]
    check((depth, kind, png[37:41]) == (8, 0, b"IDAT"), "a grey PNG")
    check(struct.unpack(">I", png[41 + size : 45 + size])[0] == zlib.crc32(b"IDAT" + data), "checksum of a PNG")
    rows = np.frombuffer(zlib.decompress(data), "uint8").reshape(height, width + 1)
    return rows[:, 1:]


def check_pictures(board, shown):
    with np.load(str(out / "weights.npz")) as file:
        weights = {key: file[key] for key in file.files}
    tags = {key.split(":", 1)[1] + "/image" for key in weights}
    check(set(board.Tags()["tensors"]) == tags | {"keras"}, "tensors: %s" % board.Tags()["tensors"])
    check(json.loads(shown["keras"][0].item()) == json.loads(expected["json"]), "the graph")
    for key, w in weights.items():
        epoch, name = key.split(":", 1)
        width, height, png = shown[name + "/image"][int(epoch)]
        wanted = w.reshape(-1, 1) if w.ndim == 1 else w.T if w.shape[0] > w.shape[1] else w
        check((int(height), int(width)) == wanted.shape, "size of %s: %s, %s" % (key, width, height))
        check(np.array_equal(pixels(png), np.clip(wanted * np.float32(255.5), 0, 255).astype("uint8")), "picture of " + key)


for part in ("train", "validation"):
    everything = {name: 0 for name in event_accumulator.DEFAULT_SIZE_GUIDANCE}
    board = event_accumulator.EventAccumulator(str(out / "logs" / part), size_guidance=everything)
    board.Reload()
    shown = pages(part)
    check_scalars(part, board, shown)
    if part == "train":
        check_histograms(board, shown)
        check_pictures(board, shown)
print("events: {passed} passed, {failed} failed".format(**counts))
sys.exit(1 if counts["failed"] else 0)
