"""The calls of record_layer_gradients.py, family by family: each takes its case(name, class, arguments, inputs, ...) and the Keras."""
import numpy as np


def coarse(*shape):
    """Multiples of a half, many of them equal: whose gradient is it where two are the largest?"""
    return (np.round(np.random.RandomState(len(shape)).uniform(-2, 2, shape) * 2) / 2).astype("float32")


def scaled_square(x, factor=3.0):
    """The function of Lambda layers here; the test has the same."""
    return x * x * factor


def each(case, cls, inputs, *arguments, **more):
    for a in arguments:
        case(", ".join("%s %s" % (key, getattr(value, "__name__", value)) for key, value in a.items()) or "plain", cls, a, inputs, **more)


IMAGE, FIRST = (2, 5, 6, 3), (2, 3, 5, 6)
SHAPES = {1: (2, 7, 3), 2: (2, 6, 5, 3), 3: (1, 4, 5, 4, 2)}
OF_FIRST = {1: (2, 3, 7), 2: (2, 3, 6, 5), 3: (1, 2, 4, 5, 4)}


def merges(case, keras):
    a, b, c = (2, 3, 4), (2, 1, 4), (2, 3, 1)
    for cls in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        two = [coarse(2, 3, 4), np.roll(coarse(2, 3, 4), 1, 0)]
        case("two", cls, {}, [a, normal_like(a, 1)])
        case("broadcast", cls, {}, [b, c])
        case("of other ranks", cls, {}, [(2, 3, 4), (2, 4)])
        case("equal elements", cls, {}, two)
        x = normal_like(a, 2)
        case("of itself", cls, {}, [x, x])
        if cls != "Subtract":
            case("three", cls, {}, [a, normal_like(a, 3), normal_like(a, 4)])
            case("three with equal elements", cls, {}, two + [np.roll(coarse(2, 3, 4), 2, 1)])
    for axis, shapes in ((-1, [(2, 3, 4), (2, 3, 2), (2, 3, 1)]), (1, [(2, 3, 4), (2, 2, 4)]), (2, [(2, 3, 1, 2), (2, 3, 4, 2)])):
        case("axis %d" % axis, "Concatenate", dict(axis=axis), [normal_like(s, i) for i, s in enumerate(shapes)])


def normal_like(shape, seed):
    return np.random.RandomState(seed).normal(0, 1, shape).astype("float32")


def shapes(case, keras):
    each(case, "Reshape", (2, 3, 4), dict(target_shape=(12,)), dict(target_shape=(-1, 2)))
    each(case, "Flatten", (2, 3, 4), {}, dict(data_format="channels_first"))
    each(case, "Permute", (2, 3, 4, 2), dict(dims=(2, 1, 3)), dict(dims=(3, 1, 2)))
    each(case, "RepeatVector", (2, 3), dict(n=1), dict(n=4))
    each(case, "Cropping1D", (2, 7, 3), {}, dict(cropping=(0, 3)))
    each(case, "ZeroPadding1D", (2, 4, 3), {}, dict(padding=(0, 3)))
    each(case, "UpSampling1D", (2, 3, 2), {}, dict(size=3))
    each(case, "ZeroPadding1D", (2, 3, 4), dict(data_format="channels_first", padding=(1, 2)))
    for first in (False, True):
        how = dict(data_format="channels_first") if first else {}
        plane, space = (FIRST, (1, 2, 4, 3, 5)) if first else (IMAGE, (1, 4, 3, 5, 2))
        each(case, "Cropping2D", plane, dict(how, cropping=1), dict(how, cropping=((0, 1), (2, 1))))
        each(case, "Cropping3D", space, dict(how, cropping=1), dict(how, cropping=((1, 0), (0, 2), (1, 1))))
        each(case, "ZeroPadding2D", plane, how, dict(how, padding=((0, 1), (2, 0))))
        each(case, "ZeroPadding3D", space, how, dict(how, padding=((1, 0), (0, 2), (1, 1))))
        each(case, "UpSampling3D", (1, 2, 2, 1, 3) if first else (1, 2, 1, 3, 2), how, dict(how, size=(1, 3, 2)))
    for cls in ("Identity", "InputLayer", "Layer"):
        case("plain", cls, {} if cls != "InputLayer" else dict(batch_input_shape=(2, 3)) if not hasattr(keras, "ops") else dict(batch_shape=(2, 3)), (2, 3))
    case("regularized", "Layer", dict(activity_regularizer="l2"), (2, 3))
    case("float64", "Identity", dict(dtype="float64"), (2, 3))
    case("around Dense", "Wrapper", lambda: dict(layer=keras.layers.Dense(2, name="inner")), (2, 3))
    each(case, "Lambda", (2, 3), dict(function=scaled_square), dict(function=scaled_square, dtype="float64"))
    each(case, "ActivityRegularization", (2, 3), dict(l1=0.1), dict(l2=0.3))
    masked = coarse(3, 4, 2)
    masked[0, 1], masked[2, :2] = 0, 0.5
    each(case, "Masking", masked, {}, dict(mask_value=0.5))


def dense(case, keras):
    each(case, "Dense", (4, 3), dict(units=2), dict(units=3, use_bias=False, activation="relu"), dict(units=4, activation="softmax"), dict(units=1, activation="sigmoid"),
         dict(units=2, activation="elu"))
    each(case, "Dense", (2, 3, 4), dict(units=2, activation="tanh"), dict(units=5, use_bias=False, activation="selu"))
    each(case, "Dense", (2, 2, 3, 4), dict(units=3, activation="softplus"))
    tokens = np.array([[1, 0, 3], [4, 3, 3]], "int32")
    each(case, "Embedding", tokens, dict(input_dim=5, output_dim=4), dict(input_dim=6, output_dim=2, mask_zero=True))
    each(case, "Embedding", np.array([2, 2, 0], "int64"), dict(input_dim=3, output_dim=2, embeddings_constraint="unit_norm"))
    for cls, states in (("SimpleRNNCell", 1), ("GRUCell", 1), ("LSTMCell", 2)):
        each(case, cls, (3, 4), dict(units=2), dict(units=2, activation="sigmoid"), states=[(3, 2)] * states)
        each(case, cls, (3, 4), dict(units=3, use_bias=False, activation="relu"), states=[(3, 3)] * states)
    each(case, "GRUCell", (3, 4), dict(units=2, reset_after=False), dict(units=2, reset_after=True, recurrent_activation="hard_sigmoid"), states=[(3, 2)])
    each(case, "LSTMCell", (3, 4), dict(units=2, unit_forget_bias=False, recurrent_activation="hard_sigmoid"), states=[(3, 2)] * 2)

    def cells(*made):
        return lambda: dict(cells=[getattr(keras.layers, c)(u, name="c%d" % i) for i, (c, u) in enumerate(made)])

    case("one of each", "StackedRNNCells", cells(("SimpleRNNCell", 2), ("GRUCell", 3)), (3, 4), states=[(3, 2), (3, 3)])
    case("two LSTM cells", "StackedRNNCells", cells(("LSTMCell", 2), ("LSTMCell", 3)), (3, 4), states=[(3, 2), (3, 2), (3, 3), (3, 3)])


def convolutions(case, keras):
    for rank, shape in SHAPES.items():
        cls = "Conv%dD" % rank
        kernel = (3, 2, 2)[:rank] if rank > 1 else 3
        each(case, cls, shape, dict(filters=2, kernel_size=2), dict(filters=3, kernel_size=kernel, strides=2, padding="same"), dict(filters=2, kernel_size=1, strides=3 if rank < 3 else 2, use_bias=False, activation="tanh"),
             dict(filters=2, kernel_size=3, padding="same", activation="relu"), dict(filters=2, kernel_size=2, dilation_rate=2), dict(filters=1, kernel_size=2, dilation_rate=2, padding="same"))
        each(case, cls, shape[:-1] + (4,), dict(filters=4, kernel_size=2, groups=2), dict(filters=8, kernel_size=2, groups=4, strides=2, padding="same"))
        # Keras 3 adds a bias along the last dim where that has as many elements as there are channels: not so here.
        each(case, cls, OF_FIRST[rank], dict(filters=2, kernel_size=2, data_format="channels_first"), dict(filters=4, kernel_size=3, strides=2, padding="same", data_format="channels_first"))
        if rank > 1:
            each(case, cls, shape, dict(filters=2, kernel_size=2, strides=(2, 1, 3)[:rank]), dict(filters=2, kernel_size=(1, 3, 2)[:rank], dilation_rate=(2, 1, 1)[:rank], padding="same"))
    each(case, "Conv1D", SHAPES[1], dict(filters=2, kernel_size=3, padding="causal"), dict(filters=2, kernel_size=2, padding="causal", dilation_rate=3, activation="relu"), dict(filters=2, kernel_size=3, padding="causal", strides=2))
    each(case, "Conv2D", (2, 2, 2, 2), dict(filters=2, kernel_size=5, padding="same"))
    each(case, "DepthwiseConv2D", SHAPES[2], dict(kernel_size=2), dict(kernel_size=3, strides=2, padding="same", depth_multiplier=2), dict(kernel_size=(2, 3), use_bias=False, activation="relu"),
         dict(kernel_size=2, dilation_rate=2), dict(kernel_size=2, dilation_rate=(2, 2), padding="same", depth_multiplier=3))
    each(case, "DepthwiseConv2D", OF_FIRST[2], dict(kernel_size=2, data_format="channels_first"))
    for rank in (1, 2):
        cls = "SeparableConv%dD" % rank
        each(case, cls, SHAPES[rank], dict(filters=2, kernel_size=2), dict(filters=4, kernel_size=3, strides=2, padding="same", depth_multiplier=2), dict(filters=2, kernel_size=2, use_bias=False, activation="relu"),
             dict(filters=2, kernel_size=2, dilation_rate=2), dict(filters=2, kernel_size=3, dilation_rate=2, padding="same", depth_multiplier=2, activation="tanh"))
        each(case, cls, OF_FIRST[rank], dict(filters=2, kernel_size=2, data_format="channels_first"))
    each(case, "SeparableConv1D", SHAPES[1], dict(filters=2, kernel_size=3, padding="causal"))


def pools(case, keras):
    for rank, shape in SHAPES.items():
        for kind in ("Max", "Average"):
            cls = "%sPooling%dD" % (kind, rank)
            each(case, cls, shape, {}, dict(pool_size=3, strides=2, padding="same"), dict(pool_size=2, strides=1), dict(pool_size=3, strides=1, padding="same"), dict(pool_size=1, strides=2))
            if rank > 1:
                each(case, cls, shape, dict(pool_size=(2, 3, 1)[:rank], strides=(1, 2, 2)[:rank], padding="same"))
            each(case, cls, OF_FIRST[rank], dict(pool_size=2, data_format="channels_first"), dict(pool_size=3, strides=2, padding="same", data_format="channels_first"))
            case("equal elements", cls, dict(pool_size=3, strides=1, padding="same"), coarse(*shape))
            cls = "Global%sPooling%dD" % (kind, rank)
            each(case, cls, shape, {}, dict(keepdims=True))
            each(case, cls, OF_FIRST[rank], dict(data_format="channels_first"), dict(data_format="channels_first", keepdims=True))
            case("equal elements", cls, {}, coarse(*shape))
    mask = np.array([[1, 1, 0, 1, 0, 0, 1], [0, 0, 1, 0, 0, 0, 0]], bool)
    case("masked", "GlobalAveragePooling1D", {}, SHAPES[1], mask=mask)
    case("masked", "GlobalAveragePooling1D", dict(data_format="channels_first"), OF_FIRST[1], mask=mask)


def normalizations(case, keras):
    some = dict(axis=1, momentum=0.7, epsilon=0.1)
    for cls in ("BatchNormalization", "SyncBatchNormalization"):
        for training in (False, True):
            how = " in training" if training else ""
            for shape in ((5, 3), (2, 4, 3), (2, 3, 4, 2), (2, 2, 3, 2, 2)):
                for name, arguments in (("plain", {}), ("other", some), ("neither", dict(center=False, scale=False)), ("no scale", dict(scale=False)), ("no center", dict(center=False))):
                    # In training a SyncBatchNormalization is one of its own: record_synchronized.py.
                    if cls == "BatchNormalization" or name == "plain" and (len(shape) < 4 or not training):
                        case("%s %d%s" % (name, len(shape), how), cls, arguments, shape, training=training)
            if cls == "BatchNormalization":
                case("two axes" + how, cls, dict(axis=[1, 3]), (2, 3, 4, 2), training=training)
            case("frozen" + how, cls, dict(trainable=False), (2, 3, 4, 2), training=training)
    case("virtual batch in training", "BatchNormalization", dict(virtual_batch_size=2), (4, 3), training=True)
    mask = np.array([[1, 1, 0, 1], [0, 0, 1, 0]], bool)
    for training in (False, True):
        case("masked %s" % training, "BatchNormalization", {}, (2, 4, 3), training=training, mask=mask)
    each(case, "LayerNormalization", (3, 4, 5), {}, dict(axis=1), dict(axis=[1, 2], epsilon=0.1), dict(center=False), dict(scale=False, epsilon=1e-6), dict(axis=[0, 2]), dict(rms_scaling=True))
    each(case, "LayerNormalization", IMAGE, {}, dict(axis=[1, 2, 3]), dict(axis=[1, 3]))
    each(case, "Normalization", (4, 3), dict(mean=[0.5, 1.0, -2.0], variance=[1.0, 4.0, 0.25]), dict(axis=None, mean=0.5, variance=2.0), dict(mean=[0.5, 1.0, -2.0], variance=[0.0, 4.0, 0.25]),
         dict(mean=[0.5, 1.0, -2.0], variance=[1.0, 4.0, 0.25], invert=True))
    case("adapted", "Normalization", {}, (4, 3), adapt=np.arange(12, dtype="float32").reshape(4, 3) ** 2)
    each(case, "Rescaling", (2, 3), dict(scale=0.5), dict(scale=2.0, offset=-1.0), dict(scale=[0.5, 1.0, 2.0], offset=[1.0, 0.0, 3.0]))
    for training in (False, True):
        for name, inner, shape in (("Dense", lambda: keras.layers.Dense(2, name="inner"), (4, 3)), ("Conv2D", lambda: keras.layers.Conv2D(2, 2, name="inner"), (2, 4, 4, 3))):
            case("%s %s" % (name, training), "SpectralNormalization", lambda: dict(layer=inner()), shape, training=training)
    case("power 3", "SpectralNormalization", lambda: dict(layer=keras.layers.Dense(2, name="inner"), power_iterations=3), (4, 3), training=True)


# With its kinks, and what the exponential makes large.
SWEEP = np.array([[-40.0, -7.0, -6.0, -3.5, -3.0, -2.5, -1.5, -1.0], [-0.75, -0.5, -0.25, -0.0, 0.0, 0.25, 0.5, 0.75], [1.0, 1.5, 2.5, 3.0, 3.5, 6.0, 7.0, 40.0]], "float32")


def activations(case, keras):
    import inspect

    names = sorted(n for n in dir(keras.activations) if n[0] != "_" and n not in ("get", "serialize", "deserialize", "threshold") and inspect.isfunction(getattr(keras.activations, n)))
    for name in names:
        case(name, "Activation", dict(activation=name), SWEEP)
    for name in ("softmax", "log_softmax", "sparsemax", "glu"):
        if name in names:
            case(name + " of three dims", "Activation", dict(activation=name), (2, 3, 4))
    each(case, "ReLU", SWEEP, {}, dict(max_value=6.0), dict(max_value=3.0, negative_slope=0.25, threshold=0.5), dict(threshold=-1.0), dict(negative_slope=0.1), dict(threshold=1.0, negative_slope=0.5))
    each(case, "LeakyReLU", SWEEP, {}, dict(negative_slope=0.5), dict(alpha=0.5))
    each(case, "ELU", SWEEP, {}, dict(alpha=0.5))
    each(case, "ThresholdedReLU", SWEEP, {}, dict(theta=2.5))
    each(case, "PReLU", SWEEP, {}, dict(shared_axes=[1]))
    each(case, "Softmax", (2, 3, 4), {}, dict(axis=1), dict(axis=[1, 2]))
    each(case, "Softmax", (2, 3, 4), {}, dict(axis=[1, 2]), mask=np.random.RandomState(1).uniform(size=(2, 3, 4)) > 0.3)


def randoms(case, keras):
    shape, plane, space = (2, 3, 4), (2, 3, 4, 2), (1, 2, 3, 2, 2)
    for cls, x, arguments in (("Dropout", shape, dict(rate=0.5)), ("AlphaDropout", shape, dict(rate=0.5)), ("GaussianDropout", shape, dict(rate=0.5)), ("GaussianNoise", shape, dict(stddev=0.5)),
                              ("SpatialDropout1D", shape, dict(rate=0.5)), ("SpatialDropout2D", plane, dict(rate=0.5)), ("SpatialDropout3D", space, dict(rate=0.5))):
        case("at inference", cls, arguments, x, training=False)
        case("of nothing, in training", cls, {key: 0.0 for key in arguments}, x, training=True)
    for cls, arguments in (("RandomHeight", dict(factor=0.3)), ("RandomWidth", dict(factor=0.3)), ("RandomTranslation", dict(height_factor=0.2, width_factor=0.2)), ("RandomZoom", dict(height_factor=0.2))):
        case("at inference", cls, arguments, IMAGE, training=False)
    for mode in ("reflect", "wrap", "constant", "nearest") if hasattr(keras.layers, "Rescaling") else ():  # 2.2 has an older kernel
        for interpolation in ("bilinear", "nearest"):
            more = dict(fill_mode=mode, interpolation=interpolation)
            case(mode + " " + interpolation, "RandomRotation", dict(more, factor=(0.1, 0.1)), IMAGE, training=True)
            case(mode + " " + interpolation, "RandomTranslation", dict(more, height_factor=(0.3, 0.3), width_factor=(-0.2, -0.2)), IMAGE, training=True)
            case(mode + " " + interpolation, "RandomZoom", dict(more, height_factor=(0.4, 0.4), width_factor=(-0.3, -0.3)), IMAGE, training=True)
    for interpolation in ("bilinear", "nearest", "bicubic", "area"):
        case(interpolation, "RandomHeight", dict(factor=(0.4, 0.4), interpolation=interpolation), IMAGE, training=True)
        case(interpolation, "RandomWidth", dict(factor=(-0.4, -0.4), interpolation=interpolation), IMAGE, training=True)
    case("two", "Pipeline", lambda: dict(layers=[keras.layers.Rescaling(0.5, name="r"), keras.layers.CenterCrop(3, 3, name="c")]), IMAGE)
    case("of what is trained", "Pipeline", lambda: dict(layers=[keras.layers.Dense(4, name="d"), keras.layers.LayerNormalization(epsilon=0.1, name="n")]), IMAGE)


def signals(case, keras):
    each(case, "STFTSpectrogram", (2, 24, 1), dict(frame_length=8, frame_step=4), dict(mode="magnitude", frame_length=8, frame_step=4, fft_length=16), dict(mode="psd", frame_length=6, frame_step=6, fft_length=8, window="hamming", scaling="spectrum"),
         dict(mode="log", frame_length=8, frame_step=5, padding="same"), dict(mode="real", frame_length=8, frame_step=4), dict(mode="imag", frame_length=8, frame_step=4, periodic=True),
         dict(mode="angle", frame_length=8, frame_step=4), dict(mode="stack", frame_length=8, frame_step=4, window=None), dict(mode="magnitude", frame_length=8, frame_step=4, expand_dims=True))
    each(case, "MelSpectrogram", (2, 40), dict(fft_length=16, sequence_stride=8, sequence_length=12, num_mel_bins=4, sampling_rate=400, min_freq=1.0),
         dict(fft_length=16, sequence_stride=8, num_mel_bins=3, sampling_rate=400, min_freq=5.0, power_to_db=False, mag_exp=1.0))


def lookups(case, keras):
    """What takes words or integers, or gives integers: Keras has no gradient there."""
    words, numbers = np.array([["a"], ["b"], ["z"]]), np.array([[1], [3], [9]], "int64")
    each(case, "CategoryEncoding", numbers % 4, dict(num_tokens=4), dict(num_tokens=4, output_mode="one_hot"), dict(num_tokens=4, output_mode="count"))
    each(case, "CategoryEncoding", numbers.astype("float32") % 4, dict(num_tokens=4, output_mode="one_hot"))
    each(case, "Discretization", (3, 2), dict(bin_boundaries=[-0.5, 0.5]), dict(bin_boundaries=[-0.5, 0.5], output_mode="multi_hot"), dict(bin_boundaries=[-0.5, 0.5], output_mode="count"))
    each(case, "Hashing", words, dict(num_bins=4), dict(num_bins=4, salt=3))
    each(case, "Hashing", numbers, dict(num_bins=4), dict(num_bins=4, output_mode="one_hot"))
    each(case, "HashedCrossing", [np.array(["a", "b"]), np.array(["c", "d"])], dict(num_bins=4), dict(num_bins=4, output_mode="one_hot"))
    each(case, "StringLookup", words, dict(vocabulary=["a", "b"]), dict(vocabulary=["a", "b"], output_mode="multi_hot"))
    each(case, "IntegerLookup", numbers, dict(vocabulary=[1, 3]), dict(vocabulary=[1, 3], output_mode="one_hot"))
    each(case, "TextVectorization", np.array([["a b"], ["b z"]]), dict(vocabulary=["a", "b"]), dict(vocabulary=["a", "b"], output_mode="count"), dict(vocabulary=["a", "b"], output_mode="tf_idf", idf_weights=[0.5, 0.75]))


FAMILIES = (merges, shapes, dense, convolutions, pools, normalizations, activations, randoms, signals, lookups)
