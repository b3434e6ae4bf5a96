// Which layers can take a sequence one step at a time.
#pragma once

#include "hornbeam/layer.hpp"

namespace hornbeam {

struct KerasNode;

// What a layer makes of the step of a sequence.
enum class StreamKind {
  each_step,  // it treats each step by itself: it is called as ever, on sequences of one step
  stateful,   // it takes what it knows of the steps before from the stream
};

// Of a call whose input is a sequence. Throws ValueError, naming the layer, for layers that mix the steps, and for
// those that are not known not to: classes of your own, and ops.
StreamKind stream_kind(const KerasNode& node);

[[noreturn]] void refuse_to_stream(const Layer& layer, const std::string& why);

}  // namespace hornbeam
