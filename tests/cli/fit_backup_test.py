"""hornbeam fit --backup goes on after a kill to the same bytes: python fit_backup_test.py HORNBEAM MODEL X [KILLS].

Training is killed (SIGKILL) at random moments until so many kills have hit it; each time the same command is run again.
What it saves at last must be, to the byte, what a training that nobody disturbed saves; so must its history.
"""
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from npy_files import rows_of, write_labels

HORNBEAM, MODEL, X = sys.argv[1:4]
KILLS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
EPOCHS = 60


class FitBackup(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name)
        write_labels(self.at / "y.npy", [i % 4 for i in range(rows_of(X))])

    def tearDown(self):
        self.folder.cleanup()

    def command(self, name, backup=None, *more):
        command = [HORNBEAM, "fit", MODEL, "--x", X, "--y", str(self.at / "y.npy"), "--epochs", str(EPOCHS)]
        command += ["--batch-size", "3", "--validation-split", "0.2", "--save", str(self.at / (name + ".h5"))]
        command += ["--history", str(self.at / (name + ".csv")), *more]
        return command + (["--backup", str(self.at / backup)] if backup else [])

    def run_whole(self, command):
        begun = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return time.monotonic() - begun

    def expect_same(self, name):
        for suffix in (".h5", ".csv"):
            whole, resumed = ((self.at / (n + suffix)).read_bytes() for n in ("whole", name))
            self.assertEqual(whole, resumed, name + suffix)

    def test_killed_at_random(self):
        self.run_whole(self.command("whole", None, "--seed", "7"))
        random.seed(1)
        kills, rounds = 0, 0
        while kills < KILLS:
            rounds += 1
            name, backup = "resumed%d" % rounds, "backup%d" % rounds
            every = ["--backup-every", "2"] if rounds % 2 else []
            command = self.command(name, backup, "--seed", "7", *every)
            took = self.run_whole(self.command("timed", "timed_backup", "--seed", "7", *every))
            in_a_row = 0
            while True:
                run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                try:
                    # After some kills it may come to its end: a machine that is slow would never get there.
                    _, said = run.communicate(timeout=took * (random.uniform(0.05, 0.9) if in_a_row < 4 else 100))
                    self.assertEqual(run.returncode, 0, said)
                    break
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)
                    run.communicate()
                    kills += 1
                    in_a_row += 1
            self.assertFalse((self.at / backup).exists(), "the backup goes with the end of the training")
            self.expect_same(name)
        print("kills: %d passed, 0 failed, in %d trainings of %d epochs" % (kills, rounds, EPOCHS))

    def test_told_to_end(self):
        self.run_whole(self.command("whole", None, "--seed", "7"))
        command = self.command("told", "told_backup", "--seed", "7")
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True)
        deadline = time.monotonic() + 60
        while not (self.at / "told_backup/training.npz").exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate()
        if run.returncode != 0:  # else it was faster than the signal
            self.assertEqual(run.returncode, 1, said)
            self.assertIn("goes on from", said)
            self.assertFalse((self.at / "told.h5").exists())
            self.run_whole(command)
        self.expect_same("told")

    def test_without_a_seed_it_keeps_its_own(self):
        command = self.command("own", "own_backup")
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seed = self.at / "own_backup/seed.json"
        deadline = time.monotonic() + 60
        while not (self.at / "own_backup/training.npz").exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        run.kill()
        run.wait()
        if not seed.exists():
            return  # it had come to its end
        number = seed.read_text().split(":")[1].strip(" }\n")
        self.run_whole(command)
        self.run_whole(self.command("whole", None, "--seed", number))
        self.expect_same("own")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
