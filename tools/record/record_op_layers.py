"""Records models of op layers: operators, slices and functions called on symbolic tensors.

    python tools/record/record_op_layers.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

See tests/keras/data/op_layers/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

import numpy as np

from producer import KERAS3, PRODUCER, keras

if KERAS3:
    ops = keras.ops
else:
    import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/op_layers"

Input, Model = keras.Input, keras.Model


def of(keras2, keras3):
    """A function of tf.* and its like in keras.ops, as dotted names."""
    root, name = (ops, keras3) if KERAS3 else (tf, keras2)
    for part in name.split("."):
        root = getattr(root, part)
    return root


MATRIX = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.0, 0.0]], "float32")

# name: (inputs, function): the inputs are X and Y float32 [None, 3, 4], N and M int32 [None, 3], B bool-making.
F1, F2 = ("x",), ("x", "y")
OPERATORS = {
    "add": (F2, lambda x, y: x + y), "add_constant": (F1, lambda x: x + 1.5), "radd": (F1, lambda x: 1.5 + x),
    "subtract": (F2, lambda x, y: x - y), "subtract_constant": (F1, lambda x: x - 1.5), "rsubtract": (F1, lambda x: 1.5 - x),
    "multiply": (F2, lambda x, y: x * y), "multiply_constant": (F1, lambda x: x * 2.0), "rmultiply": (F1, lambda x: 2.0 * x),
    "divide": (F2, lambda x, y: x / y), "divide_constant": (F1, lambda x: x / 2.0), "rdivide": (F1, lambda x: 2.0 / x),
    "floordiv": (F2, lambda x, y: x // y), "floordiv_constant": (F1, lambda x: x // 0.5), "rfloordiv": (F1, lambda x: 2.0 // x),
    "mod": (F2, lambda x, y: x % y), "mod_constant": (F1, lambda x: x % 0.5), "rmod": (F1, lambda x: 2.0 % x),
    "pow_constant": (F1, lambda x: x ** 2.0), "negative": (F1, lambda x: -x), "abs": (F1, lambda x: abs(x)),
    "less": (F2, lambda x, y: x < y), "less_constant": (F1, lambda x: x < 0.5), "rless": (F1, lambda x: 0.5 < x),
    "less_equal": (F2, lambda x, y: x <= y), "less_equal_constant": (F1, lambda x: x <= 0.5),
    "greater": (F2, lambda x, y: x > y), "greater_constant": (F1, lambda x: x > 0.5),
    "greater_equal": (F2, lambda x, y: x >= y), "greater_equal_constant": (F1, lambda x: x >= 0.5),
    "int_floordiv": (("n",), lambda n: n // 2), "int_mod": (("n",), lambda n: n % 3), "int_less": (("n", "m"), lambda n, m: n < m),
    "int_divide": (("n", "m"), lambda n, m: n / m), "int_add": (("n",), lambda n: n + 1),
    "and": (F2, lambda x, y: (x > 0.0) & (y > 0.0)), "or": (F2, lambda x, y: (x > 0.0) | (y > 0.0)), "not": (F1, lambda x: ~(x > 0.0)),
    "xor": (F2, lambda x, y: (x > 0.0) ^ (y > 0.0)),
    "slice_index": (F1, lambda x: x[:, 0]), "slice_last": (F1, lambda x: x[:, -1]), "slice_range": (F1, lambda x: x[:, 1:3]), "slice_from": (F1, lambda x: x[:, 1:]),
    "slice_to": (F1, lambda x: x[:, :-1]), "slice_step": (F1, lambda x: x[:, ::2]), "slice_two": (F1, lambda x: x[:, 1:, :2]), "slice_ellipsis": (F1, lambda x: x[..., 0]),
    "slice_ellipsis_range": (F1, lambda x: x[..., 1:3]), "slice_newaxis": (F1, lambda x: x[:, None]), "slice_back": (F1, lambda x: x[:, ::-1]),
    "slice_batch": (F1, lambda x: x[1:]), "slice_index_range": (F1, lambda x: x[:, 1, ::2]),
}
FUNCTIONS = {
    "equal": (F2, lambda x, y: of("math.equal", "equal")(x, y)), "not_equal": (F2, lambda x, y: of("math.not_equal", "not_equal")(x, y)),
    "equal_constant": (F1, lambda x: of("math.equal", "equal")(x, 0.5)),
    "maximum": (F2, lambda x, y: of("math.maximum", "maximum")(x, y)), "maximum_constant": (F1, lambda x: of("math.maximum", "maximum")(x, 0.5)),
    "minimum": (F2, lambda x, y: of("math.minimum", "minimum")(x, y)),
    "exp": (F1, lambda x: of("math.exp", "exp")(x)), "square": (F1, lambda x: of("math.square", "square")(x)), "tanh": (F1, lambda x: of("math.tanh", "tanh")(x)),
    "sin": (F1, lambda x: of("math.sin", "sin")(x)), "cos": (F1, lambda x: of("math.cos", "cos")(x)), "sigmoid": (F1, lambda x: of("math.sigmoid", "sigmoid")(x)),
    "sqrt": (F1, lambda x: of("math.sqrt", "sqrt")(of("math.square", "square")(x))), "log": (F1, lambda x: of("math.log", "log")(of("math.square", "square")(x))),
    "relu": (F1, lambda x: of("nn.relu", "relu")(x)), "relu6": (F1, lambda x: of("nn.relu6", "relu6")(x)), "elu": (F1, lambda x: of("nn.elu", "elu")(x)),
    "selu": (F1, lambda x: of("nn.selu", "selu")(x)), "softplus": (F1, lambda x: of("nn.softplus", "softplus")(x)), "softsign": (F1, lambda x: of("nn.softsign", "softsign")(x)),
    "silu": (F1, lambda x: of("nn.silu", "silu")(x)), "gelu": (F1, lambda x: of("nn.gelu", "gelu")(x, approximate=False)), "gelu_default": (F1, lambda x: of("nn.gelu", "gelu")(x)),
    "leaky_relu": (F1, lambda x: of("nn.leaky_relu", "leaky_relu")(x)), "softmax": (F1, lambda x: of("nn.softmax", "softmax")(x)), "softmax_axis": (F1, lambda x: of("nn.softmax", "softmax")(x, axis=1)),
    "sum": (F1, lambda x: of("math.reduce_sum", "sum")(x, axis=1)), "mean": (F1, lambda x: of("math.reduce_mean", "mean")(x, axis=[1, 2])),
    "mean_keepdims": (F1, lambda x: of("math.reduce_mean", "mean")(x, axis=-1, keepdims=True)), "max": (F1, lambda x: of("math.reduce_max", "max")(x, axis=2)),
    "min": (F1, lambda x: of("math.reduce_min", "min")(x, axis=2)), "prod": (F1, lambda x: of("math.reduce_prod", "prod")(x, axis=1)),
    "any": (F1, lambda x: of("math.reduce_any", "any")(x > 0.0, axis=1)), "all": (F1, lambda x: of("math.reduce_all", "all")(x > 0.0, axis=1)),
    "concat": (F2, lambda x, y: of("concat", "concatenate")([x, y], axis=1)), "stack": (F2, lambda x, y: of("stack", "stack")([x, y], axis=1)),
    "expand_dims": (F1, lambda x: of("expand_dims", "expand_dims")(x, axis=1)), "squeeze": (F1, lambda x: of("squeeze", "squeeze")(of("expand_dims", "expand_dims")(x, axis=1), axis=1)),
    "transpose": (F1, lambda x: ops.transpose(x, [0, 2, 1]) if KERAS3 else tf.transpose(x, [0, 2, 1])), "reshape": (F1, lambda x: of("reshape", "reshape")(x, [-1, 12])),
    "matmul": (F2, lambda x, y: ops.matmul(x, ops.transpose(y, [0, 2, 1])) if KERAS3 else tf.matmul(x, y, transpose_b=True)),
    "matmul_plain": (F2, lambda x, y: of("matmul", "matmul")(x, of("transpose", "transpose")(y, [0, 2, 1]))),
    "where": (F2, lambda x, y: of("where", "where")(x > 0.0, x, y)), "cast": (F1, lambda x: of("cast", "cast")(x, "int32")),
    "clip": (F1, lambda x: of("clip_by_value", "clip")(x, -0.5, 0.5)), "tile": (F1, lambda x: of("tile", "tile")(x, [1, 2, 1])),
    "zeros_like": (F1, lambda x: of("zeros_like", "zeros_like")(x)), "ones_like": (F1, lambda x: of("ones_like", "ones_like")(x)),
    "logical_and": (F2, lambda x, y: of("math.logical_and", "logical_and")(x > 0.0, y > 0.0)), "logical_not": (F1, lambda x: of("math.logical_not", "logical_not")(x > 0.0)),
    "subtract_called": (F2, lambda x, y: of("math.subtract", "subtract")(x, y)), "squared_difference": (F2, lambda x, y: tf.math.squared_difference(x, y)),
    "rsqrt": (F1, lambda x: of("math.rsqrt", "rsqrt")(x * x + 1.0)), "floor": (F1, lambda x: of("math.floor", "floor")(x)), "sign": (F1, lambda x: of("math.sign", "sign")(x)),
    "round": (F1, lambda x: of("math.round", "round")(x)),
    "matmul_array": (F1, lambda x: of("matmul", "matmul")(x, of("constant", "convert_to_tensor")(MATRIX))), "add_array": (F1, lambda x: x + of("constant", "convert_to_tensor")(MATRIX[:, 0])),
}
SHAPES = {"x": ((3, 4), "float32"), "y": ((3, 4), "float32"), "n": ((3,), "int32"), "m": ((3,), "int32")}


def arrays():
    rng = np.random.RandomState(7)
    given = {"x": rng.randn(5, 3, 4), "y": rng.randn(5, 3, 4), "n": rng.randint(-9, 9, (5, 3)), "m": rng.randint(1, 9, (5, 3))}
    given["y"][0] = given["x"][0]  # some are equal
    return {key: value.astype(SHAPES[key][1]) for key, value in given.items()}


if __name__ == "__main__":
    texts, outputs = {}, arrays()
    given = dict(outputs)
    for name, (names, function) in list(OPERATORS.items()) + list(FUNCTIONS.items()):
        keras.backend.clear_session()
        inputs = [Input(SHAPES[n][0], dtype=SHAPES[n][1], name=n) for n in names]
        try:
            model = Model(inputs, function(*inputs), name=name)
            text = model.to_json()
        except Exception as error:  # what this Keras does not have
            texts[name] = {"error": "%s: %s" % (type(error).__name__, str(error).splitlines()[0] if str(error) else "")}
            print(name, texts[name]["error"][:200])
            continue
        texts[name] = {"json": text}
        rows = [given[n] for n in names]
        outputs[name] = np.asarray(model.predict_on_batch(rows if len(rows) > 1 else rows[0]))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(texts, indent=1) + "\n")
    np.savez_compressed(str(OUT / (PRODUCER + ".npz")), **outputs)
    print(PRODUCER, len(texts), "models")
