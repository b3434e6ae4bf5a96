// Variable: a value with identity that ops may read in a trace and that assignments change.
//
// Mirrors tf.Variable / keras.Variable. A handle; copies share. Thread-safety: concurrent reads are safe; an assignment
// needs external locking against reads, runs and other assignments.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "hornbeam/tensor.hpp"
#include "hornbeam/trackable.hpp"

namespace hornbeam {

class VariableNode : public Trackable {
 public:
  VariableNode(std::string name, Tensor value, bool trainable);

  // With TensorFlow's output suffix: "dense/kernel:0". `path()` is without it.
  std::string name() const { return path_ + ":0"; }
  const std::string& path() const { return path_; }
  void rename(std::string path) { path_ = std::move(path); }
  DType dtype() const { return value_.dtype(); }
  const Shape& shape() const { return value_.shape(); }
  bool trainable() const { return trainable_; }
  void set_trainable(bool trainable) { trainable_ = trainable; }

  // Throws what the check of assign_unchecked throws.
  const Tensor& value() const {
    if (unchecked_.load(std::memory_order_acquire)) check_value();
    return value_;
  }
  // Replaces the value; dtype and shape must be the variable's. Throws ValueError in Keras's words.
  void assign(const Tensor& value);
  // The same with a value that may turn out to be damaged: it is mapped from a file whose checksums nobody has compared
  // yet. `check` does so when the value is first used, and throws when it must (FormatError): at each use, until
  // another value is assigned. It may be called by several threads at once.
  void assign_unchecked(const Tensor& value, std::function<void()> check);
  // For kernels that write in place: memory that this variable alone holds (a copy is made first when another tensor
  // shares it, or it is mapped from a file). Whoever wrote says so with note_written().
  std::byte* writable();
  void note_written();
  // Rises with every assignment; whatever was derived from the value is remade when it differs.
  std::uint64_t version() const { return version_; }

 private:
  void check_value() const;
  std::string path_;
  Tensor value_;
  bool trainable_;
  bool owns_value_ = false;  // writable() made the value
  std::function<void()> check_;
  mutable std::atomic<bool> unchecked_ = false;  // check_ has not passed yet
  std::uint64_t version_ = 1;
};

using Variable = std::shared_ptr<VariableNode>;

// Counts the assignments of all variables: when it has not moved, no version has.
std::uint64_t variable_epoch();

}  // namespace hornbeam
