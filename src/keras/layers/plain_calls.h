// Keras 3's TimeDistributed calls `layer.call` of what it wraps, and passes by what a quantised layer does instead: its
// integers are multiplied as they are. While one of these stands, so is the layer here.
#pragma once

#include <utility>

#include "hornbeam/layer.hpp"

namespace hornbeam {

class PlainCalls {
 public:
  explicit PlainCalls(const Layer* layer) : outer_(std::exchange(current(), layer)) {}
  ~PlainCalls() { current() = outer_; }
  PlainCalls(const PlainCalls&) = delete;
  PlainCalls& operator=(const PlainCalls&) = delete;
  static bool of(const Layer* layer) { return current() == layer; }

 private:
  static const Layer*& current() {
    thread_local const Layer* layer = nullptr;
    return layer;
  }
  const Layer* outer_;
};

}  // namespace hornbeam
