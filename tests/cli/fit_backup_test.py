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

    def command(self, name, backup=None, *more, epochs=EPOCHS):
        command = [HORNBEAM, "fit", MODEL, "--x", X, "--y", str(self.at / "y.npy"), "--epochs", str(epochs)]
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
        print("\nkills: %d passed, 0 failed, in %d trainings of %d epochs" % (kills, rounds, EPOCHS))

    def stopped_on_its_way(self, name, backup, *more, number=signal.SIGKILL, epochs=EPOCHS):
        """Begins a training and stops it once there is a backup: again, of more epochs, until the signal was in time."""
        for tries in range(1, 7):
            command = self.command(name, backup, *more, epochs=epochs)
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True)
            deadline = time.monotonic() + 60
            while not (self.at / backup / "training.npz").exists() and run.poll() is None and time.monotonic() < deadline:
                time.sleep(0.001)
            run.send_signal(number)
            _, said = run.communicate()
            if run.returncode != 0:
                self.assertTrue((self.at / backup / "training.npz").exists(), said)
                return run.returncode, said, epochs
            (self.at / (name + ".h5")).unlink()
            epochs *= 2
        self.fail("each of %d trainings was faster than the signal" % tries)

    def test_told_to_end(self):
        code, said, epochs = self.stopped_on_its_way("told", "told_backup", "--seed", "7", number=signal.SIGTERM)
        self.assertEqual(code, 1, said)
        self.assertIn("goes on from", said)
        self.assertFalse((self.at / "told.h5").exists())
        self.run_whole(self.command("told", "told_backup", "--seed", "7", epochs=epochs))
        self.run_whole(self.command("whole", None, "--seed", "7", epochs=epochs))
        self.expect_same("told")

    def test_without_a_seed_it_keeps_its_own(self):
        _, _, epochs = self.stopped_on_its_way("own", "own_backup")
        seed = self.at / "own_backup/seed.json"
        number = seed.read_text().split(":")[1].strip(" }\n")
        self.run_whole(self.command("own", "own_backup", epochs=epochs))
        self.run_whole(self.command("whole", None, "--seed", number, epochs=epochs))
        self.expect_same("own")

    def test_goes_on_for_more_epochs(self):
        _, _, epochs = self.stopped_on_its_way("more", "more_backup", "--seed", "7", "--backup-every", "2")
        self.run_whole(self.command("more", "more_backup", "--seed", "7", "--backup-every", "2", epochs=epochs + 7))
        self.run_whole(self.command("whole", None, "--seed", "7", epochs=epochs + 7))
        self.expect_same("more")

    def test_goes_on_with_another_way_of_telling(self):
        _, _, epochs = self.stopped_on_its_way("told_in_json", "json_backup", "--seed", "7")
        self.run_whole(self.command("told_in_json", "json_backup", "--seed", "7", "--json", epochs=epochs))
        self.run_whole(self.command("whole", None, "--seed", "7", epochs=epochs))
        self.expect_same("told_in_json")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
