"""One real Keras, in the Python that it is installed in: opens files, trains, gives its state.

start(PRODUCER) first, before anything imports TensorFlow: tf-2.2.3, tf-2.15.1, tf_keras or keras-3.
"""
import os
import tempfile

import numpy as np

# Hornbeam's targets that each opens; "tf_keras" is what tf-keras's models are saved as when no target is given.
TARGETS = {"tf-2.2.3": ["tf2.2"], "tf-2.15.1": ["tf2.15"], "tf_keras": ["tf_keras", "tf2.15"], "keras-3": ["keras3"]}


def start(producer, deterministic=True, onednn="0"):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = onednn
    if deterministic:  # which refuses random ops without a seed
        os.environ["TF_DETERMINISTIC_OPS"] = "1"
    if producer == "tf_keras":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import logging

    import tensorflow as tf

    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if producer == "keras-3":
        import keras

        return Keras3(producer, keras, tf)
    return Keras2(producer, tf.keras, tf)


def plain(value):
    """A variable's or tensor's values; bfloat16 as the corpus keeps it, widened."""
    value = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    return value.astype("float32") if value.dtype.name == "bfloat16" else value


def told(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def loss_scale(model):
    scale = getattr(model.optimizer, "dynamic_scale", getattr(model.optimizer, "loss_scale", None))
    return None if scale is None else float(plain(scale() if callable(scale) else scale))


class RealKeras:
    def __init__(self, producer, keras, tf):
        self.producer, self.keras, self.tf = producer, keras, tf
        self.losing, self.problems = {}, {}
        self.custom_objects = {
            "cust_loss": lambda y, p: tf.reduce_mean(tf.abs(y - p) ** 1.5, axis=-1),
            "cust_metric": lambda y, p: tf.reduce_max(tf.abs(y - p), axis=-1),
        }
        for name, function in self.custom_objects.items():
            function.__name__ = name

    def open(self, path, compiled):
        self.keras.backend.clear_session()
        custom_objects = self.custom_objects if compiled else None
        return self.keras.models.load_model(str(path), custom_objects=custom_objects, compile=compiled)

    def variables(self, model, made_by=""):
        """The model's weights that are variables: tables are none. Keras 3 does not count what lookup layers hold (tf-idf's
        weights), so of models that it made neither do others here."""
        held = set()
        if made_by == "keras-3":  # 2.2 cannot list nested layers: walking its modules fails at a recurrent layer's caches
            layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else model.layers
            held = {id(w) for l in layers if hasattr(l, "get_vocabulary") for w in l.weights}
        return [w for w in model.weights if hasattr(w, "assign") and id(w) not in held]

    def weights(self, model, made_by=""):
        return [plain(w) for w in self.variables(model, made_by)]

    def input(self, array):
        """What predict, which the corpus's outputs are of, makes of an array: floats are brought to floatx first."""
        return self.tf.constant(array, dtype=self.keras.backend.floatx() if array.dtype.kind == "f" else None)

    def train(self, model, x, y, **weights):
        """One step; its results from reset metrics."""
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()
        return np.ravel(np.asarray(model.train_on_batch(x, y, **weights), dtype="float64"))

    def optimizer_state(self, model):
        optimizer = model.optimizer
        variables = optimizer.variables
        if callable(variables):  # legacy optimizers
            variables = optimizer.weights if hasattr(optimizer, "weights") else variables()
        return [plain(v) for v in variables]

    def own_training_problem(self, optimizer):
        """What goes wrong with training that goes on from any H5 file this Keras wrote; empty when nothing does."""
        return ""

    def made(self, optimizer):
        """An optimizer of the class, None when it has none of that name. What scales losses is Adam's wrapper."""
        keras = self.keras
        if "LossScale" not in optimizer:
            found = getattr(keras.optimizers, optimizer, None)
            return found and found(learning_rate=0.1)
        adam, wrapper = keras.optimizers.Adam(learning_rate=0.1), getattr(keras.mixed_precision, "LossScaleOptimizer", None)
        return wrapper(adam) if wrapper else keras.mixed_precision.experimental.LossScaleOptimizer(adam, "dynamic")

    def forgets_huber(self):
        return "delta" not in self.keras.losses.Huber(delta=0.5).get_config()

    def loses_state(self, optimizer, suffix):
        """Whether a model of its own, saved by it, goes on with other numbers, or another loss scale, than when
        it was not saved (2.15's Nadam, its LossScaleOptimizer)."""
        if (optimizer, suffix) not in self.losing:
            self.losing[optimizer, suffix] = self.goes_on_otherwise(optimizer, suffix)
        return self.losing[optimizer, suffix]

    def goes_on_otherwise(self, optimizer, suffix):
        keras, x, y = self.keras, np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2), np.ones((4, 1), "float32")
        made = self.made(optimizer)
        if not made:
            return False
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(made, "mean_squared_error")
        if "LossScale" in optimizer:
            model.train_on_batch(x, y * np.inf)  # the step is left out, and the scale halved
        for _ in range(3):
            model.train_on_batch(x, y)
        with tempfile.TemporaryDirectory() as folder:
            model.save(folder + "/own" + suffix)
            own = keras.models.load_model(folder + "/own" + suffix)
        for one in (model, own):
            one.train_on_batch(x, y)
        if loss_scale(model) != loss_scale(own):
            return True
        return not all(np.allclose(a, b, 1e-4, 1e-4) for a, b in zip(model.get_weights(), own.get_weights()))

    def remedied(self, path, problem):
        """The model of a file whose training this Keras cannot go on with for `problem`, by what its users can do about
        it; None when there is nothing."""
        return None


class Keras2(RealKeras):
    pass


class Keras3(RealKeras):
    def own_training_problem(self, optimizer):
        scaled = "LossScale" in optimizer
        if scaled not in self.problems:
            keras, x, y = self.keras, np.zeros((4, 2), "float32"), np.zeros((4, 1), "float32")
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            model.compile(self.made("LossScaleOptimizer" if scaled else "Adam"), "mean_squared_error")
            model.train_on_batch(x, y)
            with tempfile.TemporaryDirectory() as folder:
                model.save(folder + "/own.h5")
                own = keras.models.load_model(folder + "/own.h5")
            try:
                own.train_on_batch(x, y)
                self.problems[scaled] = ""
            except ValueError as e:
                self.problems[scaled] = told(e)
        return self.problems[scaled]

    def remedied(self, path, problem):
        # Its H5 loader builds the optimizer for the model's own variables, without the layers': there are no slots, the
        # state is not read, and the next step is an error. This does what the loader means to.
        if "Unknown variable" not in problem:
            return None
        import h5py
        from keras.src.legacy.saving.legacy_h5_format import load_optimizer_weights_from_hdf5_group

        model = self.open(path, compiled=True)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        optimizer.build(model.trainable_variables)
        with h5py.File(str(path), "r") as file:
            if "optimizer_weights" in file:
                # set_weights leaves out what a LossScaleOptimizer wraps.
                for variable, value in zip(optimizer.variables, load_optimizer_weights_from_hdf5_group(file)):
                    variable.assign(value)
        model.optimizer = optimizer
        return model
