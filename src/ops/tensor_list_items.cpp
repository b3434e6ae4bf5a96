// Ops on single items of a TensorList: PushBack, PopBack, GetItem, SetItem; and Length, ElementShape, Resize.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/shape_math.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

// The shape of an item that was never set: what the op and the list say of it, or else the other items.
Shape unset_shape(const TensorList& list, const Shape& asked) {
  auto shape = merged_item_shape(asked, list.shape);
  if (!shape.is_fully_known()) shape = list.common_shape(std::move(shape));
  if (!shape.is_fully_known()) {
    throw InvalidArgumentError("Trying to read an uninitialized element but element_shape is not fully defined." +
                               bracketed(shape));
  }
  return shape;
}

Shape item_shape(const TensorList& list, std::size_t index, const Shape& asked) {
  const auto& item = list.items[index];
  if (!item.defined()) return unset_shape(list, asked);
  if (!asked.is_compatible_with(item.shape())) {
    throw InvalidArgumentError("Incompatible shapes during merge: " + bracketed(asked) + " vs. " +
                               bracketed(item.shape()));
  }
  return item.shape();
}

// Of one item of list input 0, in a shape rule that does not know which.
Shape any_item_shape(const ShapeContext& c, const Shape& asked) {
  const auto facts = list_input(c, 0);
  const auto shape = merged_item_shape(asked, facts.declared);
  return facts.filled ? merged_item_shape(shape, facts.item) : shape;
}

std::vector<Shape> push_shape(const ShapeContext& c) {
  const auto declared = list_input(c, 0).declared;
  if (!declared.is_compatible_with(c.shape(1))) {
    throw InvalidArgumentError("Tried to append a tensor with incompatible shape to a list. Op element shape: " +
                               bracketed(c.shape(1)) + " list shape: " + bracketed(declared));
  }
  return {Shape{}};
}

// A tensor of `shape` is put into a list of which this is known.
ListFacts with_item(ListFacts facts, const ShapeContext& c, std::size_t item) {
  facts.item = !facts.filled || facts.item == c.shape(item) ? c.shape(item) : Shape::unknown();
  if (c.dtype(item) == DType::variant) {
    const auto* inner = c.list(item);
    if (!inner) {
      facts.inner = nullptr;
    } else if (!facts.filled) {
      facts.inner = std::make_shared<const ListFacts>(*inner);
    } else if (facts.inner) {
      facts.inner = std::make_shared<const ListFacts>(joined(*facts.inner, *inner));
    }
  }
  facts.filled = true;
  return facts;
}

ListFacts push_facts(const ShapeContext& c) {
  auto facts = with_item(list_input(c, 0), c, 1);
  if (facts.length >= 0) ++facts.length;
  return facts;
}

std::unique_ptr<Kernel> push_kernel(const KernelSpec& spec) {
  return make_kernel([item = KeptInput(spec, 1)](const KernelRun& io) {
    auto list = taken_list(io, 0);
    list->push(item.get(io));
    give_list(io, std::move(list));
  });
}

std::vector<Shape> pop_shapes(const ShapeContext& c) {
  const auto asked = element_shape_input(c, 1);
  if (const auto* list = list_of(c.value(0))) {
    if (list->items.empty()) throw InvalidArgumentError("Trying to pop from an empty list.");
    return {Shape{}, item_shape(*list, list->items.size() - 1, asked)};
  }
  return {Shape{}, any_item_shape(c, asked)};
}

ListFacts pop_facts(const ShapeContext& c) {
  auto facts = list_input(c, 0);
  if (facts.length > 0) --facts.length;
  return facts;
}

std::unique_ptr<Kernel> pop_kernel(const KernelSpec& spec) {
  const auto dtype = spec.attrs.type("element_dtype");
  return make_kernel([dtype, shape = spec.outputs[1].shape](const KernelRun& io) {
    auto list = taken_list(io, 0);
    check_list_dtype(*list, dtype);
    if (list->items.empty()) throw InvalidArgumentError("Trying to pop from an empty list.");
    write_item(list->items.back(), {dtype, shape}, io.out[1]);
    list->items.pop_back();
    give_list(io, std::move(list));
  });
}

std::vector<Shape> get_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 0, "TensorListGetItem", "index");
  const auto asked = element_shape_input(c, 2);
  const auto* list = list_of(c.value(0));
  const auto index = known_scalar(c, 1, "index");
  if (list && index) return {item_shape(*list, list->checked_index(*index), asked)};
  return {any_item_shape(c, asked)};
}

std::unique_ptr<Kernel> get_kernel(const KernelSpec& spec) {
  const auto dtype = spec.attrs.type("element_dtype");
  return make_kernel([dtype, shape = spec.outputs[0].shape](const KernelRun& io) {
    const auto& list = list_at(io, 0);
    check_list_dtype(list, dtype);
    write_item(list.items[list.checked_index(*io.input<std::int32_t>(1))], {dtype, shape}, io.out[0]);
  });
}

// Of an item that is a list itself.
ListFacts item_facts(const ShapeContext& c) {
  const auto facts = list_input(c, 0);
  if (facts.inner) return *facts.inner;
  return {Shape::unknown(), true, Shape::unknown(), None, {}};
}

std::vector<Shape> set_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 0, "TensorListSetItem", "index");
  const auto declared = list_input(c, 0).declared;
  if (!declared.is_compatible_with(c.shape(2))) {
    throw InvalidArgumentError("Tried to set a tensor with incompatible shape at a list index. Item element shape: " +
                               bracketed(c.shape(2)) + " list shape: " + bracketed(declared));
  }
  return {Shape{}};
}

ListFacts set_facts(const ShapeContext& c) { return with_item(list_input(c, 0), c, 2); }

std::unique_ptr<Kernel> set_kernel(const KernelSpec& spec) {
  return make_kernel([item = KeptInput(spec, 2)](const KernelRun& io) {
    auto list = taken_list(io, 0);
    const auto index = list->checked_index(*io.input<std::int32_t>(1));
    list->put(index, item.get(io));
    give_list(io, std::move(list));
  });
}

std::vector<Shape> scalar_shape(const ShapeContext&) { return {Shape{}}; }

std::unique_ptr<Kernel> length_kernel(const KernelSpec&) {
  return make_kernel([](const KernelRun& io) {
    *io.output<std::int32_t>(0) = checked_int32(static_cast<std::int64_t>(list_at(io, 0).items.size()));
  });
}

std::vector<Shape> element_shape_shape(const ShapeContext& c) {
  const auto* list = list_of(c.value(0));
  if (!list) return {Shape::unknown()};
  if (!list->shape.has_rank()) return {Shape{}};
  return {Shape{static_cast<std::int64_t>(list->shape.rank())}};
}

// The output's shape depends on the list.
Tensors element_shape(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto* list = list_of(&inputs[0]);
  if (!list) throw InvalidArgumentError("Input handle is not a list.");
  const auto dims = list->shape.has_rank() ? list->shape.dims() : std::vector<std::int64_t>{-1};
  const auto shape = list->shape.has_rank() ? Shape{static_cast<std::int64_t>(dims.size())} : Shape{};
  if (attrs.type("shape_type") == DType::int64) return {Tensor::from<std::int64_t>(shape, dims)};
  return {int32_vector(dims).reshaped(shape)};
}

ListFacts resize_facts(const ShapeContext& c) {
  auto facts = list_input(c, 0);
  facts.length = known_scalar(c, 1, "size").value_or(None);
  return facts;
}

std::unique_ptr<Kernel> resize_kernel(const KernelSpec&) {
  return make_kernel([](const KernelRun& io) {
    const auto size = *io.input<std::int32_t>(1);
    if (size < 0) {
      throw InvalidArgumentError("TensorListSlice expects size to be non-negative. Got: " + std::to_string(size));
    }
    auto list = taken_list(io, 0);
    resize_list(*list, size);
    give_list(io, std::move(list));
  });
}

Tensors push_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}};
  return call_op("TensorListPopBack", {c.grad(), known_shape(c.input(1))}, {{"element_dtype", c.input(1).dtype()}});
}

Tensors pop_gradient(const GradientContext& c) {
  const auto dtype = c.output(1).dtype();
  auto list = c.has_grad(0) ? c.grad(0)
                            : call_op1("EmptyTensorList", {known_shape(c.output(1)), Tensor::scalar<std::int32_t>(-1)},
                                       {{"element_dtype", dtype}});
  return {call_op1("TensorListPushBack", {list, c.grad(1)}, {{"element_dtype", dtype}}), {}};
}

// A list like it, all unset, but for the item whose gradient this is.
Tensors get_gradient(const GradientContext& c) {
  const auto dtype = c.output().dtype();
  const auto shape = call_op1("TensorListElementShape", {c.input(0)}, {{"shape_type", DType::int32}});
  const auto length = call_op1("TensorListLength", {c.input(0)});
  const auto list = call_op1("TensorListReserve", {shape, length}, {{"element_dtype", dtype}});
  return {call_op1("TensorListSetItem", {list, c.input(1), c.grad()}, {{"element_dtype", dtype}}), {}, {}};
}

Tensors set_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}, {}};
  const Attrs attrs{{"element_dtype", c.input(2).dtype()}};
  Tensors grads(3);
  if (c.wanted(0)) grads[0] = call_op1("TensorListSetItem", {c.grad(), c.input(1), ops::zeros_like(c.input(2))}, attrs);
  if (c.wanted(2)) grads[2] = call_op1("TensorListGetItem", {c.grad(), c.input(1), shape_of(c.input(2))}, attrs);
  return grads;
}

Tensors resize_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}};
  return {call_op1("TensorListResize", {c.grad(), call_op1("TensorListLength", {c.input(0)})}), {}};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(tensor_list_items) {
  using namespace hornbeam;
  add_op(OpDef("TensorListPushBack")
             .input("input_handle: variant")
             .input("tensor: element_dtype")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .shape(push_shape)
             .list(push_facts)
             .kernel(push_kernel)
             .elementwise()
             .gradient(push_gradient));
  add_op(OpDef("TensorListPopBack")
             .input("input_handle: variant")
             .input("element_shape: int32")
             .output("output_handle: variant")
             .output("tensor: element_dtype")
             .attr("element_dtype: type")
             .shape(pop_shapes)
             .list(pop_facts)
             .kernel(pop_kernel)
             .elementwise()
             .gradient(pop_gradient));
  add_op(OpDef("TensorListGetItem")
             .input("input_handle: variant")
             .input("index: int32")
             .input("element_shape: int32")
             .output("item: element_dtype")
             .attr("element_dtype: type")
             .shape(get_shape)
             .list(item_facts)
             .kernel(get_kernel)
             .gradient(get_gradient));
  add_op(OpDef("TensorListSetItem")
             .input("input_handle: variant")
             .input("index: int32")
             .input("item: element_dtype")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .shape(set_shape)
             .list(set_facts)
             .kernel(set_kernel)
             .elementwise()
             .gradient(set_gradient));
  add_op(OpDef("TensorListLength")
             .input("input_handle: variant")
             .output("length: int32")
             .shape(scalar_shape)
             .kernel(length_kernel)
             .no_gradient());
  add_op(OpDef("TensorListElementShape")
             .input("input_handle: variant")
             .output("element_shape: shape_type")
             .attr("shape_type: type")
             .shape(element_shape_shape)
             .dynamic(element_shape)
             .no_gradient());
  add_op(OpDef("TensorListResize")
             .input("input_handle: variant")
             .input("size: int32")
             .output("output_handle: variant")
             .shape(scalar_shape)
             .list(resize_facts)
             .kernel(resize_kernel)
             .elementwise()
             .gradient(resize_gradient));
}
