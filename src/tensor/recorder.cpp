#include "tensor/recorder.h"

namespace hornbeam {
namespace {
thread_local Recorder* current = nullptr;
thread_local std::pair<DType, AutocastScope::Cast> autocast{DType::invalid, nullptr};
}  // namespace

Recorder* current_recorder() { return current; }
RecorderScope::RecorderScope(Recorder* recorder) : saved_(current) { current = recorder; }
RecorderScope::~RecorderScope() { current = saved_; }

AutocastScope::AutocastScope(DType dtype, Cast cast) : saved_(autocast) { autocast = {dtype, cast}; }
AutocastScope::~AutocastScope() { autocast = saved_; }

Tensor::Tensor(const std::shared_ptr<VariableNode>& variable) {
  if (!variable) throw ValueError("a variable that does not exist was read: is the layer built?");
  *this = current ? current->read_variable(variable) : variable->value();
  const auto [dtype, cast] = autocast;
  if (cast && dtype != this->dtype() && is_floating(this->dtype())) *this = cast(*this, dtype);
}

}  // namespace hornbeam
