// Ops on many items of a TensorList at once: Stack, Gather, ScatterIntoExistingList, ConcatV2.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/shape_math.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

Shape stacked(std::int64_t count, const Shape& item) {
  if (!item.has_rank()) return item;
  auto dims = item.dims();
  dims.insert(dims.begin(), count);
  return Shape(std::move(dims));
}

// The shape of the items that `op` reads, which must be known by now.
Shape known_items(const TensorList& list, const Shape& asked, const char* op) {
  auto shape = merged_item_shape(asked, list.shape);
  if (!shape.is_fully_known() && list.items.empty()) {
    throw InvalidArgumentError("Tried to " + std::string(op) +
                               " elements of an empty list with non-fully-defined element_shape: " + bracketed(shape));
  }
  shape = list.common_shape(std::move(shape));
  if (!shape.is_fully_known()) {
    throw InvalidArgumentError("Tried to " + std::string(op) +
                               " list which only contains uninitialized tensors and has a non-fully-defined "
                               "element_shape: " +
                               bracketed(shape));
  }
  return shape;
}

Shape expected_items(const ShapeContext& c, const Shape& asked) {
  const auto facts = list_input(c, 0);
  const auto shape = merged_item_shape(asked, facts.declared);
  return facts.filled ? merged_item_shape(shape, facts.item) : shape;
}

void check_count(const TensorList& list, std::int64_t wanted) {
  const auto n = static_cast<std::int64_t>(list.items.size());
  if (wanted < 0 || wanted == n) return;
  throw InvalidArgumentError("Operation expected a list with " + std::to_string(wanted) +
                             " elements but got a list with " + std::to_string(n) + " elements.");
}

std::vector<Shape> stack_shape(const ShapeContext& c) {
  const auto asked = element_shape_input(c, 1);
  const auto wanted = c.attrs().i("num_elements");
  if (const auto* list = list_of(c.value(0))) {
    check_count(*list, wanted);
    return {stacked(static_cast<std::int64_t>(list->items.size()), known_items(*list, asked, "stack"))};
  }
  const auto length = list_input(c, 0).length;
  return {stacked(length >= 0 ? length : wanted, expected_items(c, asked))};
}

std::unique_ptr<Kernel> stack_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[0];
  if (out.shape.rank() == 0) throw InvalidArgumentError("TensorListStack gives at least a vector");
  const TensorSpec item{out.dtype, Shape(std::vector<std::int64_t>(out.shape.begin() + 1, out.shape.end()))};
  const auto bytes = static_cast<std::size_t>(item.shape.num_elements()) * size_of(item.dtype);
  const auto count = out.shape[0];
  return make_kernel([item, bytes, count](const KernelRun& io) {
    const auto& list = list_at(io, 0);
    check_list_dtype(list, item.dtype);
    check_count(list, count);
    auto* to = io.out[0];
    for (const auto& t : list.items) {
      write_item(t, item, to);
      to += bytes;
    }
  });
}

std::vector<Shape> gather_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 1, "TensorListGather", "indices");
  const auto asked = element_shape_input(c, 2);
  const auto count = c.shape(1).has_rank() ? c.shape(1)[0] : None;
  if (const auto* list = list_of(c.value(0))) return {stacked(count, known_items(*list, asked, "gather"))};
  return {stacked(count, expected_items(c, asked))};
}

std::unique_ptr<Kernel> gather_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[0];
  const TensorSpec item{out.dtype, Shape(std::vector<std::int64_t>(out.shape.begin() + 1, out.shape.end()))};
  const auto bytes = static_cast<std::size_t>(item.shape.num_elements()) * size_of(item.dtype);
  const auto count = out.shape[0];
  return make_kernel([item, bytes, count](const KernelRun& io) {
    const auto& list = list_at(io, 0);
    check_list_dtype(list, item.dtype);
    auto* to = io.out[0];
    for (std::int64_t i = 0; i < count; ++i, to += bytes) {
      write_item(list.items[list.checked_index(io.input<std::int32_t>(1)[i])], item, to);
    }
  });
}

std::vector<Shape> scatter_into_shape(const ShapeContext& c) {
  row_shape(c.shape(1));
  return {Shape{}};
}

ListFacts scatter_into_facts(const ShapeContext& c) {
  auto facts = list_input(c, 0);
  const auto row = row_shape(c.shape(1));
  facts.item = !facts.filled || facts.item == row ? row : Shape::unknown();
  facts.filled = true;
  facts.length = None;  // it grows to the highest index
  facts.inner = nullptr;
  return facts;
}

std::unique_ptr<Kernel> scatter_into_kernel(const KernelSpec& spec) {
  const auto row = row_shape(spec.inputs[1].shape);
  const auto count = spec.inputs[2].shape.num_elements();
  if (spec.inputs[2].shape.rank() != 1 || spec.inputs[1].shape[0] != count) {
    throw InvalidArgumentError("Expected indices.shape[0] == tensor.shape[0], but got " + std::to_string(count) +
                               " and " + std::to_string(spec.inputs[1].shape[0]));
  }
  return make_kernel([row, count, tensor = KeptInput(spec, 1)](const KernelRun& io) {
    const auto* indices = io.input<std::int32_t>(2);
    auto list = taken_list(io, 0);
    auto size = static_cast<std::int64_t>(list->items.size());
    for (std::int64_t i = 0; i < count; ++i) {
      if (indices[i] < 0) throw InvalidArgumentError("Indices in TensorListScatter must all be non-negative.");
      size = std::max<std::int64_t>(size, std::int64_t{indices[i]} + 1);
    }
    resize_list(*list, size);
    const auto rows = rows_of(tensor.get(io), row);
    for (std::size_t i = 0; i < rows.size(); ++i) list->put(static_cast<std::size_t>(indices[i]), rows[i]);
    give_list(io, std::move(list));
  });
}

// ---- concat: items one after another along their first dim ----

std::vector<Shape> concat_shapes(const ShapeContext& c) {
  auto item = element_shape_input(c, 1);
  const auto length = list_input(c, 0).length;
  if (item.has_rank() && item.rank() > 0) item[0] = None;
  return {item.has_rank() && item.rank() == 0 ? Shape::unknown() : item, Shape{length}};
}

// Rows of items that were never set come from `leading_dims`, or from the element shape.
Tensors concat(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto* list = list_of(&inputs[0]);
  if (!list) throw InvalidArgumentError("Input handle is not a list.");
  check_list_dtype(*list, attrs.type("element_dtype"));
  const auto dims = int_values(inputs[1]);
  auto item = inputs[1].rank() == 0 ? Shape::unknown() : Shape(dims);
  item = merged_item_shape(item, list->shape);
  if (item.has_rank() && item.rank() == 0) {
    throw InvalidArgumentError("Concat requires elements to be at least vectors, found scalars instead.");
  }
  const auto leading = int_values(inputs[2]);
  Shape row = item.has_rank() ? Shape(std::vector<std::int64_t>(item.begin() + 1, item.end())) : item;
  for (const auto& t : list->items) {
    if (!t.defined()) continue;
    if (t.rank() == 0) {
      throw InvalidArgumentError("Concat saw a scalar shape at index 0 but requires at least vectors.");
    }
    row = merged_item_shape(row, Shape(std::vector<std::int64_t>(t.shape().begin() + 1, t.shape().end())));
  }
  if (!row.is_fully_known()) {
    throw InvalidArgumentError(
        "All except the first dimension must be fully defined when concating an empty tensor "
        "list. element_shape: " +
        bracketed(item));
  }
  std::vector<std::int64_t> lengths;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto& t = list->items[i];
    auto n = t.defined() ? t.shape()[0] : item.has_rank() && item[0] >= 0 ? item[0] : None;
    if (!t.defined() && i < leading.size() && n < 0) n = leading[i];
    if (n < 0) {
      throw InvalidArgumentError("List contains uninitialized element at index " + std::to_string(i) +
                                 " but leading_dims has only " + std::to_string(leading.size()) + " elements.");
    }
    lengths.push_back(n);
    total = add_dims(total, n);
  }
  auto out = Tensor::empty(list->dtype, stacked(total, row));
  auto* to = out.mutable_raw();
  const auto bytes = static_cast<std::size_t>(row.num_elements()) * size_of(list->dtype);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    write_item(list->items[i], {list->dtype, stacked(lengths[i], row)}, to);
    to += static_cast<std::size_t>(lengths[i]) * bytes;
  }
  return {out, Tensor::from<std::int64_t>({static_cast<std::int64_t>(lengths.size())}, lengths)};
}

// ---- gradients ----

Tensors stack_gradient(const GradientContext& c) {
  return {
      call_op1("TensorListFromTensor", {c.grad(), known_row_shape(c.grad())}, {{"element_dtype", c.output().dtype()}}),
      {}};
}

Tensors gather_gradient(const GradientContext& c) {
  const Attrs attrs{{"element_dtype", c.output().dtype()}};
  const auto shape = call_op1("TensorListElementShape", {c.input(0)}, {{"shape_type", DType::int32}});
  const auto length = call_op1("TensorListLength", {c.input(0)});
  const auto list = call_op1("TensorListReserve", {shape, length}, attrs);
  return {call_op1("TensorListScatterIntoExistingList", {list, c.grad(), c.input(1)}, attrs), {}, {}};
}

Tensors scatter_into_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}, {}};
  const Attrs attrs{{"element_dtype", c.input(1).dtype()}};
  Tensors grads(3);
  if (c.wanted(0)) {
    grads[0] =
        call_op1("TensorListScatterIntoExistingList", {c.grad(), ops::zeros_like(c.input(1)), c.input(2)}, attrs);
  }
  if (c.wanted(1)) {
    grads[1] = call_op1("TensorListGather", {c.grad(), c.input(2), known_row_shape(c.input(1))}, attrs);
  }
  return grads;
}

Tensors concat_gradient(const GradientContext& c) {
  const auto list = call_op1(
      "TensorListSplit",
      {c.grad(0), call_op1("TensorListElementShape", {c.input(0)}, {{"shape_type", DType::int32}}), c.output(1)},
      {{"element_dtype", c.output(0).dtype()}});
  return {list, {}, {}};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(tensor_list_stack) {
  using namespace hornbeam;
  add_op(OpDef("TensorListStack")
             .input("input_handle: variant")
             .input("element_shape: int32")
             .output("tensor: element_dtype")
             .attr("element_dtype: type")
             .attr("num_elements: int = -1")
             .shape(stack_shape)
             .kernel(stack_kernel)
             .gradient(stack_gradient));
  add_op(OpDef("TensorListGather")
             .input("input_handle: variant")
             .input("indices: int32")
             .input("element_shape: int32")
             .output("values: element_dtype")
             .attr("element_dtype: type")
             .shape(gather_shape)
             .kernel(gather_kernel)
             .gradient(gather_gradient));
  add_op(OpDef("TensorListScatterIntoExistingList")
             .input("input_handle: variant")
             .input("tensor: element_dtype")
             .input("indices: int32")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .shape(scatter_into_shape)
             .list(scatter_into_facts)
             .kernel(scatter_into_kernel)
             .elementwise()
             .gradient(scatter_into_gradient));
  add_op(OpDef("TensorListConcatV2")
             .input("input_handle: variant")
             .input("element_shape: shape_type")
             .input("leading_dims: int64")
             .output("tensor: element_dtype")
             .output("lengths: int64")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(concat_shapes)
             .dynamic(concat)
             .gradient(concat_gradient));
}
