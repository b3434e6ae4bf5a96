"""Records attention layers, Dot, EinsumDense and ReversibleEmbedding: outputs, masks, losses and gradients, with masks of
each tensor and the arguments of the call: tests/keras/data/attention/PRODUCER.json and .npz.

    python tools/record/record_attention.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3

A layer that a Keras does not have, or an argument that it does not know, is left out there.
"""
import json
import pathlib
import sys
import zipfile

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/attention"
L = keras.layers
arrays, rows = {}, []
rng = np.random.RandomState(5)


def store(value):
    value = np.asarray(value)
    for key, known in arrays.items():
        if known.dtype == value.dtype and known.shape == value.shape and np.array_equal(known, value):
            return key
    key = "a%d" % len(arrays)
    arrays[key] = value
    return key


def normal(*shape):
    return rng.normal(0, 1, shape).astype("float32")


Q, V, K, W = normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 4), normal(2, 5, 2)
S = normal(2, 4, 4)
Q4, V4 = normal(2, 3, 2, 4), normal(2, 5, 2, 4)
Q_MASK = np.array([[1, 1, 0], [1, 0, 0]], bool)
V_MASK = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0]], bool)  # the last row is masked wholly
K_MASK = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 0, 0]], bool)
S_MASK = np.array([[1, 1, 1, 0], [0, 1, 1, 1]], bool)
GIVEN = rng.uniform(size=(2, 3, 5)) > 0.3
PARTLY = rng.uniform(size=(2, 3, 5)).astype("float32")


def weight(shape):
    """The same values for the same shape in every case."""
    return np.random.RandomState(int(np.prod(shape)) + len(shape)).normal(0, 0.6, shape).astype("float32")


def tensors_of(values, masks):
    tensors = [tf.constant(v) for v in values]
    for tensor, mask in zip(tensors, masks):
        if mask is not None:
            tensor._keras_mask = tf.constant(mask)
    return tensors


def case(name, make, values, masks=(), listed=False, kwargs=None, named=None, dtype="float32"):
    """`listed`: the tensors are one argument. `kwargs`: plain ones; `named`: arrays."""
    kwargs, named = kwargs or {}, named or {}
    masks = list(masks) + [None] * (len(values) - len(masks))
    keras.backend.clear_session()
    try:
        layer = make()
    except (AttributeError, TypeError, ValueError) as e:
        if isinstance(e, ValueError) and "Unrecognized keyword arguments" not in str(e):
            raise
        print("left out", name, e)
        return
    config = keras.layers.serialize(layer)
    further = {key: tf.constant(value) for key, value in named.items()}

    def call():
        tensors = tensors_of(values, masks)
        call.tensors = tensors
        call.tape.watch([t for t in tensors if t.dtype.is_floating])
        # A list is looked through for masks by tf.keras alone when it is called symbolically.
        own = {"mask": [None if m is None else tf.constant(m) for m in masks]} if listed and any(m is not None for m in masks) else {}
        if isinstance(layer, L.Dot):
            own = {}
        return layer(tensors, **own, **kwargs, **further) if listed else layer(*tensors, **kwargs, **further)

    call.tape = tf.GradientTape()
    try:
        with call.tape:
            call()
    except TypeError as e:
        print("left out", name, e)
        return
    layer.set_weights([weight(tuple(w.shape)) for w in layer.get_weights()])
    before = [np.asarray(w) for w in layer.get_weights()]
    with tf.GradientTape() as call.tape:
        outputs = call()
        flat = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        loss = tf.add_n([tf.reduce_sum(tf.cast(o, "float32") * tf.cos(tf.reshape(tf.range(tf.size(o), dtype="float32"), tf.shape(o)))) for o in flat])
    inputs = [t for t in call.tensors if t.dtype.is_floating]
    watched = inputs + [w.value if KERAS3 else w for w in layer.trainable_weights]
    gradients = call.tape.gradient(loss, watched, unconnected_gradients="zero")
    mask = getattr(flat[0], "_keras_mask", None)
    rows.append({
        "name": name, "layer": config, "values": [store(v) for v in values], "masks": [None if m is None else store(m) for m in masks], "listed": listed,
        "kwargs": kwargs, "named": {key: store(value) for key, value in named.items()}, "weights": [store(w) for w in before], "outputs": [store(o) for o in flat],
        "output_mask": None if mask is None else store(mask), "loss": float(sum(np.asarray(v) for v in layer.losses)) if layer.losses else 0.0, "config": layer.get_config(),
        "input_gradients": [store(tf.convert_to_tensor(g)) for g in gradients[:len(inputs)]], "weight_gradients": [store(tf.convert_to_tensor(g)) for g in gradients[len(inputs):]],
    })


def attention():
    for name in ("Attention", "AdditiveAttention"):
        cls = getattr(L, name)
        for how, options in (("", {}), ("_scale", {"use_scale": True}), ("_no_scale", {"use_scale": False}), ("_causal", {"causal": True}))[:4 if OLD else 3] + ((("_concat", {"score_mode": "concat"}), ("_concat_scale", {"score_mode": "concat", "use_scale": True})) if name == "Attention" else ()):
            case(name + how, lambda: cls(name="a", **options), [Q, V], listed=True)
        case(name + "_key", lambda: cls(name="a"), [Q, W if name == "Attention" else V, K], listed=True)
        case(name + "_masks", lambda: cls(name="a"), [Q, V], [Q_MASK, V_MASK], listed=True)
        case(name + "_query_mask", lambda: cls(name="a"), [Q, V], [Q_MASK, None], listed=True)
        case(name + "_value_mask", lambda: cls(name="a"), [Q, V], [None, V_MASK], listed=True)
        case(name + "_use_causal_mask", lambda: cls(name="a"), [S, S], [None, S_MASK], listed=True, kwargs={"use_causal_mask": True})
        case(name + "_scores", lambda: cls(name="a"), [Q, V], [None, V_MASK], listed=True, kwargs={"return_attention_scores": True})
    case("Attention_wide", lambda: L.Attention(name="a"), [Q4, V4[:, :3]], listed=True)


def projected():
    def mha(**options):
        return lambda: L.MultiHeadAttention(2, 3, name="m", **options)

    def gqa(**options):
        return lambda: L.GroupQueryAttention(3, 4, 2, name="m", **options)

    for name, make in (("MultiHeadAttention", mha), ("GroupQueryAttention", gqa)):
        case(name, make(), [Q, V])
        case(name + "_key", make(), [Q, V, K])
        case(name + "_self", make(), [S, S], [S_MASK, S_MASK])
        for scores in (False, True):
            more, kwargs = ("_scores", {"return_attention_scores": True}) if scores else ("", {})
            case(name + "_masks" + more, make(), [Q, V, K], [Q_MASK, V_MASK, K_MASK], kwargs=kwargs)
            case(name + "_query_mask" + more, make(), [Q, V], [Q_MASK], kwargs=kwargs)
            case(name + "_given_mask" + more, make(), [Q, V], kwargs=kwargs, named={"attention_mask": GIVEN})
            case(name + "_given_and_own" + more, make(), [Q, V], [None, V_MASK], kwargs=kwargs, named={"attention_mask": GIVEN})
            case(name + "_part_mask" + more, make(), [Q, V], kwargs=kwargs, named={"attention_mask": PARTLY})
            case(name + "_causal" + more, make(), [S, S], kwargs=dict(kwargs, use_causal_mask=True))
            case(name + "_causal_and_own" + more, make(), [S, S], [S_MASK, S_MASK], kwargs=dict(kwargs, use_causal_mask=True))
            case(name + "_window" + more, make(sliding_window=2), [Q, V], kwargs=kwargs)
            case(name + "_window_causal" + more, make(sliding_window=2), [S, S], kwargs=dict(kwargs, use_causal_mask=True))
        case(name + "_value_mask_argument", make(), [Q, V], named={"value_mask": V_MASK})
        case(name + "_query_mask_argument", make(), [Q, V], named={"query_mask": Q_MASK})
        case(name + "_no_bias", make(use_bias=False), [Q, V])
        case(name + "_gate", make(use_gate=True), [Q, V])
        case(name + "_dropout", make(dropout=0.5, seed=3), [Q, V], [None, V_MASK])
        case(name + "_dropout_no_seed", make(dropout=0.5), [Q, V], [None, V_MASK])
        case(name + "_regularized", make(activity_regularizer="l2", kernel_regularizer="l1", bias_regularizer="l2"), [Q, V])
    case("MultiHeadAttention_value_dim", mha(value_dim=5), [Q, W, K])
    case("MultiHeadAttention_output_shape", mha(output_shape=5), [Q, V])
    case("MultiHeadAttention_output_shapes", mha(output_shape=(2, 5)), [Q, V])
    case("MultiHeadAttention_axes", mha(attention_axes=1), [Q4, V4])
    case("MultiHeadAttention_axes_default", mha(), [Q4, V4], kwargs={"return_attention_scores": True})
    case("MultiHeadAttention_axes_both", mha(attention_axes=(1, 2)), [Q4, V4], named={"attention_mask": rng.uniform(size=(2, 3, 2, 5, 2)) > 0.3})
    case("MultiHeadAttention_axes_last", mha(attention_axes=2), [Q4, V4[:, :3]])


def others():
    for name, axes, values in (("vectors", 1, [Q[:, 0], V[:, 0]]), ("axis_2", 2, [Q, V]), ("axis_last", -1, [Q, V]), ("axes", (2, 1), [Q, normal(2, 4, 6)]), ("axes_first", (1, 1), [normal(2, 5, 3), V]),
                               ("vector_matrix", (1, 2), [Q[:, 0], V]), ("matrix_vector", (2, 1), [Q, V[:, 0]]), ("wide", (-1, 1), [Q4, normal(2, 4, 6)]), ("wide_both", (1, 2), [Q4, normal(2, 6, 3, 2)])):
        for normalize in (False, True):
            case("Dot_%s%s" % (name, "_normalize" if normalize else ""), lambda: L.Dot(axes, normalize=normalize, name="d"), values, listed=True)
    for name, equation, shape, options, x in (
            ("plain", "ab,bc->ac", 3, {"bias_axes": "c"}, Q[:, 0]), ("sequence", "abc,cd->abd", (None, 3), {"bias_axes": "d", "activation": "tanh"}, Q), ("no_bias", "abc,cd->abd", (3, 6), {}, Q),
            ("heads", "abc,cde->abde", (None, 2, 3), {"bias_axes": "de"}, Q), ("joined", "abcd,cde->abe", (None, 5), {"bias_axes": "e"}, Q4), ("left", "...x,xy->...y", 3, {"bias_axes": "y"}, Q4),
            ("right", "abc...,bd->adc...", (3, 2), {"bias_axes": "d"}, Q4), ("right_wide", "ab...,bd->ad...", 3, {"bias_axes": "d"}, Q4), ("middle", "abc,bd->adc", (6, 4), {"bias_axes": "d"}, Q), ("two_biases", "abc,cd->abd", (3, 6), {"bias_axes": "bd"}, Q),
            ("kept", "abc,bcd->abd", (3, 2), {"bias_axes": "b"}, Q), ("regularized", "abc,cd->abd", (None, 3), {"bias_axes": "d", "kernel_regularizer": "l2", "activity_regularizer": "l1"}, Q)):
        case("EinsumDense_" + name, lambda: L.EinsumDense(equation, shape, name="e", **options), [x])
    tokens = np.array([[1, 0, 3], [4, 2, 0]], "int32")
    for name, options in (("", {}), ("_masked", {"mask_zero": True}), ("_untied", {"tie_weights": False}), ("_capped", {"logit_soft_cap": 0.5}), ("_reverse_dtype", {"reverse_dtype": "float16"})):
        case("ReversibleEmbedding" + name, lambda: L.ReversibleEmbedding(5, 4, name="r", **options), [tokens])
        case("ReversibleEmbedding_reverse" + name, lambda: L.ReversibleEmbedding(5, 4, name="r", **options), [Q], kwargs={"reverse": True})


attention()
projected()
others()
OUT.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(OUT / (PRODUCER + ".npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for key, value in arrays.items():
        with archive.open(zipfile.ZipInfo(key + ".npy"), "w") as member:
            np.lib.format.write_array(member, value, allow_pickle=False)
(OUT / (PRODUCER + ".json")).write_text(json.dumps(rows, default=plain, separators=(",", ":")) + "\n")
print(PRODUCER, len(rows), "rows,", len(arrays), "arrays")
