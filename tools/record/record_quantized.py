"""Records quantised layers: tests/keras/data/quantized/keras-3.15.1.json and .npz, and of each model NAME.keras, NAME.h5 and
NAME.weights.h5. Keras does not read all of its own H5 files; the JSON says then why not.

    python tools/record/record_quantized.py [DIR]   # Keras 3.15.1
"""
import json
import pathlib
import sys
import tempfile

from producer import PRODUCER, failing, keras
from recorded_models import Arrays, reversed_too, rounded, sequential

import numpy as np

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/quantized"
L, Q = keras.layers, keras.quantizers
arrays = Arrays()
save, save_all = arrays.save, arrays.save_all


def reversible(**options):
    return reversed_too(L.ReversibleEmbedding(7, 5, **options))


INT8, INT4 = Q.Int8QuantizationConfig, Q.Int4QuantizationConfig
FOUR = dict(value_range=(-8, 7), output_dtype="int8")
# name: (the model, what it is quantised to: a mode, a config, or None where its layers' policies say it)
MODELS = {
    "dense": (lambda: sequential((6,), L.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.125))), "int8"),
    "over_time": (lambda: sequential((5, 4), L.Dense(3, use_bias=False)), "int8"),
    "einsum": (lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de")), "int8"),
    "einsum_turned": (lambda: sequential((5, 4), L.EinsumDense("abc,dce->abed", (None, 3, 2))), "int8"),
    "einsum_two": (lambda: sequential((5, 2, 4), L.EinsumDense("abcd,cde->abe", (None, 3), bias_axes="e", activation="relu")), "int8"),
    "embedding": (lambda: sequential((3,), L.Embedding(7, 5)), "int8"),
    "reversible": (lambda: reversible(), "int8"),
    "reversible_untied": (lambda: reversible(tie_weights=False, logit_soft_cap=2.0), "int8"),
    "weights_alone": (lambda: sequential((6,), L.Dense(3)), INT8(activation_quantizer=None)),
    "einsum_weights_alone": (lambda: sequential((5, 4), L.EinsumDense("abc,cd->abd", (None, 3))), INT8(activation_quantizer=None)),
    "ranges": (lambda: sequential((6,), L.Dense(3)),
               INT8(Q.AbsMaxQuantizer(axis=0, value_range=(-100, 100), epsilon=1e-3), Q.AbsMaxQuantizer(value_range=(-64, 63)))),
    "mixed": (lambda: sequential((6,), L.Dense(3, dtype="mixed_bfloat16")), "int8"),
    "mixed_embedding": (lambda: sequential((3,), L.Embedding(7, 5, dtype="mixed_bfloat16")), "int8"),
    "frozen": (lambda: sequential((4,), L.Dense(3, trainable=False), L.Dense(2)), "int8"),
    "around": (lambda: sequential((5, 4), L.TimeDistributed(L.Dense(3)), L.LayerNormalization(), L.Flatten(), L.Dense(2)), "int8"),
    "around_embedding": (lambda: sequential((2, 3), L.TimeDistributed(L.Embedding(7, 5))), "int8"),
    "lora": (lambda: sequential((6,), L.Dense(3, lora_rank=2)), "int8"),
    "lora_einsum": (lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 2, 3), lora_rank=2, lora_alpha=3.0)), "int8"),
    "lora_embedding": (lambda: sequential((3,), L.Embedding(7, 5, lora_rank=2)), "int8"),
    "of_policy": (lambda: sequential((6,), L.Dense(3, dtype="int8_from_float32")), None),
    "int4": (lambda: sequential((6,), L.Dense(5, activation="tanh")), "int4"),
    "int4_blocks": (lambda: sequential((7,), L.Dense(4)), INT4(block_size=3)),
    "int4_channels": (lambda: sequential((6,), L.Dense(5)), INT4(block_size=None)),
    "int4_inputs": (lambda: sequential((6,), L.Dense(5)), INT4(None, Q.AbsMaxQuantizer(), block_size=-1)),
    "int4_weights": (lambda: sequential((6,), L.Dense(3)), INT4(Q.AbsMaxQuantizer(axis=0, **FOUR), None, block_size=None)),
    "int4_einsum": (lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 3, 3), bias_axes="de")), "int4"),
    "int4_einsum_turned": (lambda: sequential((5, 4), L.EinsumDense("abc,dce->abed", (None, 3, 2))), INT4(block_size=3)),
    "int4_einsum_channels": (lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 3, 3))), INT4(block_size=None)),
    "int4_einsum_inputs": (lambda: sequential((5, 2, 4), L.EinsumDense("abcd,cde->abe", (None, 3))), INT4(None, Q.AbsMaxQuantizer(), None)),
    "int4_embedding": (lambda: sequential((3,), L.Embedding(7, 5)), "int4"),
    "int4_embedding_blocks": (lambda: sequential((3,), L.Embedding(7, 8)), INT4(block_size=3)),
    "int4_embedding_channels": (lambda: sequential((3,), L.Embedding(7, 5)), INT4(block_size=None)),
    "int4_around": (lambda: sequential((5, 4), L.TimeDistributed(L.Dense(3)), L.TimeDistributed(L.EinsumDense("ab,bc->ac", 2))), "int4"),
    "int4_reversible": (lambda: reversible(), INT4(block_size=2)),
    "int4_reversible_channels": (lambda: reversible(), INT4(block_size=None)),
    "int4_reversible_untied": (lambda: reversible(tie_weights=False), INT4(block_size=2)),
    "int4_reversible_untied_channels": (lambda: reversible(tie_weights=False), INT4(None, Q.AbsMaxQuantizer(), None)),
    "int4_lora": (lambda: sequential((6,), L.Dense(3, lora_rank=2)), INT4(block_size=4)),
    "int4_lora_embedding": (lambda: sequential((3,), L.Embedding(7, 5, lora_rank=2)), INT4(block_size=2)),
    "int4_mixed": (lambda: sequential((6,), L.Dense(3, dtype="mixed_bfloat16")), "int4"),
    "int4_of_policy": (lambda: sequential((6,), L.Dense(3, dtype="int4_from_float32")), None),
    "int4_blocks_of_policy": (lambda: sequential((6,), L.Dense(3, dtype="int4/4_from_float32")), None),
    "float8": (lambda: sequential((6,), L.Dense(5, activation="tanh")), "float8"),
    "float8_einsum": (lambda: sequential((5, 4), L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de")), "float8"),
    "float8_mixed": (lambda: sequential((6,), L.Dense(3, dtype="mixed_bfloat16")), "float8"),
    "float8_around": (lambda: sequential((5, 4), L.TimeDistributed(L.Dense(3, dtype=keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32", 4)))), None),
    "float8_of_policy": (lambda: sequential((6,), L.Dense(3, dtype=keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32", 4))), None),
}


def some_value(rng, variable):
    """Of a weight before it is quantised, or of one that a policy made quantised."""
    name = variable.path.rsplit("/")[-1]
    if variable.dtype == "int8":
        return rng.randint(-8 if name.endswith("zero") else -127, 8 if name.endswith("zero") else 128, variable.shape)
    if name == "g_idx" or "amax" in name:
        return variable.numpy()
    if name.endswith("scale"):
        return rounded(rng, variable.shape, 0.25, 2)
    return rounded(rng, variable.shape)


records = {}
folder = tempfile.mkdtemp()
OUT.mkdir(parents=True, exist_ok=True)
for name, (make, quantization) in MODELS.items():
    keras.backend.clear_session()
    rng = np.random.RandomState(len(name))
    model = make()
    shape = model.input_shape[1:]
    x = rng.randint(0, 7, (4,) + shape) if "embedding" in name or "reversible" in name else rounded(rng, (4,) + shape)
    model.set_weights([some_value(rng, w) for w in model.weights])
    record = {}
    if quantization is not None:
        record["before"] = {"config": model.to_json(), "weights": save_all(name + "/before", model.get_weights())}
        if isinstance(quantization, str):
            record["mode"] = quantization
            model.quantize(quantization)
        else:
            record["quantization"] = keras.saving.serialize_keras_object(quantization)
            model.quantize(config=quantization)
    if quantization == "float8":  # scales as training leaves them
        model.set_weights([some_value(rng, w) for w in model.weights])
    record.update({"config": model.to_json(), "weights": save_all(name + "/weights", model.get_weights()),
                   "dtypes": [w.dtype for w in model.weights],
                   "paths": [w.path for w in model.weights], "trainable": [w.path for w in model.trainable_weights]})
    save(name + "/x", x)
    y = model.predict(x, verbose=0)
    save(name + "/y", y)
    model.compile(keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
    for kind in ("keras", "h5"):
        file = OUT / (name + "." + kind)
        model.save(file)
        try:
            again = keras.models.load_model(file)
        except ValueError as error:
            record["cannot_read_" + kind] = str(error)
            continue
        record["paths_of_" + kind] = [w.path for w in again.weights]
        save_all(name + "/" + kind, again.get_weights())
        save(name + "/y_of_" + kind, again.predict(x, verbose=0))
        if "lora" in name:  # what it holds is quantised anew whenever it is saved
            again.save(pathlib.Path(folder) / file.name)
            save_all(name + "/again_" + kind, keras.models.load_model(pathlib.Path(folder) / file.name).get_weights())
    model.save_weights(OUT / (name + ".weights.h5"))
    towards = rounded(rng, y.shape)
    save(name + "/towards", towards)
    if model.trainable_weights:
        record["losses"] = [float(model.train_on_batch(x, towards)) for _ in range(3)]
        save_all(name + "/trained", model.get_weights())
    records[name] = record


rng = np.random.RandomState(7)
x = rounded(rng, (5, 3))
save("functions/x", x)
for axis in (0, -1):
    for what, value in zip(("values", "scale"), Q.abs_max_quantize(x, axis)):
        save("functions/%s%d" % (what, axis), value)
    few = Q.abs_max_quantize(x, axis, value_range=(-8, 7))[0]
    packed = Q.pack_int4(few, axis)[0]
    save("functions/packed%d" % axis, packed)
    save("functions/unpacked%d" % axis, Q.unpack_int4(packed, x.shape[axis], axis))
for what, value in zip(("", "_scale", "_zero"), Q.abs_max_quantize_grouped_with_zero_point(keras.ops.convert_to_tensor(x), 2, to_numpy=True)):
    save("functions/grouped" + what, value)
# Every exponent, ties, what is below the smallest, and both signs.
wide = np.concatenate([[0.0, 448, 1.0625, 1.1875, 1.25], 2.0 ** np.arange(-20, 8), 1.3 * 2.0 ** np.arange(-20, 8), rng.uniform(0, 440, 40)])
wide = np.concatenate([wide, -wide]).astype("float32")
save("functions/wide", wide)
for kind in ("float8_e4m3fn", "float8_e5m2"):
    save("functions/" + kind, Q.quantize_and_dequantize(wide, 1.0, kind, "float32"))


def built(layer, shape=(None, 4)):
    layer.build(shape)
    return layer


def quantized(mode):
    layer = built(L.Dense(3, name="d"))
    layer.quantize(mode)
    return layer


ERRORS = {
    "not_built": lambda: L.Dense(3, name="d").quantize("int8"),
    "twice": lambda: quantized("int8").quantize("int4"),
    "mode": lambda: built(L.Dense(3)).quantize("int5"),
    "neither": lambda: built(L.Dense(3)).quantize(),
    "contradictory": lambda: built(L.Dense(3)).quantize("int8", config=INT4()),
    "half": lambda: built(L.Dense(3, dtype="float16")).quantize("int8"),
    "cannot": lambda: built(L.Flatten()).quantize("int8"),
    "embedding_float8": lambda: built(L.Embedding(3, 2)).quantize("float8"),
    "embedding_float8_policy": lambda: built(L.Embedding(3, 2, dtype="float8_from_float32")),
    "policy_mode": lambda: L.Dense(3, dtype="int8x_from_float32"),
    "policy_source": lambda: L.Dense(3, dtype="int8_from_foo"),
    "policy_half": lambda: L.Dense(3, dtype="int8_from_mixed_float16"),
    "policy_parts": lambda: L.Dense(3, dtype="int4_float32"),
    "policy_blocks": lambda: L.Dense(3, dtype="int4/0_from_float32"),
    "policy_blocks_word": lambda: L.Dense(3, dtype="int4/x_from_float32"),
    "blocks": lambda: INT4(block_size=0),
    "blocks_and_quantizer": lambda: INT4(Q.AbsMaxQuantizer(**FOUR)),
    "range": lambda: Q.AbsMaxQuantizer(value_range=(-129, 127)),
    "range_of_int4": lambda: INT4(Q.AbsMaxQuantizer(), block_size=None),
}
errors = {name: failing(call) for name, call in ERRORS.items()}
np.savez(OUT / (PRODUCER + ".npz"), **arrays)
(OUT / (PRODUCER + ".json")).write_text(json.dumps({"models": records, "errors": errors}, indent=1) + "\n")
