#include "hornbeam/variable.hpp"

#include <atomic>
#include <cstring>

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
  owns_value_ = false;
  unchecked_.store(false, std::memory_order_release);
  check_ = nullptr;
  note_written();
}

void VariableNode::assign_unchecked(const Tensor& value, std::function<void()> check) {
  assign(value);
  check_ = std::move(check);
  unchecked_.store(true, std::memory_order_release);
}

// check_ itself stays until the next assignment: another thread may be running it.
void VariableNode::check_value() const {
  check_();
  unchecked_.store(false, std::memory_order_release);
}

std::byte* VariableNode::writable() {
  if (dtype() == DType::string) throw TypeError("variable '" + name() + "' of dtype string is assigned to as a whole");
  const auto& impl = value().impl();
  if (!owns_value_ || impl.use_count() > 1 || impl->buffer.owner.use_count() > 1) {
    auto copy = Tensor::empty(dtype(), shape());
    if (value_.bytes() != 0) std::memcpy(copy.mutable_raw(), value_.raw(), copy.bytes());
    value_ = std::move(copy);
    check_ = nullptr;  // it keeps the file mapped
    owns_value_ = true;
  }
  return value_.mutable_raw();
}

void VariableNode::note_written() {
  ++version_;
  epoch.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace hornbeam
