// RNN: a cell over the steps of a sequence. Mirrors keras.layers.RNN; the base of SimpleRNN, LSTM and GRU.
//
//   auto h = RNN(LSTMCell(32), {.return_sequences = true})(x);
//   auto y = RNN(my_cell)(x, {.mask = mask, .initial_state = Values{state}});
//
// Input (batch, time, ...), or with time_major (time, batch, ...), or a dict of such; output (batch, *output_size), or
// of all steps with return_sequences, in the order in which they were computed. With return_state the list {output,
// states...}. Steps that the mask leaves out keep the states; their output is the one before (zeros with
// zero_output_for_mask). Initial states: call option initial_state, or further items of a list of inputs, as functional
// configs of tf.keras 2 hold them. `constants` (call option tensors["constants"]) are given to every step of cells of
// your own.
//
// A stateful layer goes on from the states of the last batch, row by row; it needs a fixed batch size, and is not for
// several threads at once. See layers.hpp.
#pragma once

#include <vector>

#include "hornbeam/fields.hpp"
#include "hornbeam/layers/rnn_cell.hpp"
#include "hornbeam/ragged_tensor.hpp"

namespace hornbeam {

#define HB_RNN_FLAGS             \
  bool return_sequences = false; \
  bool return_state = false;     \
  bool go_backwards = false;     \
  bool stateful = false;         \
  bool unroll = false;           \
  bool time_major = false;       \
  bool zero_output_for_mask = false;

struct RNNFlags {
  HB_RNN_FLAGS
  std::int64_t num_constants = 0;
};

template <class Options>
RNNFlags flags_from(const Options& o) {
  return {o.return_sequences, o.return_state, o.go_backwards,        o.stateful,
          o.unroll,           o.time_major,   o.zero_output_for_mask};
}

template <class Flags, class F>
void rnn_fields(Flags& o, F&& f) {
  f("return_sequences", o.return_sequences);
  f("return_state", o.return_state);
  f("go_backwards", o.go_backwards);
  f("stateful", o.stateful);
  f("unroll", o.unroll);
  f("time_major", o.time_major);
  f("num_constants", o.num_constants);
  f("zero_output_for_mask", o.zero_output_for_mask);
}

// What a run over a sequence gives.
struct RNNResult {
  Values last, all;  // outputs; `all` may be left out when nobody asked for it
  std::vector<Tensor> states;
};

class StreamStates;  // the engine's own

class RNNLayer : public Layer {
 public:
  static constexpr const char* kClassName = "RNN";
  explicit RNNLayer(const LayerOptions& options) : Layer(options) {}
  RNNLayer(CellRef cell, const RNNFlags& flags, const LayerOptions& options);

  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  std::optional<Call> arranged(const Values& inputs, const CallOptions& options) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

  const CellRef& cell() const { return cell_; }
  const RNNFlags& flags() const { return flags_; }
  // Wrappers decide it for the layers they hold.
  void set_zero_output_for_mask(bool zero) { flags_.zero_output_for_mask = zero; }

  // Of a stateful layer, once built.
  const std::vector<Variable>& states() const { return states_; }
  // Zeros, or the given values. Throws AttributeError when the layer is not stateful, ValueError in Keras's words when
  // it was not built or a shape differs.
  void reset_states() override;
  void reset_states(const std::vector<Tensor>& values);

 protected:
  // Derived classes make their cell once they know their settings. Not `tracked`: one that has no weights, and is no
  // part of the layer in Keras.
  void set_cell(CellRef cell, bool tracked = true);
  // Over the whole sequence; the default calls the cell step by step.
  virtual RNNResult run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext& context);
  // The states of a sequence that is given none. `batch`: an int32 scalar.
  virtual std::vector<Tensor> zero_states(const Tensor& input, const Tensor& batch) const;
  // What stands before the error of sequences whose length is not known and that are to be unrolled.
  virtual const char* words_of_unrolling() const { return ""; }
  std::size_t time_axis() const { return flags_.time_major ? 0 : 1; }
  std::size_t batch_axis() const { return flags_.time_major ? 1 : 0; }

  RNNFlags flags_;

 private:
  std::vector<Tensor> first_states(const Tensor& input, CallContext& context) const;
  // What is ragged in them, if anything is. Throws ValueError in Keras's words when the layer cannot take it.
  std::optional<RaggedTensor> ragged_steps(const Values& inputs, const CallContext& context) const;
  Tensor padded_steps(const Tensor& padded, const RaggedTensor& rows) const;
  std::vector<Tensor> remembered_or(const std::vector<Tensor>& given) const;
  void make_states(std::int64_t batch);
  Values packed(const RNNResult& result) const;
  Values stream_step(const Values& inputs, const Tensor& mask, StreamStates& stream, CallContext& context);
  CellRef cell_;
  std::vector<Variable> states_;
};

struct RNNOptions {
  HB_RNN_FLAGS
  HB_LAYER_OPTIONS
};

class RNN : public Ref<RNNLayer> {
 public:
  explicit RNN(const CellRef& cell, const RNNOptions& options = {});
  explicit RNN(const std::vector<CellRef>& cells, const RNNOptions& options = {});  // stacked
};

}  // namespace hornbeam
