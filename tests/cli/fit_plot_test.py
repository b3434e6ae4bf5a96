"""hornbeam fit --plot draws the history: python fit_plot_test.py HORNBEAM MODEL X.

The SVG is parsed as XML; each series of the printed history has its curve, whose points lie where the axis puts the
values.
"""
import ast
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HORNBEAM, MODEL, X = sys.argv[1:4]
SVG = "{http://www.w3.org/2000/svg}"
EPOCHS = 4


def rows_of(path):
    """The first dim of an .npy file (format 1.0, C order)."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10 : 10 + length].decode("latin1").strip())
    return header["shape"][0]


def write_labels(path, labels):
    header = "{'descr': '<i8', 'fortran_order': False, 'shape': (%d,), }" % len(labels)
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin1")
    path.write_bytes(data + struct.pack("<%dq" % len(labels), *labels))


class FitPlot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        write_labels(folder / "y.npy", [i % 4 for i in range(rows_of(X))])
        command = [HORNBEAM, "fit", MODEL, "--x", X, "--y", str(folder / "y.npy"), "--epochs", str(EPOCHS)]
        command += ["--batch-size", "4", "--seed", "1", "--validation-split", "0.25", "--json"]
        command += ["--save", str(folder / "out.h5"), "--plot", str(folder / "curves.svg")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        assert done.returncode == 0, done.stderr
        cls.history = json.loads(done.stdout)["history"]
        cls.root = ElementTree.parse(folder / "curves.svg").getroot()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_history_has_training_and_validation(self):
        self.assertIn("loss", self.history)
        self.assertIn("val_loss", self.history)
        self.assertTrue(all(len(values) == EPOCHS for values in self.history.values()))

    def test_it_is_svg_with_one_curve_and_one_name_per_series(self):
        self.assertEqual(self.root.tag, SVG + "svg")
        curves = self.root.findall(SVG + "polyline")
        self.assertEqual(len(curves), len(self.history))
        names = [text.text for text in self.root.findall(SVG + "text") if text.get("fill")]
        self.assertEqual(names, list(self.history))
        colours = [curve.get("stroke") for curve in curves]
        self.assertEqual(len(set(colours)), len(colours))
        self.assertEqual(colours, [text.get("fill") for text in self.root.findall(SVG + "text") if text.get("fill")])

    def test_points_lie_where_the_axis_puts_the_values(self):
        labels = [(float(t.get("y")), float(t.text)) for t in self.root.findall(SVG + "text") if not t.get("fill")]
        (top, high), (bottom, low) = sorted(labels)
        values = [v for series in self.history.values() for v in series]
        self.assertAlmostEqual(high, max(values), delta=1e-3 * abs(max(values)))
        self.assertAlmostEqual(low, min(values), delta=1e-3 * abs(min(values)))
        high, low = max(values), min(values)
        for series, curve in zip(self.history.values(), self.root.findall(SVG + "polyline")):
            points = [tuple(map(float, p.split(","))) for p in curve.get("points").split()]
            self.assertEqual(len(points), EPOCHS)
            gaps = {round(b[0] - a[0], 1) for a, b in zip(points, points[1:])}
            self.assertLessEqual(max(gaps) - min(gaps), 0.11)
            self.assertGreater(min(gaps), 0)
            for (_, y), value in zip(points, series):
                self.assertAlmostEqual(y, bottom - (bottom - top) * (value - low) / (high - low), delta=0.11)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
