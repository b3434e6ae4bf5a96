"""Wrong calls of recurrent layers and their wrappers, for error_cases.py."""
import numpy as np
import tensorflow as tf


def add(case, keras):
    L, Input = keras.layers, keras.Input

    class NoStates(L.Layer):
        def call(self, inputs, states):
            return inputs, states

    def on(make, *shape, **kwargs):
        return lambda: make()(Input(shape, name="i"), **kwargs)

    def stateful(name="r"):
        layer = L.GRU(2, stateful=True, reset_after=True, name=name)
        layer(np.zeros((3, 4, 2), "float32"))
        return layer

    for name, cls in (("simple_rnn", L.SimpleRNN), ("lstm", L.LSTM), ("gru", L.GRU)):
        case("%s_no_units" % name, "%s(0, name='r')" % cls.__name__)(lambda cls=cls: cls(0, name="r"))
        case("%s_cell_negative_units" % name, "%sCell(-1, name='r')" % cls.__name__)(lambda cls=cls: getattr(L, cls.__name__ + "Cell")(-1, name="r"))
        case("%s_rank_2" % name, "%s(2, name='r') on Input((3,))" % cls.__name__)(on(lambda cls=cls: cls(2, name="r"), 3))
        case("%s_rank_4" % name, "%s(2, name='r') on Input((3, 4, 5))" % cls.__name__)(on(lambda cls=cls: cls(2, name="r"), 3, 4, 5))
        case("%s_unknown_activation" % name, "%s(2, activation='foo', name='r')" % cls.__name__)(lambda cls=cls: cls(2, activation="foo", name="r"))
    case("lstm_unknown_recurrent_activation", "LSTM(2, recurrent_activation='foo', name='r')")(lambda: L.LSTM(2, recurrent_activation="foo", name="r"))
    case("lstm_other_features", "LSTM(2, name='r') built on Input((3, 4)), then called on Input((3, 5))")(
        lambda: (lambda layer: (layer(Input((3, 4), name="i")), layer(Input((3, 5), name="j"))))(L.LSTM(2, name="r")))
    case("lstm_stateful_unknown_batch", "LSTM(2, stateful=True, name='r') on Input((3, 4))")(on(lambda: L.LSTM(2, stateful=True, name="r"), 3, 4))
    case("lstm_unroll_unknown_length", "LSTM(2, unroll=True, name='r') on Input((None, 4))")(on(lambda: L.LSTM(2, unroll=True, name="r"), None, 4))
    case("simple_rnn_unroll_unknown_length", "SimpleRNN(2, unroll=True, name='r') on Input((None, 4))")(on(lambda: L.SimpleRNN(2, unroll=True, name="r"), None, 4))
    case("lstm_one_state", "LSTM(2, name='r') on Input((3, 4)) with initial_state=[Input((2,))]")(
        lambda: L.LSTM(2, name="r")(Input((3, 4), name="i"), initial_state=[Input((2,), name="s")]))
    case("gru_two_states", "GRU(2, name='r') on Input((3, 4)) with initial_state of two Input((2,))")(
        lambda: L.GRU(2, name="r")(Input((3, 4), name="i"), initial_state=[Input((2,), name="s"), Input((2,), name="t")]))
    case("gru_wide_state", "GRU(2, name='r') on zeros (3, 4, 5) with initial_state=[zeros (3, 7)]")(
        lambda: L.GRU(2, name="r")(tf.zeros((3, 4, 5)), initial_state=[tf.zeros((3, 7))]))
    case("lstm_one_state_now", "LSTM(2, name='r') on zeros (3, 4, 5) with initial_state=[zeros (3, 2)]")(
        lambda: L.LSTM(2, name="r")(tf.zeros((3, 4, 5)), initial_state=[tf.zeros((3, 2))]))
    case("reset_states_not_stateful", "GRU(2, name='r') called on zeros (3, 4, 2), then reset_states()")(
        lambda: (lambda layer: (layer(np.zeros((3, 4, 2), "float32")), layer.reset_states()))(L.GRU(2, name="r")))
    case("reset_states_two", "GRU(2, stateful=True, name='r') called on zeros (3, 4, 2), then reset_states of two arrays")(
        lambda: stateful().reset_states([np.zeros((3, 2)), np.zeros((3, 2))]))
    case("reset_states_shape", "GRU(2, stateful=True, name='r') called on zeros (3, 4, 2), then reset_states([zeros (3, 5)])")(
        lambda: stateful().reset_states([np.zeros((3, 5))]))
    case("stateful_other_batch", "GRU(2, stateful=True, name='r') called on zeros (3, 4, 2), then on zeros (5, 4, 2)")(
        lambda: stateful()(np.zeros((5, 4, 2), "float32")))
    case("rnn_of_dense", "RNN(Dense(2))")(lambda: L.RNN(L.Dense(2)))
    case("rnn_of_no_states", "RNN of a cell without state_size")(lambda: L.RNN(NoStates()))
    case("stacked_of_dense", "StackedRNNCells([Dense(2)])")(lambda: L.StackedRNNCells([L.Dense(2)]))
    case("bidirectional_mode", "Bidirectional(LSTM(2), merge_mode='foo')")(lambda: L.Bidirectional(L.LSTM(2), merge_mode="foo"))
    case("bidirectional_of_dense", "Bidirectional(Dense(2, name='d'))")(lambda: L.Bidirectional(L.Dense(2, name="d")))
    case("bidirectional_same_direction", "Bidirectional(LSTM(2), backward_layer=LSTM(2))")(lambda: L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2)))
    case("bidirectional_other_sequences", "Bidirectional(LSTM(2, return_sequences=True), backward_layer=LSTM(2, go_backwards=True))")(
        lambda: L.Bidirectional(L.LSTM(2, return_sequences=True), backward_layer=L.LSTM(2, go_backwards=True)))
    case("bidirectional_other_state", "Bidirectional(LSTM(2), backward_layer=LSTM(2, go_backwards=True, return_state=True))")(
        lambda: L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2, go_backwards=True, return_state=True)))
    case("bidirectional_odd_states", "Bidirectional(GRU(2)) on Input((3, 4)) with initial_state of one Input((2,))")(
        lambda: L.Bidirectional(L.GRU(2))(Input((3, 4), name="i"), initial_state=[Input((2,), name="s")]))
    case("bidirectional_rank_2", "Bidirectional(LSTM(2, name='r'), name='b') on Input((3,))")(on(lambda: L.Bidirectional(L.LSTM(2, name="r"), name="b"), 3))
    case("time_distributed_rank_1", "TimeDistributed(Dense(2, name='d'), name='t') on Input(())")(on(lambda: L.TimeDistributed(L.Dense(2, name="d"), name="t")))
    case("time_distributed_no_layer", "TimeDistributed('foo')")(lambda: L.TimeDistributed("foo"))
