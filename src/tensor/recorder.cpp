#include "tensor/recorder.h"

namespace hornbeam {
namespace {
thread_local Recorder* current = nullptr;
}

Recorder* current_recorder() { return current; }
RecorderScope::RecorderScope(Recorder* recorder) : saved_(current) { current = recorder; }
RecorderScope::~RecorderScope() { current = saved_; }

}  // namespace hornbeam
