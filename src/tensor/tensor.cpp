#include "hornbeam/tensor.hpp"

#include <cstdlib>
#include <memory>
#include <new>

#include "base/checked_math.h"
#include "base/memory_limit.h"
#include "tensor/resource.h"
#include "tensor/variant.h"

namespace hornbeam {
namespace {

// As Python shows bytes: nothing in a file may steer a terminal.
std::string bytes_text(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out = "b'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "'";
}
constexpr std::align_val_t kAlignment{64};

template <class T>
void append_values(std::string& out, const Tensor& t) {
  const auto values = t.data<T>();
  const auto n = std::min<std::size_t>(values.size(), 8);
  for (std::size_t i = 0; i < n; ++i) {
    if (i) out += ", ";
    if constexpr (std::is_same_v<T, std::string>) {
      out += bytes_text(values[i]);
    } else {
      out += std::to_string(values[i]);
    }
  }
  if (values.size() > n) out += ", ...";
}

// Elements that are C++ objects, constructed in memory that owns them.
template <class T>
std::shared_ptr<void> construct(void* memory, std::int64_t elements) {
  auto* objects = static_cast<T*>(memory);
  std::uninitialized_value_construct_n(objects, elements);
  return std::shared_ptr<void>(memory, [elements](void* q) {
    std::destroy_n(static_cast<T*>(q), elements);
    ::operator delete(q, kAlignment);
  });
}

// How many bytes so many elements take. Throws ValueError for more than this machine has.
std::size_t checked_bytes(DType dtype, std::int64_t elements) {
  const auto bytes = base::checked_mul(static_cast<std::size_t>(elements), size_of(dtype));
  if (elements < 0 || !bytes || *bytes > (std::size_t{1} << 46)) {
    throw ValueError("cannot allocate a tensor of " + std::to_string(elements) + " elements of " +
                     std::string(name_of(dtype)));
  }
  if (*bytes > base::physical_memory()) {
    throw ValueError("out of memory: a tensor of " + std::to_string(*bytes) + " bytes is bigger than this machine's " +
                     std::to_string(base::physical_memory()));
  }
  return *bytes;
}

[[noreturn]] void refuse_memory(std::size_t bytes) {
  throw ValueError("out of memory: a tensor of " + std::to_string(bytes) + " bytes");
}

// Numbers that are all 0. Large ones in memory that the system hands out as zeros when it is first touched: a state
// that a file asks for and nobody uses costs none.
Buffer zeroed(DType dtype, std::int64_t elements) {
  constexpr auto kTo = static_cast<std::size_t>(kAlignment);
  Buffer b;
  b.bytes = checked_bytes(dtype, elements);
  auto space = b.bytes + 2 * kTo;
  void* p = std::calloc(space, 1);
  if (!p) refuse_memory(b.bytes);
  b.owner = std::shared_ptr<void>(p, [](void* q) { std::free(q); });
  b.data = static_cast<std::byte*>(std::align(kTo, b.bytes + kTo, p, space));
  return b;
}
}  // namespace

bool holds_objects(DType dtype) { return dtype == DType::string || dtype == DType::variant; }

Buffer Buffer::allocate(DType dtype, std::int64_t elements) {
  const auto bytes = checked_bytes(dtype, elements);
  void* p = ::operator new(bytes + 64, kAlignment, std::nothrow);
  if (!p) refuse_memory(bytes);
  Buffer b;
  b.data = static_cast<std::byte*>(p);
  b.bytes = bytes;
  if (dtype == DType::string) {
    b.owner = construct<std::string>(p, elements);
  } else if (dtype == DType::variant) {
    b.owner = construct<Variant>(p, elements);
  } else {
    b.owner = std::shared_ptr<void>(p, [](void* q) { ::operator delete(q, kAlignment); });
  }
  return b;
}

Tensor Tensor::empty(DType dtype, const Shape& shape) {
  auto impl = std::make_shared<TensorImpl>(dtype, shape);
  impl->buffer = Buffer::allocate(dtype, shape.num_elements());
  return Tensor(std::move(impl));
}

Tensor Tensor::zeros(DType dtype, const Shape& shape) {
  if (holds_objects(dtype)) return empty(dtype, shape);
  auto impl = std::make_shared<TensorImpl>(dtype, shape);
  impl->buffer = zeroed(dtype, shape.num_elements());
  return Tensor(std::move(impl));
}

Tensor Tensor::borrow(DType dtype, const Shape& shape, const void* data, std::shared_ptr<void> owner) {
  auto impl = std::make_shared<TensorImpl>(dtype, shape);
  impl->buffer.data = const_cast<std::byte*>(static_cast<const std::byte*>(data));
  impl->buffer.bytes = static_cast<std::size_t>(shape.num_elements()) * size_of(dtype);
  impl->buffer.owner = std::move(owner);
  return Tensor(std::move(impl));
}

Tensor variant_tensor(Variant value) {
  Tensor t = Tensor::empty(DType::variant, {});
  t.mutable_data<Variant>()[0] = std::move(value);
  return t;
}

Tensor resource_tensor(Variable variable) {
  auto impl = std::make_shared<TensorImpl>(DType::resource, Shape{});
  impl->buffer.owner = std::move(variable);
  return Tensor(std::move(impl));
}

Variable variable_of(const Tensor& resource) {
  if (resource.dtype() != DType::resource || !resource.is_concrete()) {
    throw TypeError("a resource was expected, received " + resource.to_string());
  }
  return std::static_pointer_cast<VariableNode>(resource.impl()->buffer.owner);
}

Tensor Tensor::reshaped(const Shape& new_shape) const {
  if (new_shape.num_elements() != num_elements()) {
    throw InvalidArgumentError("Input to reshape is a tensor with " + std::to_string(num_elements()) +
                               " values, but the requested shape has " + std::to_string(new_shape.num_elements()));
  }
  auto impl = std::make_shared<TensorImpl>(dtype(), new_shape);
  impl->buffer = impl_->buffer;
  return Tensor(std::move(impl));
}

void Tensor::check_access(DType wanted) const {
  const auto& impl = checked();
  if (impl.recorder) {
    throw TypeError("a symbolic tensor of shape " + impl.shape.to_string() +
                    " has no values: it stands for what a function or model will compute. Use ops on it "
                    "(ops::shape for its dims, ops::cond and ops::while_loop for control flow), or run the model.");
  }
  if (impl.dtype != wanted) {
    throw TypeError("tensor of dtype " + std::string(name_of(impl.dtype)) + " read as " + std::string(name_of(wanted)));
  }
}

Tensor::operator bool() const {
  if (!is_concrete()) {
    throw TypeError(
        "using a symbolic tensor as a C++ bool is not allowed: its value is not known while tracing. "
        "Use ops::cond or ops::while_loop.");
  }
  return item<bool>();
}

std::string Tensor::to_string() const {
  if (!defined()) return "<Tensor undefined>";
  std::string s = "<Tensor shape=" + shape().to_string() + " dtype=" + std::string(name_of(dtype()));
  if (is_concrete()) {
    std::string values;
    switch (dtype()) {
      case DType::float32:
        append_values<float>(values, *this);
        break;
      case DType::float64:
        append_values<double>(values, *this);
        break;
      case DType::int32:
        append_values<std::int32_t>(values, *this);
        break;
      case DType::int64:
        append_values<std::int64_t>(values, *this);
        break;
      case DType::boolean:
        append_values<bool>(values, *this);
        break;
      case DType::string:
        append_values<std::string>(values, *this);
        break;
      default:
        break;
    }
    if (!values.empty()) s += " [" + values + "]";
  }
  return s + ">";
}

}  // namespace hornbeam
