"""The conformance runner's exit codes where there is nothing to check: python usage_test.py CONFORMANCE."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CONFORMANCE = sys.argv[1]


class Usage(unittest.TestCase):
    def check(self, code, words, *arguments):
        done = subprocess.run([CONFORMANCE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_exit_codes(self):
        with tempfile.TemporaryDirectory() as folder:
            self.check(1, folder + ": no corpus: expected PRODUCER/CASE/case.json", folder)
            case = pathlib.Path(folder) / "tf-2.2.3" / "a_case"
            case.mkdir(parents=True)
            (case / "case.json").write_text("{}")
            self.check(1, "1 cases, none of them chosen by these options", folder, "--producer", "keras-3")
            self.check(2, "--nonsense", folder, "--nonsense")
            self.check(2, "does not exist", folder + "/none")
        self.check(2, "DIR is required")

    def test_a_file_that_nothing_opens_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            case = pathlib.Path(folder) / "tf-2.2.3" / "a_case"
            (case / "arrays").mkdir(parents=True)
            (case / "case.json").write_text("{}")
            (case / "weights_order.json").write_text("{}")
            done = subprocess.run([CONFORMANCE, folder, "--list"], stdout=subprocess.PIPE, universal_newlines=True)
            self.assertEqual(done.stdout.split("\n")[1].split()[:4], ["tf-2.2.3", "files", "1", "0"])
            (case / "arrays" / "more_out.npy").write_text("")
            done = subprocess.run([CONFORMANCE, folder, "--list"], stdout=subprocess.PIPE, universal_newlines=True)
            self.assertEqual(done.stdout.split("\n")[1].split()[:4], ["tf-2.2.3", "files", "0", "1"])
            self.assertIn("in part (1): tf-2.2.3 files: a_case: not compared: arrays/more_out.npy", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
