"""The functions that record_op_functions.py calls: name -> (inputs, function). Inputs: x, y float32 [None, 3, 4], p, q between
0.1 and 0.9, n, m int32 [None, 3], image float32 [None, 4, 4, 3]."""
import numpy as np

KERNEL = np.arange(24, dtype="float32").reshape(2, 4, 3) * 0.125 - 1
MATRIX = np.arange(8, dtype="float32").reshape(4, 2) * 0.25 - 1
KERNEL2D = np.arange(24, dtype="float32").reshape(2, 2, 3, 2) * 0.125 - 1
X, P, XY, PQ, N, NM, IMAGE = ("x",), ("p",), ("x", "y"), ("p", "q"), ("n",), ("n", "m"), ("image",)


def keras3_cases():
    from keras import ops

    cases = {}

    def of(inputs, names):
        for name in names.split():
            cases[name] = (inputs, getattr(ops, name))

    of(X, "abs absolute amax amin angle any all arcsinh arctan argmax argmin argsort array average cbrt ceil celu conj copy cos cosh count_nonzero cumprod"
          " cumsum deg2rad elu empty_like erf erfc exp exp2 expm1 fabs fliplr flipud floor gelu hard_shrink hard_sigmoid hard_silu hard_tanh imag isfinite isinf isnan"
          " isneginf isposinf isreal layer_normalization leaky_relu log_sigmoid logical_not logsumexp max mean min negative nonzero normalize ones_like"
          " prod ptp rad2deg ravel real reciprocal relu relu6 rms_normalization round selu sigmoid sign signbit silu sin sinc sinh size soft_shrink softmax"
          " softplus softsign sort sparse_plus sparse_sigmoid sparsemax square squareplus std stop_gradient sum tan tanh tanh_shrink trapezoid tril"
          " triu trunc var zeros_like diagflat")
    of(P, "arccos arcsin arctanh erfinv log log10 log1p log2 rsqrt sqrt")
    of(XY, "add append arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal heaviside hypot isclose allclose less less_equal logaddexp"
           " logaddexp2 logical_and logical_or logical_xor maximum minimum mod multiply not_equal outer subtract true_divide vdot cdist isin")
    of(PQ, "binary_crossentropy categorical_crossentropy power")
    of(NM, "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift")
    of(N, "bitwise_not")
    for name in ("exp", "log1p", "sqrt", "cos", "mean", "std", "var", "any"):
        cases[name + "_of_ints"] = (N, getattr(ops, name))
    for name in ("sum", "mean", "max", "prod", "std", "var", "logsumexp", "argmax", "amax", "norm", "any"):
        cases[name + "_axis"] = (X, lambda x, f=getattr(ops, name): f(x, axis=1, keepdims=True))
    for name in ("cumsum", "cumprod", "sort", "argsort", "flip", "log_softmax", "softmax"):
        cases[name + "_axis"] = (X, lambda x, f=getattr(ops, name): f(x, axis=1))
    cases.update({
        "split": (X, lambda x: ops.split(x, 2, axis=-1)), "split_at": (X, lambda x: ops.split(x, [1, 3], axis=-1)),
        "array_split": (X, lambda x: ops.array_split(x, 3, axis=-1)), "reshape": (X, lambda x: ops.reshape(x, (-1, 2, 6))),
        "expand_dims": (X, lambda x: ops.expand_dims(x, 1)), "squeeze": (X, lambda x: ops.squeeze(x[:, :1], 1)),
        "swapaxes": (X, lambda x: ops.swapaxes(x, 1, 2)), "moveaxis": (X, lambda x: ops.moveaxis(x, 1, 2)),
        "transpose": (X, lambda x: ops.transpose(x, (0, 2, 1))), "tile": (X, lambda x: ops.tile(x, (1, 2, 1))),
        "repeat": (X, lambda x: ops.repeat(x, 2, axis=1)), "repeat_each": (X, lambda x: ops.repeat(x, [1, 0, 2], axis=1)),
        "roll": (X, lambda x: ops.roll(x, 2, axis=1)), "roll_flat": (X, lambda x: ops.roll(x, -1)), "rot90": (X, lambda x: ops.rot90(x, axes=(1, 2))),
        "take": (X, lambda x: ops.take(x, [0, -1], axis=1)), "take_along_axis": (XY, lambda x, y: ops.take_along_axis(x, ops.argsort(y, axis=1), axis=1)),
        "concatenate": (XY, lambda x, y: ops.concatenate([x, y], axis=1)), "stack": (XY, lambda x, y: ops.stack([x, y], axis=1)),
        "hstack": (XY, lambda x, y: ops.hstack([x, y])), "vstack": (XY, lambda x, y: ops.vstack([x, y])), "dstack": (XY, lambda x, y: ops.dstack([x, y])),
        "pad": (X, lambda x: ops.pad(x, [[0, 0], [1, 2], [0, 1]], constant_values=2.0)), "pad_reflect": (X, lambda x: ops.pad(x, [[0, 0], [1, 2], [0, 1]], mode="reflect")),
        "clip": (X, lambda x: ops.clip(x, -0.5, 0.5)), "where": (XY, lambda x, y: ops.where(x > y, x, y)), "cast": (X, lambda x: ops.cast(x, "int32")),
        "one_hot": (N, lambda n: ops.one_hot(n, 5)), "multi_hot": (N, lambda n: ops.multi_hot(n, 7)), "top_k": (X, lambda x: ops.top_k(x, 2)),
        "full_like": (X, lambda x: ops.full_like(x, 2.0)), "tril_1": (X, lambda x: ops.tril(x, -1)), "triu_1": (X, lambda x: ops.triu(x, 1)),
        "unstack": (X, lambda x: ops.unstack(x, axis=1)), "diagonal": (X, lambda x: ops.diagonal(x, axis1=1, axis2=2)), "trace": (X, lambda x: ops.trace(x, axis1=1, axis2=2)),
        "diff": (X, lambda x: ops.diff(x, axis=1)), "digitize": (X, lambda x: ops.digitize(x, np.array([-1.0, 0.0, 1.0], "float32"))),
        "nan_to_num": (X, lambda x: ops.nan_to_num(ops.log(x))), "threshold": (X, lambda x: ops.threshold(x, 0.2, 0.5)), "glu": (X, lambda x: ops.glu(x)),
        "norm_1": (X, lambda x: ops.norm(x, ord=1, axis=-1)), "normalize_1": (X, lambda x: ops.normalize(x, axis=1, order=1)),
        "moments": (X, lambda x: ops.moments(x, axes=[1])), "slice_update": (XY, lambda x, y: ops.slice_update(x, (0, 1, 1), y[:, :2, :3])),
        "batch_normalization": (X, lambda x: ops.batch_normalization(x, np.array([0.5, 0, 1, 2], "float32"), np.array([1, 2, 0.5, 1], "float32"), -1)),
        "einsum": (XY, lambda x, y: ops.einsum("bij,bkj->bik", x, y)), "matmul": (X, lambda x: ops.matmul(x, MATRIX)), "dot": (X, lambda x: ops.dot(x, MATRIX)),
        "tensordot": (X, lambda x: ops.tensordot(x, MATRIX, axes=1)), "cross": (XY, lambda x, y: ops.cross(x[..., :3], y[..., :3])),
        "linspace": (XY, lambda x, y: ops.linspace(x, y, 3)), "logspace": (PQ, lambda p, q: ops.logspace(p, q, 3, endpoint=False, axis=-1)),
        "nanargmax": (X, lambda x: ops.nanargmax(ops.log(x), axis=1)), "nanargmin": (X, lambda x: ops.nanargmin(ops.log(x))),
        "nansum": (X, lambda x: ops.nansum(ops.log(x), axis=1)), "nanmax": (X, lambda x: ops.nanmax(ops.log(x), axis=-1)), "nanmean": (X, lambda x: ops.nanmean(ops.log(x), axis=-1)),
        "nanvar": (X, lambda x: ops.nanvar(ops.log(x))), "nancumsum": (X, lambda x: ops.nancumsum(ops.log(x), axis=1)),
        "median": (X, lambda x: ops.median(x, axis=1)), "quantile": (X, lambda x: ops.quantile(x, [0.3, 0.9], axis=-1, keepdims=True)),
        "percentile": (X, lambda x: ops.percentile(x, 30.0, axis=(1, 2), method="nearest")),
        "extract_sequences": (X, lambda x: ops.extract_sequences(x, 3, 1)), "rfft": (X, lambda x: ops.rfft(x)),
        "resize": (IMAGE, lambda i: ops.image.resize(i, (3, 5))), "rgb_to_grayscale": (IMAGE, lambda i: ops.image.rgb_to_grayscale(i)),
        "pad_images": (IMAGE, lambda i: ops.image.pad_images(i, 1, 2, target_height=6, target_width=8)),
        "crop_images": (IMAGE, lambda i: ops.image.crop_images(i, 1, 0, target_height=2, target_width=3)),
        "conv": (X, lambda x: ops.conv(x, KERNEL)), "conv_2d": (IMAGE, lambda i: ops.conv(i, KERNEL2D, strides=2, padding="same")),
        "depthwise_conv": (IMAGE, lambda i: ops.depthwise_conv(i, KERNEL2D)), "max_pool": (IMAGE, lambda i: ops.max_pool(i, 2)), "average_pool": (X, lambda x: ops.average_pool(x, 2, 1, "same")),
    })
    return cases


def tf_cases():
    import tensorflow as tf

    cases = {}

    def of(inputs, names):
        for name in names.split():
            function = tf
            for part in name.split("."):
                function = getattr(function, part)
            cases[name] = (inputs, function)

    of(X, "math.abs math.asinh math.atan math.ceil math.cos math.cosh math.digamma math.erf math.erfc math.exp math.expm1 math.is_finite math.is_inf math.is_nan math.floor"
          " math.log_sigmoid math.negative math.reciprocal math.reciprocal_no_nan math.rint math.round math.sigmoid math.sign math.sin math.sinh math.softplus math.square"
          " math.tan math.tanh math.count_nonzero math.zero_fraction math.cumsum math.cumprod math.cumulative_logsumexp math.argmax math.argmin math.l2_normalize"
          " math.reduce_euclidean_norm math.reduce_logsumexp math.reduce_std math.reduce_variance nn.log_softmax nn.crelu linalg.diag linalg.diag_part linalg.trace"
          " argsort sort norm math.real math.angle math.conj keras.backend.batch_flatten")
    of(P, "math.acos math.asin math.atanh math.erfinv math.lgamma math.log math.log1p math.ndtri math.rsqrt math.sqrt")
    of(XY, "math.atan2 math.divide_no_nan math.multiply_no_nan")
    of(PQ, "math.xdivy math.xlogy math.xlog1py keras.backend.binary_crossentropy")
    of(NM, "bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift")
    of(N, "bitwise.invert")
    cases.update({
        "top_k": (X, lambda x: tf.math.top_k(x, 2)), "cumsum_axis": (X, lambda x: tf.cumsum(x, axis=1, exclusive=True, reverse=True)),
        "tensordot": (X, lambda x: tf.tensordot(x, MATRIX, axes=1)), "split": (X, lambda x: tf.split(x, [1, 3], axis=-1)), "unstack": (X, lambda x: tf.unstack(x, axis=1)),
        "pad": (X, lambda x: tf.pad(x, [[0, 0], [1, 1], [2, 0]], constant_values=3.0)), "pad_symmetric": (X, lambda x: tf.pad(x, [[0, 0], [1, 1], [2, 0]], "SYMMETRIC")),
        "gather": (X, lambda x: tf.gather(x, [1, 2], axis=1)), "gather_batch": (("x", "m"), lambda x, m: tf.gather(x, m % 3, axis=1, batch_dims=1)),
        "reverse": (X, lambda x: tf.reverse(x, [1])), "roll": (X, lambda x: tf.roll(x, [1, 2], [1, 2])), "repeat": (X, lambda x: tf.repeat(x, 3, axis=2)),
        "one_hot": (N, lambda n: tf.one_hot(n, 4, on_value=2.0, off_value=-1.0, axis=1)), "clip_by_norm": (X, lambda x: tf.clip_by_norm(x, 0.4, axes=[1])),
        "band_part": (X, lambda x: tf.linalg.band_part(x, 1, 0)), "norm_1": (X, lambda x: tf.norm(x, ord=1, axis=1)), "slice": (X, lambda x: tf.slice(x, [0, 1, 2], [-1, 2, 2])),
        "add_n": (XY, lambda x, y: tf.add_n([x, y, x])), "conv1d": (X, lambda x: tf.nn.conv1d(x, KERNEL, 1, "SAME")), "conv2d": (IMAGE, lambda i: tf.nn.conv2d(i, KERNEL2D, 2, "VALID")),
        "depthwise_conv2d": (IMAGE, lambda i: tf.nn.depthwise_conv2d(i, KERNEL2D, [1, 1, 1, 1], "SAME")), "max_pool2d": (IMAGE, lambda i: tf.nn.max_pool2d(i, 2, 1, "SAME")),
        "avg_pool1d": (X, lambda x: tf.nn.avg_pool1d(x, 2, 1, "SAME")), "bias_add": (X, lambda x: tf.nn.bias_add(x, np.ones(4, "float32"))),
        "sigmoid_cross_entropy": (PQ, lambda p, q: tf.nn.sigmoid_cross_entropy_with_logits(p, q)),
        "softmax_cross_entropy": (XY, lambda x, y: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(x), y)),
        "embedding_lookup": (N, lambda n: tf.nn.embedding_lookup(np.arange(21, dtype="float32").reshape(7, 3), n)),
        "sequence_mask": (N, lambda n: tf.sequence_mask(n, 6)), "shape": (X, lambda x: tf.reshape(x, tf.stack([tf.shape(x)[0], -1]))),
        "space_to_depth": (IMAGE, lambda i: tf.nn.space_to_depth(i, 2)), "cross": (XY, lambda x, y: tf.linalg.cross(x[..., :3], y[..., :3])),
        "count_nonzero_axis": (X, lambda x: tf.math.count_nonzero(x, axis=1)), "argmax_axis": (X, lambda x: tf.argmax(x, axis=-1, output_type=tf.int32)),
        "tensor_scatter": (X, lambda x: tf.tensor_scatter_nd_update(x, [[0, 1, 2]], [5.0])),
    })
    return cases
