"""hornbeam fit on a terminal: python terminal_test.py HORNBEAM MODEL X. Each epoch is told once, by its bar."""
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import unittest

from fit_plot_test import rows_of, write_labels

HORNBEAM, MODEL, X = sys.argv[1:4]


def on_a_terminal(command):
    """What a program writes to a terminal that it is given."""
    terminal, end = pty.openpty()
    program = subprocess.Popen(command, stdout=end, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    os.close(end)
    text = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    os.close(terminal)
    _, errors = program.communicate()
    assert program.returncode == 0, errors
    return text.decode().replace("\r\n", "\n")


class Terminal(unittest.TestCase):
    def test_each_epoch_is_told_once(self):
        with tempfile.TemporaryDirectory() as folder:
            labels = pathlib.Path(folder) / "y.npy"
            write_labels(labels, [i % 4 for i in range(rows_of(X))])
            saved = folder + "/out.h5"
            text = on_a_terminal([HORNBEAM, "fit", MODEL, "--x", X, "--y", str(labels), "--epochs", "3", "--save", saved])
        self.assertEqual(re.findall(r"Epoch (\d)/3", text), ["1", "2", "3"])
        ends = [line for line in text.split("\n") if re.search(r" \d+[mu]?s/step - loss: ", line)]
        self.assertEqual(len(ends), 3, text)
        self.assertEqual(len(re.findall("epoch ", text)), 0, text)
        self.assertTrue(text.endswith("saved " + saved + "\n"), text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
