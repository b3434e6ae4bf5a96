// Tensor: a cheap shared handle to an n-dimensional value.
//
// What a tensor holds decides what an op call on it does (docs/design.md, "One engine"):
//   a buffer                    the kernel runs now;
//   a node of a traced function the op is appended to that function;
//   a symbolic Keras tensor     (Input(...)) the op becomes a layer of the functional model.
//
// Thread-safety: tensors are immutable once made; handles may be copied and read from several threads.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hornbeam/dtype.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam {

class Recorder;
class VariableNode;

// Memory of a tensor: owned, borrowed or mapped; `owner` keeps it alive. For strings it is an array of std::string.
struct Buffer {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::shared_ptr<void> owner;
  // 64-byte aligned; strings are constructed empty, other bytes are not initialised. Throws ValueError when it cannot
  // be had.
  static Buffer allocate(DType dtype, std::int64_t elements);
};

// What handles share. Recorders derive from it to say which node a symbolic tensor is.
struct TensorImpl {
  TensorImpl(DType d, Shape s) : dtype(d), shape(std::move(s)) {}
  virtual ~TensorImpl() = default;
  DType dtype;
  Shape shape;
  Buffer buffer;                       // of a concrete tensor
  std::shared_ptr<Recorder> recorder;  // null for a concrete tensor
  std::shared_ptr<TensorImpl>
      logits;  // of what activations::softmax and sigmoid give: their input, for cross-entropies
};

class Tensor {
 public:
  Tensor() = default;  // no tensor: `defined()` is false
  explicit Tensor(std::shared_ptr<TensorImpl> impl) : impl_(std::move(impl)) {}
  // The variable's value: now, or as a captured read in a trace; inside a layer's call cast to its compute dtype.
  Tensor(const std::shared_ptr<VariableNode>& variable);

  // Uninitialised memory (strings are empty). The shape must be fully known.
  static Tensor empty(DType dtype, const Shape& shape);
  static Tensor zeros(DType dtype, const Shape& shape);
  // Copies.
  template <class T>
  static Tensor from(const Shape& shape, std::span<const T> values);
  template <class T>
  static Tensor from(const Shape& shape, std::initializer_list<T> values) {
    return from<T>(shape, std::span<const T>(values.begin(), values.size()));
  }
  template <class T>
  static Tensor from(const Shape& shape, const std::vector<T>& values) {
    return from<T>(shape, std::span<const T>(values));
  }
  template <class T>
  static Tensor scalar(T value) {
    return from<T>({}, std::span<const T>(&value, 1));
  }
  // A view of memory that `owner` keeps alive (a mapped file, the caller's array). Nothing is copied.
  static Tensor borrow(DType dtype, const Shape& shape, const void* data, std::shared_ptr<void> owner = nullptr);
  // The same buffer under another shape of as many elements.
  Tensor reshaped(const Shape& shape) const;

  bool defined() const { return impl_ != nullptr; }
  // Holds values now (neither a node of a trace nor a symbolic Keras tensor).
  bool is_concrete() const { return impl_ && !impl_->recorder; }
  DType dtype() const { return checked().dtype; }
  const Shape& shape() const { return checked().shape; }
  std::size_t rank() const { return shape().rank(); }
  std::int64_t num_elements() const { return shape().num_elements(); }

  // Values; throw TypeError when the dtype differs or the tensor is symbolic.
  template <class T>
  std::span<const T> data() const {
    check_access(DTypeOf<T>::value);
    return {reinterpret_cast<const T*>(impl_->buffer.data), static_cast<std::size_t>(num_elements())};
  }
  // For whoever has just made the tensor and not yet shared it.
  template <class T>
  std::span<T> mutable_data() {
    check_access(DTypeOf<T>::value);
    return {reinterpret_cast<T*>(impl_->buffer.data), static_cast<std::size_t>(num_elements())};
  }
  // The only element. Throws ValueError when there are more.
  template <class T>
  T item() const {
    if (num_elements() != 1) throw ValueError("can only convert a tensor of size 1 to a scalar");
    return data<T>()[0];
  }
  // A traced or symbolic tensor used as a C++ bool or number throws TypeError and names ops::cond and ops::while_loop.
  explicit operator bool() const;

  const std::byte* raw() const { return checked().buffer.data; }
  std::byte* mutable_raw() { return checked().buffer.data; }
  std::size_t bytes() const { return checked().buffer.bytes; }
  const std::shared_ptr<TensorImpl>& impl() const { return impl_; }
  Recorder* recorder() const { return impl_ ? impl_->recorder.get() : nullptr; }

  // "<Tensor shape=(2, 3) dtype=float32>" with the first values when concrete.
  std::string to_string() const;

 private:
  TensorImpl& checked() const {
    if (!impl_) throw ValueError("an undefined tensor was used");
    return *impl_;
  }
  void check_access(DType wanted) const;
  std::shared_ptr<TensorImpl> impl_;
};

template <class T>
Tensor Tensor::from(const Shape& shape, std::span<const T> values) {
  if (static_cast<std::size_t>(shape.num_elements()) != values.size()) {
    throw ValueError("cannot reshape array of size " + std::to_string(values.size()) + " into shape " +
                     shape.to_string());
  }
  Tensor t = empty(DTypeOf<T>::value, shape);
  auto out = t.template mutable_data<T>();
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i];
  return t;
}

}  // namespace hornbeam
