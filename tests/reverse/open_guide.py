"""Opens in a real TensorFlow what the sections of examples/guide saved, and compares with the numbers they left beside it:
path.x.npy and path.y.npy (an input and what the model makes of it), path.npz (a checkpoint's values by their keys).

    python open_guide.py PRODUCER FOLDER    # tf-2.2.3 or tf-2.15.1; the folder that examples/guide was given

SavedModels are opened by load_model, without classes, by tf.saved_model.load, and two of them by the program
saved_model_cli; checkpoints by tf.train.load_checkpoint, and by the models of the guide's Python code. Ends with "guide: N
passed, N failed"; exit code 1 when one failed, or some numbers were not asked for.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from real_keras import plain, start, told

REAL = start(sys.argv[1], deterministic=False)
ROOT = pathlib.Path(sys.argv[2])
tf, keras = REAL.tf, REAL.keras
asked = set()  # files of numbers


def numbers(path, kind):
    file = ROOT / f"{path}.{kind}"
    asked.add(file)
    return np.load(str(file))


def same(got, expected, what):
    """But for the order of sums: what cancels in them is as exact as the largest of them."""
    np.testing.assert_allclose(plain(got), expected, rtol=1e-5, atol=2e-6 * np.abs(expected).max(), err_msg=what)


def predicts(model, path):
    same(model.predict(numbers(path, "x.npy"), verbose=0), numbers(path, "y.npy"), "predictions")
    return model


# ---- SavedModels ----


def saved_model(path):
    """By load_model, without classes; and without Keras: the call and the signature."""
    model = predicts(keras.models.load_model(str(ROOT / path)), path)
    x, y = tf.constant(numbers(path, "x.npy")), numbers(path, "y.npy")
    graph = tf.saved_model.load(str(ROOT / path))
    same(graph(x), y, "tf.saved_model.load, called")
    signature = graph.signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    (output,) = signature(**{name: x}).values()
    same(output, y, "tf.saved_model.load, serving_default")
    return model


def by_the_command_line(path):
    """`saved_model_cli run`, as its users run it."""
    program = pathlib.Path(sys.executable).parent / "saved_model_cli"
    graph = tf.saved_model.load(str(ROOT / path)).signatures["serving_default"]
    (key,), (output,) = graph.structured_input_signature[1], graph.structured_outputs
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, program, "run", "--dir", ROOT / path, "--tag_set", "serve", "--signature_def", "serving_default"]
        command += ["--inputs", f"{key}={ROOT / path}.x.npy", "--outdir", out]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout.decode()[-400:]
        same(np.load(f"{out}/{output}.npy"), numbers(path, "y.npy"), "saved_model_cli run")


def trains_on(model, path):
    """Two epochs more come to what they came to there."""
    target, losses, trained = (numbers(path, kind) for kind in ("target.npy", "losses.npy", "trained.npy"))
    x = numbers(path, "x.npy")
    same(model.fit(x, target, epochs=2, shuffle=False, verbose=0).history["loss"], losses, "losses of the next epochs")
    same(model.predict(x, verbose=0), trained, "predictions after training")


def adam():
    """That of TensorFlow 2.2, for which the guide's files are."""
    return keras.optimizers.Adam if REAL.producer == "tf-2.2.3" else keras.optimizers.legacy.Adam


def savedmodel_format():
    path = "03_savedmodel_format/my_model"
    model = saved_model(path)
    # load_model itself starts with a new optimizer, whoever wrote the folder; load_weights takes its state.
    model.compile(adam()(), "mean_squared_error")
    model.load_weights(str(ROOT / path / "variables/variables")).assert_existing_objects_matched()
    trains_on(model, path)


def h5_format():
    path = "06_keras_h5_format/my_h5_model.h5"
    trains_on(predicts(h5(path, {"Adam": adam()}), path), path)


def external_losses():
    path = "07_h5_limitations/external"
    model = saved_model(path)
    logs = model.evaluate(numbers(path, "x.npy"), numbers(path, "target.npy"), verbose=0)
    same(logs, numbers(path, "evaluated.npy"), "the loss and metric that were added")
    predicts(h5(path + ".h5"), path + ".h5")


# ---- whole models in H5, with the guide's custom objects ----


class CustomLayer(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super(CustomLayer, self).__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight("w", shape=(input_shape[-1], self.units))
        self.b = self.add_weight("b", shape=(self.units,))

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super(CustomLayer, self).get_config()
        config.update({"units": self.units})
        return config


class Scale(keras.layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight("scale", shape=(input_shape[-1],))

    def call(self, inputs):
        self.add_loss(tf.reduce_sum(self.scale**2))
        return inputs * self.scale


class Power(keras.layers.Layer):
    def __init__(self, exponent, **kwargs):
        super(Power, self).__init__(**kwargs)
        self.exponent = exponent

    def call(self, inputs):
        return inputs**self.exponent


class RegisteredShift(keras.layers.Layer):
    def __init__(self, by, **kwargs):
        super(RegisteredShift, self).__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs + self.by


def custom_activation(x):
    return tf.nn.tanh(x) ** 2


def half(x):
    return x / 2


def far(y_true, y_pred):
    return tf.reduce_max(tf.abs(y_true - y_pred), axis=-1)


def hundredths(shape, dtype=None, **kwargs):
    return tf.fill(shape, tf.constant(0.01, dtype))


def h5(path, custom_objects=None):
    return keras.models.load_model(str(ROOT / path), custom_objects=custom_objects)


# ---- weights ----


def mlp(units=10, head=True):
    inputs = keras.Input(shape=(784,), name="digits")
    x = keras.layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = keras.layers.Dense(64, activation="relu", name="dense_2")(x)
    return keras.Model(inputs, keras.layers.Dense(units, name="predictions")(x) if head else x)


def sequential():
    layers = [keras.layers.Dense(64, activation="relu", name=name) for name in ("dense_1", "dense_2")]
    return keras.Sequential([keras.Input(shape=(784,), name="digits")] + layers + [keras.layers.Dense(10, name="predictions")])


class SubclassedModel(keras.Model):
    def __init__(self, output_dim, name=None):
        super(SubclassedModel, self).__init__(name=name)
        self.output_dim = output_dim
        self.dense_1 = keras.layers.Dense(64, activation="relu", name="dense_1")
        self.dense_2 = keras.layers.Dense(64, activation="relu", name="dense_2")
        self.dense_3 = keras.layers.Dense(output_dim, name="predictions")

    def call(self, inputs):
        return self.dense_3(self.dense_2(self.dense_1(inputs)))


class ContrivedModel(keras.Model):
    def __init__(self):
        super(ContrivedModel, self).__init__()
        self.first_dense = keras.layers.Dense(64)
        self.kernel = self.add_weight("kernel", shape=(64, 10))
        self.bias = self.add_weight("bias", shape=(10,))

    def call(self, inputs):
        return tf.matmul(self.first_dense(inputs), self.kernel) + self.bias


class NestedDenseLayer(keras.layers.Layer):
    def __init__(self, units, name=None):
        super(NestedDenseLayer, self).__init__(name=name)
        self.dense_1 = keras.layers.Dense(units, name="dense_1")
        self.dense_2 = keras.layers.Dense(units, name="dense_2")

    def call(self, inputs):
        return self.dense_2(self.dense_1(inputs))


def weights(path, model):
    """Into a model of the guide's Python code; of a checkpoint all must be consumed."""
    if not model.built:
        model(tf.ones((1, 784)))
    status = model.load_weights(str(ROOT / path))
    if status is not None:
        status.assert_consumed()
        reader = tf.train.load_checkpoint(str(ROOT / path))
        shapes = [tuple(shape) for key, shape in reader.get_variable_to_shape_map().items() if "VARIABLE_VALUE" in key]
        counted = [shape for shape in shapes if shape != ()]  # without save_counter
        assert sorted(counted) == sorted(tuple(w.shape) for w in model.weights), counted
    return predicts(model, path)


def values(path):
    """Keys, dtypes and values, as tf.train.load_checkpoint reads them."""
    reader = tf.train.load_checkpoint(str(ROOT / path))
    expected = numbers(path, "npz")
    ending = "/.ATTRIBUTES/VARIABLE_VALUE"
    keys = {key[: -len(ending)] for key in reader.get_variable_to_shape_map() if key.endswith(ending)}
    assert keys == set(expected.files), f"{sorted(keys)}, expected {sorted(expected.files)}"
    for key in keys:
        got = reader.get_tensor(key + ending)
        assert got.dtype == expected[key].dtype and np.array_equal(got, expected[key]), f"{key} differs"


def from_json():
    path = "09_to_json_and_model_from_json/model.json"
    model = keras.models.model_from_json((ROOT / path).read_text())
    model.load_weights(str((ROOT / path).with_name("weights.h5")))
    predicts(model, path)


def checkpoint_of_a_layer():
    path = "21_checkpoint_format_details/custom_layer-1"
    values(path)
    layer = keras.layers.Layer()
    layer.var = tf.Variable(0, name="var_a")
    tf.train.Checkpoint(layer=layer).restore(str(ROOT / path)).assert_consumed()
    assert layer.var.numpy() == 5


def exact_layers_and_variables():
    path = "23_exact_layers_and_variables/ckpt-1"
    values(path)
    model = ContrivedModel()
    model(tf.ones((1, 784)))
    checkpoint = tf.train.Checkpoint(dense=model.first_dense, kernel=model.kernel, bias=model.bias)
    checkpoint.restore(str(ROOT / path)).assert_consumed()
    predicts(model, path)


def nested(path, frozen):
    layer = NestedDenseLayer(10, "nested")
    model = keras.Sequential([keras.Input((784,)), layer])
    layer.dense_1.trainable = not frozen
    return weights(path, model)


CHECKS = {
    "01_short_answer/location": saved_model,
    "02_choosing_a_format/savedmodel": saved_model,
    "02_choosing_a_format/also_savedmodel": saved_model,
    "02_choosing_a_format/suffix.h5": lambda path: predicts(h5(path), path),
    # Later Kerases take this suffix for a format of their own.
    "02_choosing_a_format/suffix.keras": lambda path: predicts(h5(path), path),
    "02_choosing_a_format/no_suffix": lambda path: predicts(h5(path), path),
    "03_savedmodel_format/my_model": lambda path: savedmodel_format(),
    "03_savedmodel_format/my_model by saved_model_cli": lambda path: by_the_command_line("03_savedmodel_format/my_model"),
    "04_what_the_savedmodel_contains/my_model": saved_model,
    "05_how_savedmodel_handles_custom_objects/my_model": saved_model,
    "05_how_savedmodel_handles_custom_objects/saved_again": saved_model,
    "05_how_savedmodel_handles_custom_objects/with_config": saved_model,
    "05_how_savedmodel_handles_custom_objects/my_model by saved_model_cli": lambda path: by_the_command_line(
        "05_how_savedmodel_handles_custom_objects/my_model"
    ),
    "06_keras_h5_format/my_h5_model.h5": lambda path: h5_format(),
    "07_h5_limitations/external": lambda path: external_losses(),
    "07_h5_limitations/custom.h5": lambda path: predicts(h5(path, {"Scale": Scale}), path),
    "09_to_json_and_model_from_json/model.json": lambda path: from_json(),
    "10_custom_models_layers_and_functions/custom.h5": lambda path: predicts(
        h5(path, {"Power": Power, "half": half, "hundredths": hundredths, "far": far}), path
    ),
    "11_loading_the_graph_only/my_model": saved_model,
    "13_registering_the_custom_object/registered.h5": lambda path: predicts(
        h5(path, {"Guide>RegisteredShift": RegisteredShift}), path
    ),
    "14_custom_layer_and_function/custom": saved_model,
    "14_custom_layer_and_function/custom.h5": lambda path: predicts(
        h5(path, {"CustomLayer": CustomLayer, "custom_activation": custom_activation}), path
    ),
    "17_weights_from_model_to_model/functional": lambda path: weights(path, mlp()),
    "17_weights_from_model_to_model/subclassed": lambda path: weights(path, SubclassedModel(10)),
    "18_stateless_layers/with_dropout": saved_model,
    "19_saving_weights_to_disk/default": lambda path: weights(path, sequential()),
    "19_saving_weights_to_disk/other.suffix": lambda path: weights(path, sequential()),
    "19_saving_weights_to_disk/said_tf": lambda path: weights(path, sequential()),
    "19_saving_weights_to_disk/suffix.h5": lambda path: weights(path, sequential()),
    "19_saving_weights_to_disk/suffix.hdf5": lambda path: weights(path, sequential()),
    "19_saving_weights_to_disk/said_h5": lambda path: weights(path, sequential()),
    "20_checkpoint_format/ckpt": lambda path: weights(path, sequential()),
    "21_checkpoint_format_details/dense": values,
    "21_checkpoint_format_details/custom_layer-1": lambda path: checkpoint_of_a_layer(),
    "22_transfer_learning_by_checkpoint/pretrained_ckpt": lambda path: weights(path, mlp(head=False)),
    "22_transfer_learning_by_checkpoint/new_model": lambda path: weights(path, mlp(5)),
    "23_exact_layers_and_variables/ckpt-1": lambda path: exact_layers_and_variables(),
    "24_hdf5_format/weights.h5": lambda path: weights(path, sequential()),
    "25_order_of_nested_weights/before.h5": lambda path: nested(path, frozen=False),
    "25_order_of_nested_weights/after.h5": lambda path: nested(path, frozen=True),
    "26_transfer_learning_by_hdf5/pretrained_weights.h5": lambda path: weights(path, mlp()),
    "26_transfer_learning_by_hdf5/new_model.h5": lambda path: predicts(h5(path), path),
}


def main():
    passed = failed = 0
    for name, check in CHECKS.items():
        keras.backend.clear_session()
        try:
            check(name)
            passed += 1
        except Exception as error:
            failed += 1
            print(f"failed: {name}: {told(error)[:600]}", flush=True)
    for file in sorted(set(ROOT.glob("*/*.npy")) | set(ROOT.glob("*/*.npz"))):
        if file not in asked:
            failed += 1
            print(f"failed: {file.relative_to(ROOT)} was not asked for")
    print(f"guide: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
