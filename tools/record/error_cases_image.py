"""Wrong calls of image layers, normalizations and adaptive pools, for error_cases.py."""


def add(case, keras):
    L, Input = keras.layers, keras.Input
    older = getattr(getattr(L, "experimental", None), "preprocessing", None)

    def wrong(key, words, cls, args, shape=None, **kw):
        made = getattr(L, cls, None) or getattr(older, cls, None)
        if made is None:
            return
        full = "%s%s" % (words, "" if shape is None else " on Input(%s)" % (shape,))
        case(key, full)((lambda: made(*args, **kw)) if shape is None else lambda: made(*args, **kw)(Input(shape, name="i")))

    wrong("group_norm_channels", "GroupNormalization(4)", "GroupNormalization", (4,), (5, 3))
    wrong("group_norm_multiple", "GroupNormalization(2)", "GroupNormalization", (2,), (5, 3))
    wrong("group_norm_unknown", "GroupNormalization(2)", "GroupNormalization", (2,), (5, None))
    wrong("group_norm_axis", "GroupNormalization(2, axis=4)", "GroupNormalization", (2, 4), (5, 4))
    wrong("unit_norm_axis", "UnitNormalization(axis=4)", "UnitNormalization", (4,), (5, 4))
    wrong("unit_norm_type", "UnitNormalization(axis='a')", "UnitNormalization", ("a",))
    dense = lambda: L.Dense(2, name="d")
    if hasattr(L, "SpectralNormalization"):
        case("spectral_norm_iterations", "SpectralNormalization(Dense(2), power_iterations=0)")(lambda: L.SpectralNormalization(dense(), power_iterations=0))
        case("spectral_norm_kernel", "SpectralNormalization(Flatten()) on Input((3, 2))")(lambda: L.SpectralNormalization(L.Flatten(name="f"))(Input((3, 2), name="i")))
    wrong("resizing_method", "Resizing(2, 3, interpolation='foo')", "Resizing", (2, 3), interpolation="foo")
    wrong("random_flip_mode", "RandomFlip('foo', name='f')", "RandomFlip", ("foo",), name="f")
    wrong("random_rotation_fill", "RandomRotation(0.1, fill_mode='foo')", "RandomRotation", (0.1,), fill_mode="foo")
    wrong("random_rotation_interpolation", "RandomRotation(0.1, interpolation='foo')", "RandomRotation", (0.1,), interpolation="foo")
    wrong("random_translation_order", "RandomTranslation((0.2, 0.1), 0.1)", "RandomTranslation", ((0.2, 0.1), 0.1))
    wrong("random_translation_range", "RandomTranslation(1.5, 0.1)", "RandomTranslation", (1.5, 0.1))
    wrong("random_zoom_range", "RandomZoom(1.5)", "RandomZoom", (1.5,))
    wrong("random_contrast_negative", "RandomContrast(-0.5)", "RandomContrast", (-0.5,))
    wrong("random_brightness_range", "RandomBrightness(2.0)", "RandomBrightness", (2.0,))
    wrong("random_brightness_values", "RandomBrightness(0.2, value_range=(1, 2, 3))", "RandomBrightness", (0.2,), value_range=(1, 2, 3))
    wrong("random_height_order", "RandomHeight((0.5, 0.1))", "RandomHeight", ((0.5, 0.1),))
    wrong("adaptive1d_length", "AdaptiveMaxPooling1D((2, 3))", "AdaptiveMaxPooling1D", ((2, 3),))
    wrong("adaptive2d_length", "AdaptiveMaxPooling2D((2, 3, 4))", "AdaptiveMaxPooling2D", ((2, 3, 4),))
