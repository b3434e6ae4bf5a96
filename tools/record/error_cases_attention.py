"""Wrong calls of attention layers, Dot, EinsumDense and ReversibleEmbedding, for error_cases.py."""
import numpy as np


def add(case, keras):
    L, Input = keras.layers, keras.Input

    def ones(*shape):
        return np.ones(shape, "float32")

    def two(a, b):
        return [Input(a, name="a"), Input(b, name="b")]

    for name in ("Attention", "AdditiveAttention"):
        cls, snake = getattr(L, name), name.lower()
        case(snake + "_one_tensor", "%s(name='l') on Input((4, 6))" % name)(lambda cls=cls: cls(name="l")(Input((4, 6), name="i")))
        case(snake + "_four", "%s(name='l') on a list of four Input((4, 6))" % name)(lambda cls=cls: cls(name="l")([Input((4, 6), name="i")] * 4))
        case(snake + "_dropout", "%s(dropout=2.0, name='l') on two ones (2, 4, 6) with training=True" % name)(lambda cls=cls: cls(dropout=2.0, name="l")([ones(2, 4, 6)] * 2, training=True))
        case(snake + "_sizes", "%s(name='l') on Input((4, 6)) and Input((4, 5))" % name)(lambda cls=cls: cls(name="l")(two((4, 6), (4, 5))))
        case(snake + "_one_mask", "%s(name='l') on two ones (2, 4, 6) with a list of one mask" % name)(lambda cls=cls: cls(name="l")([ones(2, 4, 6)] * 2, mask=[np.ones((2, 4), bool)]))
    case("attention_four_masks", "Attention(name='l') on two ones (2, 4, 6) with a list of four masks")(lambda: L.Attention(name="l")([ones(2, 4, 6)] * 2, mask=[np.ones((2, 4), bool)] * 4))
    case("attention_key_steps", "Attention(name='l') on ones (2, 4, 6), (2, 4, 6) and (2, 5, 6)")(lambda: L.Attention(name="l")([ones(2, 4, 6), ones(2, 4, 6), ones(2, 5, 6)]))
    case("attention_score_mode", "Attention(score_mode='foo', name='l')")(lambda: L.Attention(score_mode="foo", name="l"))

    case("dot_axes_float", "Dot(1.5)")(lambda: L.Dot(1.5))
    case("dot_axes_three", "Dot((1, 2, 3))")(lambda: L.Dot((1, 2, 3)))
    case("dot_axes_text", "Dot((1, 'a'))")(lambda: L.Dot((1, "a")))
    case("dot_one", "Dot(1, name='d') on Input((4,))")(lambda: L.Dot(1, name="d")(Input((4,), name="i")))
    case("dot_three", "Dot(1, name='d') on a list of three Input((4,))")(lambda: L.Dot(1, name="d")([Input((4,), name="i")] * 3))
    case("dot_sizes", "Dot(1, name='d') on Input((4,)) and Input((5,))")(lambda: L.Dot(1, name="d")(two((4,), (5,))))
    case("dot_axis_out_of_range", "Dot(3, name='d') on two Input((4,))")(lambda: L.Dot(3, name="d")(two((4,), (4,))))
    case("dot_axis_0", "Dot(0, name='d') on two Input((4,))")(lambda: L.Dot(0, name="d")(two((4,), (4,))))

    if not hasattr(L, "EinsumDense"):
        return
    for name, equation, shape, axes, on in (
            ("equation", "abc->ab", 3, None, (4, 6)), ("equation_dots", "...ab,bc->ac", 3, None, (4, 6)), ("unknown_output", "abc,cd->abe", (4, 3), None, (4, 6)), ("unknown_weight", "abc,cde->abd", (4, 3), None, (4, 6)),
            ("bias_axes", "abc,cd->abd", (4, 3), "e", (4, 6)), ("shared_dimension", "abc,cd->abd", (5, 3), None, (4, 6)), ("no_size", "abc,cd->abd", (None, None), None, (4, 6)), ("rank", "abc,cd->abd", (None, 3), None, (6,))):
        case("einsum_dense_" + name, "EinsumDense(%r, %r, bias_axes=%r, name='e') on Input(%r)" % (equation, shape, axes, on))(
            lambda equation=equation, shape=shape, axes=axes, on=on: L.EinsumDense(equation, shape, bias_axes=axes, name="e")(Input(on, name="i")))
    for name, options in (("heads", {"num_heads": 0, "key_dim": 3}), ("key_dim", {"num_heads": 2, "key_dim": -1}), ("value_dim", {"num_heads": 2, "key_dim": 3, "value_dim": -1}), ("dropout", {"num_heads": 2, "key_dim": 3, "dropout": 2.0}),
                          ("axes", {"num_heads": 2, "key_dim": 3, "attention_axes": 7})):
        case("mha_" + name, "MultiHeadAttention(%s, name='m') on two Input((4, 6))" % ", ".join("%s=%r" % item for item in options.items()))(
            lambda options=options: L.MultiHeadAttention(name="m", **options)(Input((4, 6), name="a"), Input((4, 6), name="b")))
    case("mha_no_value", "MultiHeadAttention(2, 3, name='m') on one Input((4, 6))")(lambda: L.MultiHeadAttention(2, 3, name="m")(Input((4, 6), name="i")))
    case("mha_key_steps", "MultiHeadAttention(2, 3, name='m') on ones (2, 4, 6), (2, 4, 6) and (2, 5, 6)")(lambda: L.MultiHeadAttention(2, 3, name="m")(ones(2, 4, 6), ones(2, 4, 6), ones(2, 5, 6)))
    case("mha_rank_2", "MultiHeadAttention(2, 3, name='m') on ones (2, 6) and (2, 6)")(lambda: L.MultiHeadAttention(2, 3, name="m")(ones(2, 6), ones(2, 6)))
    if not hasattr(L, "GroupQueryAttention"):
        return
    case("mha_window", "MultiHeadAttention(2, 3, sliding_window=0)")(lambda: L.MultiHeadAttention(2, 3, sliding_window=0))
    case("mha_flash_dropout", "MultiHeadAttention(2, 3, flash_attention=True, dropout=0.5)")(lambda: L.MultiHeadAttention(2, 3, flash_attention=True, dropout=0.5))
    case("mha_flash", "MultiHeadAttention(2, 3, flash_attention=True, name='m') on ones (2, 4, 6) and (2, 4, 6)")(lambda: L.MultiHeadAttention(2, 3, flash_attention=True, name="m")(ones(2, 4, 6), ones(2, 4, 6)))
    case("gqa_heads", "GroupQueryAttention(3, 4, 3)")(lambda: L.GroupQueryAttention(3, 4, 3))
    case("gqa_window", "GroupQueryAttention(3, 4, 2, sliding_window=-1)")(lambda: L.GroupQueryAttention(3, 4, 2, sliding_window=-1))
    case("gqa_flash_dropout", "GroupQueryAttention(3, 4, 2, flash_attention=True, dropout=0.5)")(lambda: L.GroupQueryAttention(3, 4, 2, flash_attention=True, dropout=0.5))
    case("gqa_features", "GroupQueryAttention(3, 4, 2, name='m') on Input((4, 6)) and Input((4, 5))")(lambda: L.GroupQueryAttention(3, 4, 2, name="m")(Input((4, 6), name="a"), Input((4, 5), name="b")))
    case("gqa_steps", "GroupQueryAttention(3, 4, 2, name='m') on Input((4, 6)), Input((4, 6)) and Input((5, 6))")(
        lambda: L.GroupQueryAttention(3, 4, 2, name="m")(Input((4, 6), name="a"), Input((4, 6), name="b"), Input((5, 6), name="c")))
    case("gqa_no_value", "GroupQueryAttention(3, 4, 2, name='m') on one Input((4, 6))")(lambda: L.GroupQueryAttention(3, 4, 2, name="m")(Input((4, 6), name="i")))
    case("reversible_reverse_size", "ReversibleEmbedding(5, 4, name='r') on ones (2, 3, 3) with reverse=True")(lambda: L.ReversibleEmbedding(5, 4, name="r")(ones(2, 3, 3), reverse=True))
    case("reversible_dtype", "ReversibleEmbedding(5, 4, reverse_dtype='foo', name='r') on ones (2, 3, 4) with reverse=True")(lambda: L.ReversibleEmbedding(5, 4, reverse_dtype="foo", name="r")(ones(2, 3, 4), reverse=True))
