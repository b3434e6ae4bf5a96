"""compare_losses.py FIT EXPECTED: what `hornbeam fit --json` printed and the history of the same training in Keras, as JSON.
Exit code 1 when a loss or metric differs by more than 1e-5 + 1e-5 |expected|. Needs nothing but Python."""
import json
import sys

fit, expected = (json.load(open(path)) for path in sys.argv[1:3])
history = fit["history"]
assert sorted(history) == sorted(expected), (sorted(history), sorted(expected))
for epoch, loss in enumerate(history["loss"]):
    print(f"epoch {epoch + 1}: loss {loss:.6f}, Keras's {expected['loss'][epoch]:.6f}")
pairs = [(a, b) for name in expected for a, b in zip(history[name], expected[name])]
assert len(pairs) == sum(map(len, expected.values())) == sum(map(len, history.values())), "another number of epochs"
print(f"{len(pairs)} losses and metrics; largest difference from Keras's: {max(abs(a - b) for a, b in pairs):.3g}")
sys.exit(not all(abs(a - b) <= 1e-5 + 1e-5 * abs(b) for a, b in pairs))
