"""Wrong calls of transposed, depthwise and locally connected convolutions and ConvLSTM, for error_cases.py."""
import numpy as np


def add(case, keras):
    L, Input = keras.layers, keras.Input

    def wrong(name, words, make, shape=None):
        if not hasattr(L, words.split("(")[0]):
            return
        full = "%s%s" % (words, "" if shape is None else " on Input(%s)" % (shape,))
        case(name, full)(make if shape is None else lambda: make()(Input(shape, name="i")))

    transposed = lambda **kw: lambda: L.Conv2DTranspose(**dict(dict(filters=2, kernel_size=3, name="c"), **kw))
    for name, words, kw in (
            ("filters_zero", "Conv2DTranspose(0, 3)", dict(filters=0)), ("kernel_length", "Conv2DTranspose(2, (3, 3, 3))", dict(kernel_size=(3, 3, 3))),
            ("strides_zero", "Conv2DTranspose(2, 3, strides=0)", dict(strides=0)), ("padding", "Conv2DTranspose(2, 3, padding='foo')", dict(padding="foo")),
            ("causal", "Conv2DTranspose(2, 3, padding='causal')", dict(padding="causal")), ("data_format", "Conv2DTranspose(2, 3, data_format='foo')", dict(data_format="foo")),
            ("strides_and_dilation", "Conv2DTranspose(2, 3, strides=2, dilation_rate=2)", dict(strides=2, dilation_rate=2)),
            ("output_padding", "Conv2DTranspose(2, 3, strides=2, output_padding=2)", dict(strides=2, output_padding=2)),
            ("output_padding_one", "Conv2DTranspose(2, 3, strides=(2, 1), output_padding=(1, 1))", dict(strides=(2, 1), output_padding=(1, 1))),
            ("output_padding_length", "Conv2DTranspose(2, 3, strides=2, output_padding=(1, 1, 1))", dict(strides=2, output_padding=(1, 1, 1)))):
        wrong("conv_transpose_" + name, words, transposed(**kw))
    wrong("conv_transpose_rank", "Conv2DTranspose(2, 3, name='c')", transposed(), (5, 5))
    wrong("conv_transpose_unknown_channels", "Conv2DTranspose(2, 3, name='c')", transposed(), (5, 5, None))
    wrong("conv1d_transpose_rank", "Conv1DTranspose(2, 3, name='c')", lambda: L.Conv1DTranspose(2, 3, name="c"), (5, 5, 2))
    wrong("conv1d_transpose_output_padding", "Conv1DTranspose(2, 3, output_padding=1)", lambda: L.Conv1DTranspose(2, 3, output_padding=1))
    wrong("conv3d_transpose_output_padding", "Conv3DTranspose(2, 3, output_padding=1)", lambda: L.Conv3DTranspose(2, 3, output_padding=1))

    depthwise = lambda **kw: lambda: L.DepthwiseConv1D(**dict(dict(kernel_size=3, name="c"), **kw))
    for name, words, kw in (
            ("multiplier", "DepthwiseConv1D(3, depth_multiplier=0)", dict(depth_multiplier=0)), ("kernel_zero", "DepthwiseConv1D(0)", dict(kernel_size=0)),
            ("padding", "DepthwiseConv1D(3, padding='foo')", dict(padding="foo")), ("causal", "DepthwiseConv1D(3, padding='causal')", dict(padding="causal")),
            ("strides_and_dilation", "DepthwiseConv1D(3, strides=2, dilation_rate=2)", dict(strides=2, dilation_rate=2))):
        wrong("depthwise1d_" + name, words, depthwise(**kw))
    wrong("depthwise1d_rank", "DepthwiseConv1D(3, name='c')", depthwise(), (5, 5, 2))
    wrong("depthwise1d_unknown_channels", "DepthwiseConv1D(3, name='c')", depthwise(), (5, None))

    local = lambda **kw: lambda: L.LocallyConnected2D(**dict(dict(filters=2, kernel_size=3, name="c"), **kw))
    for name, words, kw in (
            ("same", "LocallyConnected2D(2, 3, padding='same')", dict(padding="same")), ("padding", "LocallyConnected2D(2, 3, padding='foo')", dict(padding="foo")),
            ("kernel_length", "LocallyConnected2D(2, (3, 3, 3))", dict(kernel_size=(3, 3, 3))), ("data_format", "LocallyConnected2D(2, 3, data_format='foo')", dict(data_format="foo")),
            ("strides_length", "LocallyConnected2D(2, 3, strides=(1, 1, 1))", dict(strides=(1, 1, 1)))):
        wrong("locally_connected_" + name, words, local(**kw))
    wrong("locally_connected_implementation", "LocallyConnected2D(2, 3, implementation=4)", local(implementation=4), (5, 5, 1))
    wrong("locally_connected_unknown_size", "LocallyConnected2D(2, 3, name='c')", local(), (5, None, 1))
    wrong("locally_connected_too_small", "LocallyConnected2D(2, 3, name='c')", local(), (2, 2, 1))
    wrong("locally_connected_rank", "LocallyConnected2D(2, 3, name='c')", local(), (5, 5))
    wrong("locally_connected1d_same", "LocallyConnected1D(2, 3, padding='same')", lambda: L.LocallyConnected1D(2, 3, padding="same"))

    lstm = lambda **kw: lambda: L.ConvLSTM2D(**dict(dict(filters=2, kernel_size=3, name="c"), **kw))
    for name, words, kw in (
            ("kernel_length", "ConvLSTM2D(2, (3, 3, 3))", dict(kernel_size=(3, 3, 3))), ("padding", "ConvLSTM2D(2, 3, padding='foo')", dict(padding="foo")),
            ("data_format", "ConvLSTM2D(2, 3, data_format='foo')", dict(data_format="foo")), ("unroll", "ConvLSTM2D(2, 3, unroll=True)", dict(unroll=True)),
            ("activation", "ConvLSTM2D(2, 3, activation='foo')", dict(activation="foo")), ("strides_and_dilation", "ConvLSTM2D(2, 3, strides=2, dilation_rate=2)", dict(strides=2, dilation_rate=2))):
        wrong("conv_lstm_" + name, words, lstm(**kw))
    wrong("conv_lstm_rank", "ConvLSTM2D(2, 3, name='c')", lstm(), (4, 5, 5))
    wrong("conv_lstm_unknown_channels", "ConvLSTM2D(2, 3, name='c')", lstm(), (4, 5, 5, None))
    wrong("conv_lstm_too_small", "ConvLSTM2D(2, 3, name='c')", lstm(), (4, 2, 2, 1))
    wrong("conv_lstm_stateful_unknown_batch", "ConvLSTM2D(2, 3, stateful=True, name='c')", lstm(stateful=True), (4, 5, 5, 1))
    case("conv_lstm_not_stateful", "reset_states() of ConvLSTM2D(2, 3, name='c') called on zeros (1, 4, 5, 5, 1)")(
        lambda: (lambda layer: (layer(np.zeros((1, 4, 5, 5, 1), "float32")), layer.reset_states()))(lstm()()))
