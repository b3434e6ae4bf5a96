#include "keras/layers/recurrent/sequence_scope.h"

namespace hornbeam {
namespace {
thread_local SequenceScope* current = nullptr;
}

SequenceScope::SequenceScope() : outer_(current) { current = this; }
SequenceScope::~SequenceScope() { current = outer_; }

std::vector<Tensor> SequenceScope::once(const Layer& cell, const char* what,
                                        const std::function<std::vector<Tensor>()>& make) {
  if (!current) return make();
  const std::pair<const Layer*, std::string> key{&cell, what};
  const auto at = current->made_.find(key);
  return at != current->made_.end() ? at->second : current->made_.emplace(key, make()).first->second;
}

}  // namespace hornbeam
