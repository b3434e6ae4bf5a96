"""Records what layers make of integers (and of float64) where floats are usual: tests/keras/data/integer_inputs/PRODUCER.{json,npz}.

    python tools/record/record_integer_inputs.py [FOLDER]    # each Keras in turn

A list of {"name", "model": its JSON, "dtype": of the output or null, "error": what Keras says instead}; in the npz "NAME/x",
"NAME/y" and "NAME/w0", "NAME/w1" ... the weights.
"""
import json
import pathlib
import sys

from producer import PRODUCER, keras, np

L = keras.layers
FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/integer_inputs")

# Name, class, arguments, shape of the input without the batch.
LAYERS = [
    ("dense", "Dense", dict(units=3), (4,)),
    ("dense_sequence", "Dense", dict(units=3, use_bias=False), (2, 4)),
    ("einsum_dense", "EinsumDense", dict(equation="ab,bc->ac", output_shape=3, bias_axes="c"), (4,)),
    ("conv1d", "Conv1D", dict(filters=2, kernel_size=2), (4, 3)),
    ("conv2d", "Conv2D", dict(filters=2, kernel_size=2), (4, 4, 3)),
    ("conv2d_transpose", "Conv2DTranspose", dict(filters=2, kernel_size=2), (4, 4, 3)),
    ("depthwise_conv2d", "DepthwiseConv2D", dict(kernel_size=2), (4, 4, 3)),
    ("separable_conv2d", "SeparableConv2D", dict(filters=2, kernel_size=2), (4, 4, 3)),
    ("batch_normalization", "BatchNormalization", dict(), (4,)),
    ("layer_normalization", "LayerNormalization", dict(), (4,)),
    ("group_normalization", "GroupNormalization", dict(groups=2), (4,)),
    ("unit_normalization", "UnitNormalization", dict(), (4,)),
    ("rms_normalization", "RMSNormalization", dict(), (4,)),
    ("prelu", "PReLU", dict(alpha_initializer="ones"), (4,)),
    ("relu", "ReLU", dict(), (4,)),
    ("leaky_relu", "LeakyReLU", dict(), (4,)),
    ("elu", "ELU", dict(), (4,)),
    ("softmax", "Softmax", dict(), (4,)),
    ("activation_relu", "Activation", dict(activation="relu"), (4,)),
    ("activation_sigmoid", "Activation", dict(activation="sigmoid"), (4,)),
    ("simple_rnn", "SimpleRNN", dict(units=2), (3, 2)),
    ("lstm", "LSTM", dict(units=2), (3, 2)),
    ("gru", "GRU", dict(units=2), (3, 2)),
    ("max_pooling", "MaxPooling2D", dict(), (4, 4, 2)),
    ("average_pooling", "AveragePooling2D", dict(), (4, 4, 2)),
    ("global_average_pooling", "GlobalAveragePooling1D", dict(), (4, 2)),
    ("global_max_pooling", "GlobalMaxPooling1D", dict(), (4, 2)),
    ("dropout", "Dropout", dict(rate=0.5), (4,)),
    ("gaussian_noise", "GaussianNoise", dict(stddev=0.5), (4,)),
    ("flatten", "Flatten", dict(), (2, 2)),
    ("reshape", "Reshape", dict(target_shape=(4,)), (2, 2)),
    ("permute", "Permute", dict(dims=(2, 1)), (2, 3)),
    ("repeat_vector", "RepeatVector", dict(n=2), (3,)),
    ("zero_padding", "ZeroPadding1D", dict(), (2, 3)),
    ("cropping", "Cropping1D", dict(), (4, 3)),
    ("upsampling", "UpSampling2D", dict(), (2, 2, 1)),
    ("masking", "Masking", dict(mask_value=2), (3, 2)),
    ("embedding", "Embedding", dict(input_dim=9, output_dim=2), (3,)),
    ("rescaling", "Rescaling", dict(scale=0.5), (4,)),
    ("time_distributed", "TimeDistributed", None, (2, 4)),
    ("activity_regularization", "ActivityRegularization", dict(l1=0.1), (4,)),
]


def case(rng, name, class_name, arguments, shape, dtype):
    keras.backend.clear_session()
    x = keras.Input(shape, dtype=dtype, name="x")
    layer = L.TimeDistributed(L.Dense(3, name="inner"), name="l") if arguments is None else getattr(L, class_name)(name="l", **arguments)
    model = keras.Model(x, layer(x), name="m")
    model.set_weights([rng.normal(size=w.shape).astype("float32") ** 2 for w in model.get_weights()])
    values = rng.integers(0, 9, size=(3,) + shape) if hasattr(rng, "integers") else rng.randint(0, 9, size=(3,) + shape)
    values = values.astype(dtype)
    y = np.asarray(model.predict(values, verbose=0))
    return model, values, y


def main():
    entries, arrays = [], {}
    for dtype in ("int32", "int64", "float64"):
        for name, class_name, arguments, shape in LAYERS:
            if not hasattr(L, class_name):
                continue
            key = name + "_" + dtype
            try:
                model, x, y = case(np.random.RandomState(len(entries)), name, class_name, arguments, shape, dtype)
            except Exception as e:
                entries.append({"name": key, "error": type(e).__name__ + ": " + str(e)[:300]})
                continue
            entries.append({"name": key, "model": json.loads(model.to_json()), "dtype": str(y.dtype)})
            arrays[key + "/x"], arrays[key + "/y"] = x, y
            for i, w in enumerate(model.get_weights()):
                arrays["%s/w%d" % (key, i)] = w
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / (PRODUCER + ".json")).write_text(json.dumps(entries, indent=0) + "\n")
    np.savez_compressed(FOLDER / (PRODUCER + ".npz"), **arrays)


main()
