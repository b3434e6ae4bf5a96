#include "tensor/recorder.h"

namespace hornbeam {
namespace {
thread_local Recorder* current = nullptr;
thread_local std::pair<DType, AutocastScope::Cast> autocast{DType::invalid, nullptr};
thread_local std::vector<Observer*> watching;
}  // namespace

std::vector<Observer*>& observers() { return watching; }

Recorder* current_recorder() { return current; }
RecorderScope::RecorderScope(Recorder* recorder) : saved_(current) { current = recorder; }
RecorderScope::~RecorderScope() { current = saved_; }

AutocastScope::AutocastScope(DType dtype, Cast cast) : saved_(autocast) { autocast = {dtype, cast}; }
AutocastScope::~AutocastScope() { autocast = saved_; }

Tensor::Tensor(const std::shared_ptr<VariableNode>& variable) {
  if (!variable) throw ValueError("a variable that does not exist was read: is the layer built?");
  *this = current ? current->read_variable(variable) : variable->value();
  if (!watching.empty()) {
    // The value may be another op's result that was assigned: gradients of the variable end at the read.
    if (is_concrete()) *this = reshaped(shape());
    for (auto* observer : watching) observer->on_read(variable, *this);
  }
  const auto [dtype, cast] = autocast;
  if (cast && dtype != this->dtype() && is_floating(this->dtype())) *this = cast(*this, dtype);
}

}  // namespace hornbeam
