#include "ops/tensor_list.h"

#include <cstring>

#include "base/memory_limit.h"
#include "ops/axes.h"
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

constexpr int kMaxDepth = 64;

[[noreturn]] void not_a_list(const Variant& variant) {
  throw InvalidArgumentError("Input handle is not a list. Saw: '" +
                             std::string(variant ? variant->type_name() : "(empty)") + "'");
}

Variant& variant_at(const KernelRun& io, std::size_t input) {
  return *reinterpret_cast<Variant*>(const_cast<std::byte*>(io.in[input]));
}

// TensorFlow's dims of an element_shape: -1 is unknown.
Shape shape_from(const TensorSpec& spec, const std::vector<std::int64_t>& values) {
  if (spec.shape.rank() == 0) {
    if (values.at(0) != -1) {
      throw InvalidArgumentError("The only valid scalar shape tensor is the fully unknown shape specified as -1.");
    }
    return Shape::unknown();
  }
  for (const auto d : values) {
    if (d < -1) throw InvalidArgumentError("Dimension " + std::to_string(d) + " must be >= -1");
  }
  return Shape(values);
}

}  // namespace

void TensorList::check_item(DType item_dtype, const Shape& item_shape) const {
  if (item_dtype != dtype) {
    throw InvalidArgumentError("Invalid data types; list elements " + std::string(name_of(dtype)) +
                               " but tried to append " + std::string(name_of(item_dtype)));
  }
  if (!shape.is_compatible_with(item_shape)) {
    throw InvalidArgumentError("Tried to append a tensor with incompatible shape to a list. Op element shape: " +
                               bracketed(item_shape) + " list shape: " + bracketed(shape));
  }
}

void TensorList::note_depth(const Tensor& item) {
  if (dtype != DType::variant) return;
  for (const auto& element : item.data<Variant>()) {
    if (const auto* inner = dynamic_cast<const TensorList*>(element.get())) depth = std::max(depth, inner->depth + 1);
  }
  if (depth > kMaxDepth) {
    throw InvalidArgumentError("a TensorList of lists is nested more than " + std::to_string(kMaxDepth) + " deep");
  }
}

void TensorList::put(std::size_t index, Tensor item) {
  check_item(item.dtype(), item.shape());
  note_depth(item);
  items[index] = std::move(item);
}

void TensorList::push(Tensor item) {
  check_item(item.dtype(), item.shape());
  if (max_items >= 0 && static_cast<std::int64_t>(items.size()) >= max_items) {
    throw InvalidArgumentError("Tried to push item into a full list list size: " + std::to_string(items.size()) +
                               " max_num_elements: " + std::to_string(max_items));
  }
  note_depth(item);
  items.push_back(std::move(item));
}

std::size_t TensorList::checked_index(std::int64_t index) const {
  if (index < 0 || index >= static_cast<std::int64_t>(items.size())) {
    throw InvalidArgumentError("Trying to access element " + std::to_string(index) + " in a list with " +
                               std::to_string(items.size()) + " elements.");
  }
  return static_cast<std::size_t>(index);
}

Shape TensorList::common_shape(Shape so_far) const {
  for (const auto& item : items) {
    if (item.defined()) so_far = merged_item_shape(so_far, item.shape());
  }
  return so_far;
}

void resize_list(TensorList& list, std::int64_t n) {
  if (static_cast<std::size_t>(n) > base::physical_memory() / sizeof(Tensor)) {
    throw ValueError("out of memory: a list of " + std::to_string(n) + " tensors");
  }
  list.items.resize(static_cast<std::size_t>(n));
}

ListFacts facts_of(const TensorList& list) {
  ListFacts facts{list.shape, false, Shape::unknown(), static_cast<std::int64_t>(list.items.size()), {}};
  for (const auto& item : list.items) {
    if (!item.defined()) continue;
    if (facts.filled && facts.item != item.shape()) facts.item = Shape::unknown();
    if (!facts.filled) facts.item = item.shape();
    facts.filled = true;
    if (list.dtype != DType::variant || item.num_elements() != 1) continue;
    if (const auto* inner = list_of(&item)) {
      const auto more = facts_of(*inner);
      facts.inner = std::make_shared<const ListFacts>(facts.inner ? joined(*facts.inner, more) : more);
    }
  }
  return facts;
}

bool same_facts(const ListFacts& a, const ListFacts& b) {
  if (a.declared != b.declared || a.filled != b.filled || a.length != b.length) return false;
  if (a.filled && a.item != b.item) return false;
  if (!a.inner || !b.inner) return a.inner == b.inner;
  return same_facts(*a.inner, *b.inner);
}

ListFacts joined(const ListFacts& a, const ListFacts& b) {
  ListFacts both;
  both.declared = a.declared == b.declared ? a.declared : Shape::unknown();
  both.length = a.length == b.length ? a.length : None;
  both.filled = a.filled || b.filled;
  if (a.filled && b.filled) {
    both.item = a.item == b.item ? a.item : Shape::unknown();
    if (a.inner && b.inner) both.inner = std::make_shared<const ListFacts>(joined(*a.inner, *b.inner));
  } else {
    both.item = a.filled ? a.item : b.item;
    both.inner = a.filled ? a.inner : b.inner;
  }
  return both;
}

const TensorList* list_of(const Tensor* tensor) {
  if (!tensor || tensor->dtype() != DType::variant || tensor->num_elements() != 1) return nullptr;
  return dynamic_cast<const TensorList*>(tensor->data<Variant>()[0].get());
}

ListFacts list_input(const ShapeContext& c, std::size_t input) {
  if (const auto* list = list_of(c.value(input))) return facts_of(*list);
  if (const auto* facts = c.list(input)) return *facts;
  ListFacts nothing;
  nothing.filled = true;  // with what is not known
  return nothing;
}

const TensorList& list_at(const KernelRun& io, std::size_t input) {
  const auto& variant = variant_at(io, input);
  const auto* list = dynamic_cast<const TensorList*>(variant.get());
  if (!list) not_a_list(variant);
  return *list;
}

std::shared_ptr<TensorList> taken_list(const KernelRun& io, std::size_t input) {
  const auto& list = list_at(io, input);
  auto& in = variant_at(io, input);
  if (&in != io.output<Variant>(0) || in.use_count() != 1) return std::make_shared<TensorList>(list);
  auto taken = std::const_pointer_cast<VariantObject>(std::move(in));
  return std::static_pointer_cast<TensorList>(std::move(taken));
}

Tensor KeptInput::get(const KernelRun& io) const {
  if (value_.defined()) return value_;
  auto copy = Tensor::empty(spec_.dtype, spec_.shape);
  copy_elements(spec_.dtype, io.in[input_], copy.mutable_raw(), spec_.shape.num_elements());
  return copy;
}

Shape row_shape(const Shape& tensor) {
  if (!tensor.has_rank()) return tensor;
  if (tensor.rank() == 0) {
    throw InvalidArgumentError("Tensor must be at least a vector, but saw shape: " + bracketed(tensor));
  }
  return Shape(std::vector<std::int64_t>(tensor.begin() + 1, tensor.end()));
}

std::vector<Tensor> rows_of(const Tensor& tensor, const Shape& row) {
  const auto count = tensor.shape()[0];
  if (static_cast<std::size_t>(count) > base::physical_memory() / sizeof(TensorImpl)) {
    throw ValueError("out of memory: a list of " + std::to_string(count) + " tensors");
  }
  std::vector<Tensor> rows;
  rows.reserve(static_cast<std::size_t>(count));
  const auto bytes = static_cast<std::size_t>(row.num_elements()) * size_of(tensor.dtype());
  const auto* at = tensor.raw();
  for (std::int64_t i = 0; i < count; ++i) {
    rows.push_back(Tensor::borrow(tensor.dtype(), row, at, tensor.impl()));
    at += bytes;
  }
  return rows;
}

void copy_elements(DType dtype, const std::byte* from, std::byte* to, std::int64_t n) {
  if (n == 0) return;
  if (!holds_objects(dtype)) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * size_of(dtype));
    return;
  }
  dispatch_layout(dtype, "TensorList",
                  [&]<class T>() { std::copy_n(reinterpret_cast<const T*>(from), n, reinterpret_cast<T*>(to)); });
}

void write_item(const Tensor& item, const TensorSpec& as, std::byte* to) {
  const auto n = as.shape.num_elements();
  if (item.defined()) {
    if (item.shape() != as.shape) {
      throw InvalidArgumentError("a TensorList's item has shape " + bracketed(item.shape()) + ", expected " +
                                 bracketed(as.shape));
    }
    copy_elements(as.dtype, item.raw(), to, n);
  } else {
    dispatch_layout(as.dtype, "TensorList", [&]<class T>() { std::fill_n(reinterpret_cast<T*>(to), n, T{}); });
  }
}

Shape element_shape_input(const ShapeContext& c, std::size_t input) {
  if (const auto known = c.ints(input)) return shape_from({c.dtype(input), c.shape(input)}, *known);
  const auto& s = c.shape(input);
  return s.has_rank() && s.rank() == 0 ? Shape::unknown() : c.value_as_shape(input);
}

Shape ElementShape::get(const KernelRun& io) const {
  return shape_from(spec_, int_values(Tensor::borrow(spec_.dtype, spec_.shape, io.in[input_])));
}

Tensor known_dims(const Shape& shape) {
  return shape.has_rank() ? int32_vector(shape.dims()) : Tensor::scalar<std::int32_t>(-1);
}
Tensor known_shape(const Tensor& x) { return known_dims(x.shape()); }
Tensor known_row_shape(const Tensor& x) { return known_dims(row_shape(x.shape())); }

void check_list_dtype(const TensorList& list, DType wanted) {
  if (list.dtype == wanted) return;
  throw InvalidArgumentError("Invalid data types; op elements " + std::string(name_of(wanted)) + " but list elements " +
                             std::string(name_of(list.dtype)));
}

Shape merged_item_shape(const Shape& a, const Shape& b) { return merge_shapes(a, b, "TensorList"); }

}  // namespace hornbeam
