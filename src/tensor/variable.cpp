#include "hornbeam/variable.hpp"

#include <atomic>

namespace hornbeam {
namespace {
std::atomic<std::uint64_t> epoch{1};
}

std::uint64_t variable_epoch() { return epoch.load(std::memory_order_acquire); }

VariableNode::VariableNode(std::string path, Tensor value, bool trainable)
    : path_(std::move(path)), value_(std::move(value)), trainable_(trainable) {}

void VariableNode::assign(const Tensor& value) {
  if (value.dtype() != dtype()) {
    throw TypeError("Cannot assign a value of dtype " + std::string(name_of(value.dtype())) + " to variable '" +
                    name() + "' of dtype " + std::string(name_of(dtype())));
  }
  if (value.shape() != shape()) {
    throw ValueError("Cannot assign to variable " + name() + " due to variable shape " + shape().to_string() +
                     " and value shape " + value.shape().to_string() + " are incompatible");
  }
  value_ = value;
  ++version_;
  epoch.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace hornbeam
