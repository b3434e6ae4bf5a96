"""What open_lora.py and open_quantized.py share: files of tests/keras/data that Keras 3 wrote, converted by Hornbeam, and
the real Keras 3 that opens them again."""
import json
import pathlib
import subprocess
import sys

import numpy as np

import real_keras


class RecordedFiles:
    def __init__(self, what, hornbeam):
        self.what, self.hornbeam, self.real = what, hornbeam, real_keras.start("keras-3")
        self.data = pathlib.Path(__file__).resolve().parents[1] / "keras/data" / what
        self.models = json.loads((self.data / "keras-3.15.1.json").read_text())["models"]
        self.arrays = np.load(self.data / "keras-3.15.1.npz")
        self.passed = self.failed = 0

    def weights(self, model, name, stem):
        """A model's, and those that were recorded of it."""
        wanted = [self.arrays[f"{name}/{stem}/{i}"] for i in range(len(self.models[name]["paths"]))]
        return [real_keras.plain(w) for w in model.weights], wanted

    def problem_of_training(self, model, name, mixed):
        model.compile(self.real.keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
        x, towards = self.arrays[f"{name}/x"], self.arrays[f"{name}/towards"]
        losses = [float(model.train_on_batch(x, towards)) for _ in range(3)]
        wanted = self.models[name]["losses"]
        return "" if np.allclose(losses, wanted, 2e-2 if mixed else 1e-4) else f"trains to {losses}, not {wanted}"

    def check(self, source, written, kind, problem):
        """Has Hornbeam write the file `source` of the folder as `written`; then problem() says what is wrong with it."""
        command = [self.hornbeam, "convert", self.data / source, written, "--format", kind, "--target", "keras3"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        found = done.stderr if done.returncode else problem()
        self.passed += not found
        self.failed += bool(found)
        if found:
            print(f"failed: {written.name}: {found}")

    def finish(self, further=""):
        print(f"{self.what}: {self.passed} passed, {self.failed} failed{further}")
        sys.exit(1 if self.failed or not self.passed else 0)
