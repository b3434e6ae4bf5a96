"""Records to_json() of the same models under several Keras.

    python tools/record/record_to_json.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one file each

See tests/keras/data/to_json/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/to_json"

L, Input, Model, Sequential = keras.layers, keras.Input, keras.Model, keras.Sequential
R, C, I = keras.regularizers, keras.constraints, keras.initializers


def chain(name, inputs, layers):
    x = inputs
    for layer in layers:
        x = layer(x)
    return Model(inputs, x, name=name)


# Every layer and model has a name, so that the texts differ only in what the versions spell differently.
def images():
    slope = dict(negative_slope=0.25) if KERAS3 else dict(alpha=0.25)
    return chain("images", Input((16, 16, 4), name="image"), [
        L.ZeroPadding2D(1, name="zero_padding"), L.Conv2D(8, 3, strides=2, activation="relu", kernel_regularizer=R.l2(0.25), name="conv"), L.BatchNormalization(name="norm"),
        L.ReLU(6.0, name="relu"), L.SeparableConv2D(6, 3, padding="same", depth_multiplier=2, use_bias=False, name="separable"), L.LeakyReLU(name="leaky", **slope),
        L.DepthwiseConv2D(3, padding="same", name="depthwise"), L.BatchNormalization(axis=-1, momentum=0.5, scale=False, name="norm_axis"), L.ELU(0.5, name="elu"),
        L.LayerNormalization(name="layer_norm"), L.MaxPooling2D(name="max"), L.AveragePooling2D(2, strides=1, name="average"), L.GlobalAveragePooling2D(name="global_average"),
        L.Dense(10, "softmax", activity_regularizer=R.l1(0.5), name="classes")])


def words():
    return chain("words", Input((8,), dtype="int32", name="words_in"), [
        L.Embedding(20, 6, mask_zero=True, name="embedding"), L.Conv1D(4, 2, padding="causal", name="conv"), L.AveragePooling1D(2, 1, name="average"),
        L.SeparableConv1D(5, 2, name="separable"), L.MaxPooling1D(2, 1, name="max"), L.ZeroPadding1D((1, 2), name="zero_padding"), L.Permute((2, 1), name="swap"),
        L.Reshape((-1, 5), name="fold"), L.Flatten(name="flat"), L.RepeatVector(3, name="repeat"), L.Dropout(0.25, seed=3, name="drop"), L.Activation("tanh", name="tanh"),
        L.GlobalMaxPooling1D(name="global_max"), L.Softmax(name="probabilities")])


def noise():
    return chain("noise", Input((4, 3), name="x"), [
        L.SpatialDropout1D(0.25, name="spatial"), L.GaussianNoise(0.5, name="gaussian"), L.GaussianDropout(0.25, name="gaussian_dropout"), L.AlphaDropout(0.5, name="alpha"),
        L.ActivityRegularization(l1=0.5, l2=0.25, name="activity")])


def objects():
    kernels = [I.Zeros(), I.Ones(), I.Constant(0.5), I.RandomNormal(stddev=0.5, seed=1), I.RandomUniform(seed=2), I.TruncatedNormal(seed=3), I.VarianceScaling(2.0, "fan_out", "uniform", seed=4),
               I.Orthogonal(0.5, seed=5), I.Identity(), "glorot_normal", "glorot_uniform", "lecun_normal", "he_uniform"]
    regularizers = [None, R.l1(0.5), R.l2(0.25), R.l1_l2(0.5, 0.25)]
    constraints = [None, C.max_norm(2.0), C.non_neg(), C.unit_norm(), C.min_max_norm(0.5, 2.0, 0.5)]
    pick = lambda items, i: items[i % len(items)]
    return chain("objects", Input((4,), name="x"), [
        L.Dense(4, kernel_initializer=k, kernel_regularizer=pick(regularizers, i), bias_constraint=pick(constraints, i), name="dense_%d" % i) for i, k in enumerate(kernels)])


def activations():
    words = ["linear", "relu", "selu", "sigmoid", "tanh", "elu", "exponential", "softmax", "softplus", "softsign", "swish"]
    return chain("activations", Input((4,), name="x"), [L.Dense(4, activation=w, name="dense_" + w) for w in words])


def merges():
    a, b = Input((4,), name="a"), Input((4,), name="b")
    kinds = [L.Add, L.Multiply, L.Average, L.Maximum]
    merged = [kind(name="merge_%d" % i)([a, b]) for i, kind in enumerate(kinds)] + [L.Subtract(name="subtract")([a, b])]
    return Model([a, b], [L.Concatenate(name="concatenate")(merged), merged[0]], name="merges")


def dicts():
    ins = {"price": Input((1,), name="price"), "area": Input((3,), name="area")}
    joined = L.Concatenate(name="join")([ins["price"], ins["area"]])
    return Model(ins, {"second": L.Dense(1, name="second")(joined), "first": L.Dense(2, name="first")(joined)}, name="dicts")


def shared():
    a, b = Input((5,), name="a"), Input((5,), name="b")
    twice = L.Dense(4, name="twice")
    return Model([a, b], L.Subtract(name="difference")([twice(a), twice(b)]), name="siamese")


def nested():
    i = Input((6,), name="inner_in")
    inner = Model(i, L.Dense(6, name="inner_dense")(i), name="inner")
    stack = Sequential([Input((6,), name="stack_dense_input"), L.Dense(6, name="stack_dense"), L.BatchNormalization(name="stack_norm")], name="stack")
    x = Input((6,), name="x")
    return Model(x, stack(inner(inner(x))), name="nested")


def frozen():
    model = Sequential([Input((3,), name="a_input"), L.Dense(2, name="a"), L.Dense(1, name="b", trainable=False)], name="frozen")
    return model


def fixed_batch():
    return Sequential([Input(batch_shape=(2, 7, 3), name="conv_input"), L.Conv1D(4, 2, name="conv"), L.GlobalMaxPooling1D(name="pool")], name="fixed_batch")


def mixed():
    policy = keras.mixed_precision.experimental.Policy("mixed_float16") if OLD else "mixed_float16"
    return chain("mixed", Input((4,), name="x"), [L.Dense(4, dtype=policy, name="half"), L.Dense(2, dtype="float64", name="double")])


def masked_calls():
    x = Input((3,), name="x")
    y = L.Dropout(0.5, name="drop")(x, training=True)
    return Model(x, L.BatchNormalization(name="norm")(y, training=False), name="calls")


def deferred():
    model = Sequential([L.Dense(4, name="a"), L.Dense(2, name="b")], name="deferred")
    model.build((None, 3))
    return model


CASES = [images, words, noise, objects, activations, merges, dicts, shared, nested, frozen, fixed_batch, mixed, masked_calls, deferred]

texts = {}
for case in CASES:
    keras.backend.clear_session()
    texts[case.__name__] = case().to_json()
OUT.mkdir(parents=True, exist_ok=True)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(texts, indent=1) + "\n")
print(PRODUCER, len(texts), "models")
