// While one step of a stream is traced: the states that layers take from it and give back.
#pragma once

#include <functional>
#include <vector>

#include "graph/tracer.h"
#include "hornbeam/layer.hpp"

namespace hornbeam {

class StreamStates {
 public:
  // Of `batch` sequences side by side, inside this tracer's trace.
  StreamStates(graph::Tracer& tracer, std::int64_t batch) : tracer_(tracer), batch_(batch) {}

  std::int64_t batch() const { return batch_; }

  // States of the stream, further arguments of the step. `initial` gives their values in a new stream; it is called
  // for each, outside of any trace.
  using Initial = std::function<std::vector<Tensor>()>;
  std::vector<Tensor> take(Initial initial);
  // Those that are zeros in a new stream.
  std::vector<Tensor> take_zeros(const std::vector<TensorSpec>& specs);
  // What the states taken are after the step, in the same order.
  void give(const std::vector<Tensor>& states);

  const std::vector<Initial>& initial() const { return initial_; }
  const std::vector<Tensor>& after() const { return after_; }

 private:
  graph::Tracer& tracer_;
  std::int64_t batch_;
  std::vector<Initial> initial_;
  std::vector<Tensor> after_;
};

// While alive, a call of this layer on this thread is one step of a stream. Calls of others are not: what a wrapper
// holds sees whole sequences.
class StreamScope {
 public:
  StreamScope(const Layer& layer, StreamStates& states);
  ~StreamScope();
  StreamScope(const StreamScope&) = delete;
  StreamScope& operator=(const StreamScope&) = delete;

  // Null when the layer is called as ever.
  static StreamStates* of(const Layer& layer);

 private:
  StreamScope* outer_;
  const Layer& layer_;
  StreamStates& states_;
};

}  // namespace hornbeam
