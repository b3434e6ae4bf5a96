#include "keras/engine/call_scope.h"

#include "graph/variables.h"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {
thread_local CallScope* current_scope = nullptr;
}

void CallScope::apply_updates() {
  for (const auto& update : updates()) {
    const Tensor old = update.variable;
    graph::assign(update.variable, old - (old - ops::cast(update.value, old.dtype())) * (1.0 - update.momentum));
  }
}

CallScope* CallScope::current() { return current_scope; }

CallScope::CallScope(const Layer& layer, std::optional<bool> training)
    : outer_(current_scope),
      layer_(&layer),
      training_(training),
      name_scope_((outer_ ? outer_->name_scope_ : "") + layer.name() + "/") {
  if (!training_ && outer_) {
    training_ = outer_->training_;
  }
  current_scope = this;
}

CallScope::CallScope(bool training) : outer_(current_scope), training_(training) { current_scope = this; }

CallScope::~CallScope() {
  current_scope = outer_;
  // A layer that calls one which reads training depends on training itself.
  if (outer_ && training_read_) outer_->training_read_ = true;
}

RootNameScope::RootNameScope() : saved_(current_scope) { current_scope = nullptr; }
RootNameScope::~RootNameScope() { current_scope = saved_; }

}  // namespace hornbeam
