"""hornbeam fit --plot draws the history: python fit_plot_test.py HORNBEAM MODEL X.

The SVG is parsed as XML; each series of the printed history has its curve, whose points lie where the axis puts the
values.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from npy_files import rows_of, write_labels

HORNBEAM, MODEL, X = sys.argv[1:4]
SVG = "{http://www.w3.org/2000/svg}"
EPOCHS = 4


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
        names = [text.text for text in cls.root.findall(SVG + "text") if text.get("fill")]
        cls.history = {name: cls.history[name] for name in names}  # in the order of the curves

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
        self.assertEqual(sorted(names), sorted(self.history))
        colours = [curve.get("stroke") for curve in curves]
        self.assertEqual(len(set(colours)), len(colours))
        self.assertEqual(colours, [text.get("fill") for text in self.root.findall(SVG + "text") if text.get("fill")])

    def ticks(self, anchor, top, bottom):
        """Position and number of the labels of an axis between these heights."""
        found = []
        for t in self.root.findall(SVG + "text"):
            x, y = float(t.get("x")), float(t.get("y"))
            if t.get("text-anchor") == anchor and top <= y <= bottom and t.text.replace(".", "").replace("-", "").isdigit():
                found.append((x, y, float(t.text)))
        return found

    def test_points_lie_where_the_axes_put_the_values(self):
        titles = {t.text: float(t.get("y")) for t in self.root.findall(SVG + "text") if t.get("font-weight")}
        self.assertEqual(sorted(titles), sorted({name.replace("val_", "") for name in self.history}))
        for (name, series), curve in zip(self.history.items(), self.root.findall(SVG + "polyline")):
            top = titles[name.replace("val_", "")]
            (_, y1, v1), (_, y2, v2) = [tick for tick in self.ticks("end", top, top + 330)][:2]
            (x1, _, e1), (x2, _, e2) = [tick for tick in self.ticks("middle", top, top + 345)][:2]
            points = [tuple(map(float, p.split(","))) for p in curve.get("points").split()]
            self.assertEqual(len(points), EPOCHS)
            for epoch, ((x, y), value) in enumerate(zip(points, series), 1):
                self.assertAlmostEqual(x, x1 + (x2 - x1) * (epoch - e1) / (e2 - e1), delta=0.5)
                self.assertAlmostEqual(y, y1 - 4 + (y2 - y1) * (value - v1) / (v2 - v1), delta=2)

    def test_curves_of_validation_are_dashed(self):
        for name, curve in zip(self.history, self.root.findall(SVG + "polyline")):
            self.assertEqual(curve.get("stroke-dasharray") is not None, name.startswith("val_"), name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
