// Streaming: a model over a sequence without end, one step at a time.
//
//   const auto model = models::load_model("gru.h5");   // takes (batch, time, features), time None or fixed
//   auto state = model->make_state();                  // one per stream
//   auto x = Tensor::zeros(DType::float32, {1, 1});    // one step: (batch, features)
//   for (const float sample : samples) {
//     x.mutable_data<float>()[0] = sample;
//     const float y = model->step(x, state).tensor().item<float>();
//   }
//
// What a step gives is what predict gives for the sequence up to it: of outputs that are sequences the last step.
//
// Shapes. x is one step of the model's inputs: (batch, ...) where the model takes (batch, time, ...), of the input's
// dtype; a list or a dict when there are several, as predict takes them. Every input is a sequence. An output is
// (batch,
// ...), without the time. `batch` is make_state's: so many sequences go side by side. A fixed number of steps in the
// model's Input does not bind the stream.
//
// Memory. make_state allocates what the stream needs; steps allocate nothing, once the first ones on a thread have run.
// The outputs belong to the state: its next step overwrites them, also in copies of the handle. Of x nothing is kept.
//
// Layers. Recurrent ones of the built-in classes, over any cell; Conv1D and SeparableConv1D with padding "causal" and
// strides 1; and those that treat each step by itself: Dense, activations, Embedding, Masking, normalisations and
// Concatenate over other axes than the time, Add and its kin, Dropout (which does nothing here), TimeDistributed of any
// layer, models of such. What follows the last recurrent layer's last output may be anything. Activations of your own
// are taken for element-wise. Masked steps do what they do in predict. Stateful layers' own states are neither read
// nor changed: a stream has its own, which begin as those of a layer that is not stateful.
//
// Errors. make_state throws ValueError naming the layer and why it cannot be streamed: it waits for steps that are to
// come (Bidirectional, go_backwards, a convolution that is not causal), mixes steps (pooling over time, Flatten ...),
// or is a class of your own, of which nothing is known. step throws ValueError when x is not of the shape or dtype of a
// step, or the state another model's; what ops throw on wrong values (an index outside an Embedding) passes through.
// After an error the stream is where it was.
//
// Thread-safety: any number of streams may be made and stepped at once on one model, each by one thread at a time;
// changing weights needs external locking, and shows in the next step of every stream. Layers that are added to the
// model show in states made afterwards.
#pragma once

#include <memory>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

// One stream. A copy is a stream of its own that goes on from here.
class StreamState {
 public:
  ~StreamState();
  StreamState(const StreamState& other);
  StreamState& operator=(const StreamState& other);
  StreamState(StreamState&&) noexcept;
  StreamState& operator=(StreamState&&) noexcept;

  std::int64_t batch() const;
  // As at the beginning.
  void reset();
  // Copies of all that the stream remembers, in the order in which the model calls its layers: of a recurrent layer its
  // cell's states (after a mask also its last output), of a convolution the steps before.
  std::vector<Tensor> values() const;
  // Throws ValueError when the count, a shape or a dtype differs.
  void set_values(const std::vector<Tensor>& values);

 private:
  friend class Model;
  struct Impl;
  explicit StreamState(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hornbeam
