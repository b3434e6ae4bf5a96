"""The models whose summaries are recorded: NAME -> function of nothing that gives a model (tf.keras 2.15)."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import Input, Model, Sequential, layers as L


def mlp():
    return Sequential([Input((32,), name="features"), L.Dense(64, "relu", name="hidden"), L.Dropout(0.5, name="drop"), L.Dense(10, "softmax", name="classes")], "mlp")


def mlp_default_names():
    return Sequential([L.Dense(8, input_shape=(4,)), L.Dense(8), L.Activation("tanh"), L.Dense(1)])


def sequential_batch_shape():
    return Sequential([Input(batch_shape=(16, 7, 3)), L.Conv1D(4, 2, name="conv"), L.GlobalMaxPooling1D(name="pool")], "fixed_batch")


def sequential_empty_params():
    return Sequential([Input((6,)), L.Reshape((2, 3), name="fold"), L.Permute((2, 1), name="swap"), L.Flatten(name="flat")], "no_params")


def convnet():
    return Sequential([
        Input((28, 28, 1)), L.Rescaling(1 / 255.0, name="rescaling"), L.ZeroPadding2D(1, name="pad"), L.Conv2D(16, 3, use_bias=False, name="conv_1"),
        L.BatchNormalization(name="bn_1"), L.ReLU(name="relu_1"), L.MaxPooling2D(name="pool_1"), L.SeparableConv2D(32, 3, padding="same", name="sep"),
        L.DepthwiseConv2D(3, strides=2, name="depthwise_with_stride"), L.BatchNormalization(name="bn_2"), L.LeakyReLU(name="leaky"), L.AveragePooling2D(name="avg"),
        L.GlobalAveragePooling2D(name="global_average"), L.Dense(10, name="logits"), L.Softmax(name="probabilities")], "convnet")


def text_cnn():
    return Sequential([
        Input((100,), dtype="int32"), L.Embedding(20000, 128, name="embedding"), L.ZeroPadding1D(2, name="pad"), L.Conv1D(64, 5, name="conv"), L.MaxPooling1D(3, name="pool"),
        L.AveragePooling1D(2, name="average"), L.GlobalMaxPooling1D(name="global"), L.LayerNormalization(name="norm"), L.Dense(1, "sigmoid", name="out")], "text_cnn")


def variable_length():
    i = Input((None,), dtype="int64", name="tokens")
    return Model(i, L.GlobalAveragePooling1D(name="mean")(L.Embedding(50, 8, mask_zero=True, name="embed")(i)), name="variable_length")


def functional_one():
    i = Input((32,), name="input")
    h = L.Dense(64, "relu", name="a")(i)
    return Model(i, L.Dense(1, name="b")(h), name="functional_one")


def multi_in_out():
    a, b = Input((8,), name="left"), Input((4, 2), name="right")
    h = L.Concatenate(name="join")([L.Dense(16, name="left_dense")(a), L.Flatten(name="right_flat")(b)])
    return Model([a, b], [L.Dense(3, name="first")(h), L.Dense(1, name="second")(h)], name="multi")


def dict_inputs():
    ins = {"price": Input((1,), name="price"), "area": Input((3,), name="area")}
    return Model(ins, {"out": L.Dense(1, name="out")(L.Concatenate(name="cat")([ins["price"], ins["area"]]))}, name="dicts")


def shared():
    a, b = Input((5,), name="a"), Input((5,), name="b")
    d = L.Dense(4, name="twice")
    return Model([a, b], L.Subtract(name="difference")([d(a), d(b)]), name="siamese")


def residual():
    i = Input((16, 16, 8), name="image")
    h = i
    for n in range(2):
        r = L.Conv2D(8, 3, padding="same", name=f"block{n}_conv")(h)
        r = L.BatchNormalization(name=f"block{n}_bn")(r)
        h = L.Add(name=f"block{n}_add")([h, r])
        h = L.Activation("relu", name=f"block{n}_out")(h)
    return Model(i, [L.GlobalMaxPooling2D(name="gmp")(h), L.Maximum(name="max")([h, i])], name="residual")


def many_merges():
    ins = [Input((4,), name=f"in_{n}") for n in range(6)]
    h = [L.Multiply(name="multiply")(ins[:2]), L.Average(name="average")(ins[2:5]), ins[5]]
    return Model(ins, L.Concatenate(name="concatenate_of_everything_so_far")(h + ins), name="merges")


def nested():
    inner = Sequential([Input((4,), name="inner_in"), L.Dense(8, name="inner_dense"), L.Dense(2, name="inner_out")], "encoder")
    i = Input((4,), name="outer_in")
    return Model(i, L.Dense(1, name="head")(inner(i)), name="nested")


def nested_deep():
    core = Sequential([Input((4,), name="core_in"), L.Dense(3, name="core_dense"), L.BatchNormalization(name="core_bn")], "core")
    i = Input((4,), name="mid_in")
    middle = Model(i, L.Add(name="mid_add")([core(i), L.Dense(3, name="mid_side")(i)]), name="middle")
    j = Input((4,), name="top_in")
    h = middle(j)
    return Model(j, L.Dense(2, name="top_dense")(h), name="top")


def nested_twice():
    """`core` belongs to two models; its config is written twice, so a model made from the JSON has two of them."""
    core = Sequential([Input((4,), name="core_in"), L.Dense(3, name="core_dense")], "core")
    i = Input((4,), name="mid_in")
    middle = Model(i, L.Activation("relu", name="mid_relu")(core(i)), name="middle")
    j = Input((4,), name="top_in")
    return Model(j, [middle(j), core(j)], name="top")


def nested_frozen():
    model = nested_deep()
    model.get_layer("middle").trainable = False
    return model


def sequential_of_models():
    a = Sequential([Input((6,)), L.Dense(4, name="a_dense")], "part_a")
    b = Sequential([Input((4,)), L.Dense(2, name="b_dense"), L.Dropout(0.1, name="b_drop")], "part_b")
    return Sequential([Input((6,), name="parts_in"), a, b, L.Dense(1, name="last")], "parts")


def frozen():
    model = convnet()
    for layer in model.layers[:6]:
        layer.trainable = False
    return model


def all_frozen():
    model = mlp()
    model.trainable = False
    return model


def long_names():
    i = Input((3,), name="an_input_with_a_name_that_is_much_too_long_for_its_column")
    h = L.Dense(4, name="a_dense_layer_with_a_name_that_is_much_too_long_for_its_column_and_for_two")(i)
    k = L.Dense(4, name="branch_with_quite_a_long_name_as_well")(i)
    h = L.Concatenate(name="concatenate_the_branches")([h, k, i])
    h = L.Reshape((11, 1, 1, 1, 1, 1, 1), name="reshape_to_a_long_shape_text")(h)
    return Model(i, h, name="a_model_whose_own_name_is_long_too_so_that_the_first_line_is_longer_than_the_rule")


def large_counts():
    return Sequential([Input((2048,)), L.Dense(5000, name="wide"), L.Dense(16, name="narrow")], "large")


def dtypes():
    i = Input((8,), dtype="float64", name="double")
    h = L.Dense(5, dtype="float64", name="dense64")(i)
    return Model(i, L.Dense(3, dtype="float16", name="dense16")(h), name="dtypes")


def normalization():
    return Sequential([Input((7,)), L.Normalization(name="norm"), L.RepeatVector(3, name="repeat"), L.Dense(2, name="dense")], "preprocessed")


def operators():
    i = Input((4,), name="x")
    return Model(i, L.Dense(2, name="dense")(tf.nn.relu(i * 2.0 + 1.0)), name="operators")


def activations():
    i = Input((4,), name="x")
    h = L.Activation("elu", name="elu")(i)
    return Model(i, L.Softmax(axis=-1, name="softmax")(L.ReLU(6.0, name="relu6")(h)), name="activations")


MODELS = {f.__name__: f for f in (
    mlp, mlp_default_names, sequential_batch_shape, sequential_empty_params, convnet, text_cnn, variable_length, functional_one, multi_in_out, dict_inputs, shared, residual,
    many_merges, nested, nested_deep, nested_twice, nested_frozen, sequential_of_models, frozen, all_frozen, long_names, large_counts, dtypes, normalization, operators, activations)}
