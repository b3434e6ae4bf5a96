"""Times TensorFlow on a SavedModel in a process of its own, and prints one line of JSON.

    saved_model_engine.py save MODEL.h5 FOLDER THREADS       # first_save_ms
    saved_model_engine.py load FOLDER X.npy Y.npy THREADS    # first_ms (load and first predict), error against Y
"""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import numpy as np
import tensorflow as tf


def save(source, folder):
    model = tf.keras.models.load_model(source)
    start = time.perf_counter()
    model.save(folder, save_format="tf")
    return {"first_save_ms": 1e3 * (time.perf_counter() - start)}


def load(folder, x, y):
    x, y = np.load(x), np.load(y)
    start = time.perf_counter()
    predicted = tf.keras.models.load_model(folder).predict(x, verbose=0)
    return {"first_ms": 1e3 * (time.perf_counter() - start), "error": float(np.abs(predicted - y).max())}


tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[-1]))
tf.config.threading.set_inter_op_parallelism_threads(1)
print(json.dumps({"save": save, "load": load}[sys.argv[1]](*sys.argv[2:-1])))
