"""For demo.sh, in a Python with TensorFlow.

    demo_in_keras.py target             prints which target of Hornbeam's this Keras opens
    demo_in_keras.py open FILE DEMO OUT opens FILE, writes OUT/keras_y.npy (predictions) and OUT/keras.json (the history of
                                        one epoch more)
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/reverse"))
import numpy as np
import real_keras


def producer():
    from importlib.metadata import PackageNotFoundError, version

    for package in ("tensorflow", "tensorflow-cpu"):
        try:
            minor = tuple(map(int, version(package).split(".")[:2]))
        except PackageNotFoundError:
            continue
        return "tf-2.2.3" if minor <= (2, 2) else "tf-2.15.1" if minor <= (2, 15) else "keras-3"
    sys.exit("no TensorFlow here")


def main():
    name = producer()
    if sys.argv[1] == "target":
        print(real_keras.TARGETS[name][0])
        return
    file, demo, out = map(pathlib.Path, sys.argv[2:])
    real = real_keras.start(name)
    model = real.open(file, compiled=True)
    print(f"TensorFlow {real.tf.__version__} opened {file}; it, and then one epoch more:")
    np.save(out / "keras_y.npy", model.predict(np.load(demo / "x.npy"), verbose=0))
    # Keras 3 cannot go on from an H5 file unless it is helped (docs/limits.md).
    model = real.remedied(file, "Unknown variable") or model
    x, y = np.load(demo / "more_x.npy"), np.load(demo / "more_y.npy")
    history = model.fit(x, y, batch_size=16, epochs=1, shuffle=False, verbose=0).history
    (out / "keras.json").write_text(json.dumps(history))


main()
