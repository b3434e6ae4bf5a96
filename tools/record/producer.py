"""Which Keras this is: what every recorder asks first. Import it before anything else.

keras: the Keras to record; PRODUCER: its name in file names ("tf-2.2.3", "tf-2.15.1", "keras-3.15.1"); OLD: is it 2.2.3?
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow as tf

try:
    import keras

    KERAS3 = keras.__version__.startswith("3")
except ImportError:
    KERAS3 = False
if KERAS3:
    PRODUCER = "keras-" + keras.__version__
else:
    keras = tf.keras
    PRODUCER = "tf-" + tf.__version__
OLD = PRODUCER == "tf-2.2.3"


def plain(value):
    """What Keras's JSON encoder makes of a value it does not know."""
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "numpy"):
        return plain(value.numpy())
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tf.TensorShape):
        return value.as_list()
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return repr(value)


def failing(call):
    """What a wrong call says."""
    try:
        return {"result": repr(call())}
    except Exception as e:
        return {"error": type(e).__name__, "message": str(e)}
