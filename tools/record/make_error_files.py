"""Makes the H5 files that error_cases.py reads in its calls: DIR (default tests/keras/data/error_files). Run with TensorFlow 2.2.3."""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import h5py
import tensorflow as tf

L, Input, Sequential = tf.keras.layers, tf.keras.Input, tf.keras.Sequential
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/error_files"
OUT.mkdir(parents=True, exist_ok=True)


class Foo(L.Layer):
    pass


tf.random.set_seed(1)
Sequential([Input((2,)), L.Dense(4, name="dense_0"), L.Dense(3, name="dense_1")], name="m").save(str(OUT / "dense_4_3.h5"))
Sequential([Input((2,)), L.Dense(3, name="d")], name="m").save(str(OUT / "dense_3.h5"))
Sequential([Input((2,)), L.Dense(4, use_bias=False, name="dense_0")], name="m").save(str(OUT / "no_bias.h5"))
Sequential([Input((2,)), Foo(name="foo")], name="m").save(str(OUT / "unknown_layer.h5"))
Sequential([Input((2,)), L.Lambda(lambda x: x + 1, name="plus")], name="m").save(str(OUT / "lambda.h5"))
with h5py.File(OUT / "no_config.h5", "w") as f:
    f.attrs["layer_names"] = [b"a"]
