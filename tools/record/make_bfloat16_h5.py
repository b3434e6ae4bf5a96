"""Makes an H5 file of a model in bfloat16, as tf.keras writes it (and cannot read it again: HDF5 has no such numbers, and h5py
makes opaque elements of them), with an input and what the model makes of it as float32.

    python tools/record/make_bfloat16_h5.py [DIR]        # TensorFlow 2.15.1; default tests/keras/data/bfloat16_h5
"""
import pathlib
import sys

from producer import keras, np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/bfloat16_h5"

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((5,), dtype="bfloat16"), keras.layers.Dense(3, dtype="bfloat16", name="d")])
OUT.mkdir(parents=True, exist_ok=True)
model.save(OUT / "model.h5")
x = np.arange(10, dtype="float32").reshape(2, 5) / 8
np.savez(OUT / "expected.npz", x=x, y=np.asarray(model(x), "float32"), w0=np.asarray(model.weights[0], "float32"))
try:
    keras.models.load_model(OUT / "model.h5")
except ValueError as error:
    print(error)
