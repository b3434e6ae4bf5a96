#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

void call_on(const LayerRef& layer, const Shape& shape) { layer(Input(shape, {.name = "i"})); }
Tensor zeros(const Shape& shape) { return Tensor::zeros(DType::float32, shape); }
GRU stateful() {
  GRU layer(2, {.stateful = true, .name = "r"});
  layer(zeros({3, 4, 2}));
  return layer;
}
LayerRef of(const char* config) { return layers::deserialize(Config::parse(config)); }

}  // namespace

std::vector<WrongCall> wrong_recurrent() {
  return {
      {"simple_rnn_no_units", [] { SimpleRNN(0, {.name = "r"}); }},
      {"lstm_no_units", [] { LSTM(0, {.name = "r"}); }},
      {"gru_no_units", [] { GRU(0, {.name = "r"}); }},
      {"simple_rnn_cell_negative_units", [] { SimpleRNNCell(-1, {.name = "r"}); }},
      {"lstm_cell_negative_units", [] { LSTMCell(-1, {.name = "r"}); }},
      {"gru_cell_negative_units", [] { GRUCell(-1, {.name = "r"}); }},
      {"simple_rnn_rank_2", [] { call_on(SimpleRNN(2, {.name = "r"}), {3}); }},
      {"lstm_rank_2", [] { call_on(LSTM(2, {.name = "r"}), {3}); }},
      {"gru_rank_2", [] { call_on(GRU(2, {.name = "r"}), {3}); }},
      {"simple_rnn_rank_4",
       [] {
         call_on(SimpleRNN(2, {.name = "r"}), {3, 4, 5});
       }},
      {"lstm_rank_4",
       [] {
         call_on(LSTM(2, {.name = "r"}), {3, 4, 5});
       }},
      {"gru_rank_4",
       [] {
         call_on(GRU(2, {.name = "r"}), {3, 4, 5});
       }},
      {"simple_rnn_unknown_activation", [] { SimpleRNN(2, {.activation = "foo", .name = "r"}); }},
      {"lstm_unknown_activation", [] { LSTM(2, {.activation = "foo", .name = "r"}); }},
      {"gru_unknown_activation", [] { GRU(2, {.activation = "foo", .name = "r"}); }},
      {"lstm_unknown_recurrent_activation", [] { LSTM(2, {.recurrent_activation = "foo", .name = "r"}); }},
      {"lstm_other_features",
       [] {
         const LSTM layer(2, {.name = "r"});
         call_on(layer, {3, 4});
         layer(Input({3, 5}, {.name = "j"}));
       }},
      {"lstm_stateful_unknown_batch",
       [] {
         call_on(LSTM(2, {.stateful = true, .name = "r"}), {3, 4});
       }},
      {"lstm_unroll_unknown_length",
       [] {
         call_on(LSTM(2, {.unroll = true, .name = "r"}), {None, 4});
       }},
      {"simple_rnn_unroll_unknown_length",
       [] {
         call_on(SimpleRNN(2, {.unroll = true, .name = "r"}), {None, 4});
       }},
      {"lstm_one_state",
       [] {
         LSTM(2, {.name = "r"})(Input({3, 4}, {.name = "i"}), {.initial_state = Values{Input({2}, {.name = "s"})}});
       },
       "An `initial_state` was passed that is not compatible with `cell.state_size`. Received"},
      {"lstm_one_state_now",
       [] {
         LSTM(2, {.name = "r"})(zeros({3, 4, 5}), {.initial_state = Values{zeros({3, 2})}});
       },
       "An `initial_state` was passed that is not compatible with `cell.state_size`. Received states of shapes "
       "[(3, 2)]; however `cell.state_size` is [2, 2]"},
      {"gru_two_states",
       [] {
         GRU(2, {.name = "r"})(Input({3, 4}, {.name = "i"}), {.initial_state = Values{Input({2}), Input({2})}});
       },
       "An `initial_state` was passed that is not compatible with `cell.state_size`. Received"},
      {"gru_wide_state",
       [] {
         GRU(2, {.name = "r"})(zeros({3, 4, 5}), {.initial_state = Values{zeros({3, 7})}});
       },
       "An `initial_state` was passed that is not compatible with `cell.state_size`. Received states of shapes "
       "[(3, 7)]; however `cell.state_size` is [2]"},
      {"reset_states_not_stateful",
       [] {
         const GRU layer(2, {.name = "r"});
         layer(zeros({3, 4, 2}));
         layer->reset_states();
       }},
      {"reset_states_two",
       [] {
         stateful()->reset_states({zeros({3, 2}), zeros({3, 2})});
       }},
      {"reset_states_shape",
       [] {
         stateful()->reset_states({zeros({3, 5})});
       },
       "State 0 is incompatible with layer r: expected shape=(3, 2), found shape=(3, 5)"},
      {"stateful_other_batch",
       [] {
         stateful()(zeros({5, 4, 2}));
       },
       "Input 0 is incompatible with layer r: expected shape=(3, None, 2), found shape="},
      {"rnn_of_dense",
       [] { of(R"({"class_name": "RNN", "config": {"cell": {"class_name": "Dense", "config": {"units": 2}}}})"); }},
      {"stacked_of_dense",
       [] {
         of(R"({"class_name": "StackedRNNCells", "config": {"cells": [{"class_name": "Dense", "config": {"units": 2}}]}})");
       },
       "All cells must have a `state_size` attribute. Received cell"},
      {"bidirectional_mode", [] { Bidirectional(LSTM(2), {.merge_mode = "foo"}); }},
      {"bidirectional_of_dense",
       [] {
         of(R"({"class_name": "Bidirectional", "config": {"layer": {"class_name": "Dense", "config": {"units": 2}}}})");
       },
       "Please initialize `Bidirectional` layer with a recurrent `Layer` instance. You passed: Dense"},
      {"bidirectional_same_direction", [] { Bidirectional(LSTM(2), {.backward_layer = LSTM(2)}); }},
      {"bidirectional_other_sequences",
       [] { Bidirectional(LSTM(2, {.return_sequences = true}), {.backward_layer = LSTM(2, {.go_backwards = true})}); }},
      {"bidirectional_other_state",
       [] { Bidirectional(LSTM(2), {.backward_layer = LSTM(2, {.return_state = true, .go_backwards = true})}); }},
      {"bidirectional_odd_states",
       [] {
         Bidirectional(GRU(2))(Input({3, 4}, {.name = "i"}), {.initial_state = Values{Input({2}, {.name = "s"})}});
       }},
      {"bidirectional_rank_2", [] { call_on(Bidirectional(LSTM(2, {.name = "r"}), {.name = "b"}), {3}); }},
      {"time_distributed_rank_1", [] { call_on(TimeDistributed(Dense(2, {.name = "d"}), {.name = "t"}), {}); }},
  };
}

}  // namespace hornbeam::testing_support
