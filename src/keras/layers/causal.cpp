#include "keras/layers/causal.h"

#include "hornbeam/ops_array.hpp"
#include "keras/streaming/stream_scope.h"

namespace hornbeam {

Tensor with_past(const Layer& layer, const Tensor& x, std::int64_t steps, bool channels_first) {
  auto* stream = StreamScope::of(layer);
  if (!stream || steps == 0) {
    return channels_first ? ops::pad(x, {{0, 0}, {0, 0}, {steps, 0}}) : ops::pad(x, {{0, 0}, {steps, 0}, {0, 0}});
  }
  const auto past = stream->take_zeros({{x.dtype(), Shape{stream->batch(), steps, x.shape()[2]}}});
  const auto all = ops::concat({past[0], x}, 1);
  stream->give({ops::slice(all, {0, 1, 0}, {-1, -1, -1})});
  return all;
}

}  // namespace hornbeam
