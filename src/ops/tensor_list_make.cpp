// Ops that make a TensorList: EmptyTensorList, TensorListReserve, TensorListFromTensor, TensorListScatter(V2),
// TensorListSplit.
#include <algorithm>

#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/shape_math.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

std::int32_t int32_at(const KernelRun& io, std::size_t input) { return *io.input<std::int32_t>(input); }

std::shared_ptr<TensorList> new_list(DType dtype, Shape shape) {
  auto list = std::make_shared<TensorList>();
  list->dtype = dtype;
  list->shape = std::move(shape);
  return list;
}

std::vector<Shape> scalar_size_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 0, "TensorList", "the number of elements");
  return {Shape{}};
}

std::unique_ptr<Kernel> empty_kernel(const KernelSpec& spec) {
  return make_kernel([dtype = spec.attrs.type("element_dtype"), shape = ElementShape(spec, 0)](const KernelRun& io) {
    auto list = new_list(dtype, shape.get(io));
    list->max_items = int32_at(io, 1);
    give_list(io, std::move(list));
  });
}

ListFacts empty_facts(const ShapeContext& c) { return {element_shape_input(c, 0), false, {}, 0, {}}; }

std::unique_ptr<Kernel> reserve_kernel(const KernelSpec& spec) {
  return make_kernel([dtype = spec.attrs.type("element_dtype"), shape = ElementShape(spec, 0)](const KernelRun& io) {
    const auto n = int32_at(io, 1);
    if (n < 0) {
      throw InvalidArgumentError("The num_elements to reserve must be a non negative number, but got " +
                                 std::to_string(n));
    }
    auto list = new_list(dtype, shape.get(io));
    resize_list(*list, n);
    give_list(io, std::move(list));
  });
}

ListFacts reserve_facts(const ShapeContext& c) {
  const auto n = known_scalar(c, 1, "num_elements");
  return {element_shape_input(c, 0), false, {}, n.value_or(None), {}};
}

std::vector<Shape> rows_shape(const ShapeContext& c) {
  row_shape(c.shape(0));
  return {Shape{}};
}

// An item's shape must fit what is said of it.
void check_row(const Shape& row, const Shape& declared, const Shape& tensor) {
  if (declared.is_compatible_with(row)) return;
  throw InvalidArgumentError("Specified a list with shape " + bracketed(declared) + " from a tensor with shape " +
                             bracketed(tensor));
}

std::unique_ptr<Kernel> from_tensor_kernel(const KernelSpec& spec) {
  const auto row = row_shape(spec.inputs[0].shape);
  return make_kernel([row, tensor = KeptInput(spec, 0), shape = ElementShape(spec, 1)](const KernelRun& io) {
    auto list = new_list(tensor.spec().dtype, shape.get(io));
    check_row(row, list->shape, tensor.spec().shape);
    list->items = rows_of(tensor.get(io), row);
    for (std::size_t i = 0; i < list->items.size(); ++i) list->put(i, list->items[i]);
    give_list(io, std::move(list));
  });
}

ListFacts from_tensor_facts(const ShapeContext& c) {
  const auto& shape = c.shape(0);
  if (!shape.has_rank()) return {element_shape_input(c, 1), true, Shape::unknown(), None, {}};
  return {element_shape_input(c, 1), shape[0] != 0, row_shape(shape), shape[0], {}};
}

template <bool kSized>
std::unique_ptr<Kernel> scatter_kernel(const KernelSpec& spec) {
  const auto row = row_shape(spec.inputs[0].shape);
  const auto count = spec.inputs[1].shape.num_elements();
  if (spec.inputs[1].shape.rank() != 1 || spec.inputs[0].shape[0] != count) {
    throw InvalidArgumentError("Expected indices.shape[0] == tensor.shape[0], but got " + std::to_string(count) +
                               " and " + std::to_string(spec.inputs[0].shape[0]));
  }
  return make_kernel([row, count, tensor = KeptInput(spec, 0), shape = ElementShape(spec, 2)](const KernelRun& io) {
    auto list = new_list(tensor.spec().dtype, shape.get(io));
    check_row(row, list->shape, tensor.spec().shape);
    const auto* indices = io.input<std::int32_t>(1);
    std::int64_t size = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (indices[i] < 0) {
        throw InvalidArgumentError("Indices in TensorListScatter must all be non-negative.");
      }
      size = std::max<std::int64_t>(size, std::int64_t{indices[i]} + 1);
    }
    if (kSized) {
      const auto asked = int32_at(io, 3);
      if (asked < -1) {
        throw InvalidArgumentError("TensorListScatter expects num_elements >= -1, found: " + std::to_string(asked));
      }
      if (asked >= 0 && size > asked) {
        throw InvalidArgumentError("TensorListScatter: Trying to scatter at index " + std::to_string(size - 1) +
                                   " in list with size " + std::to_string(asked));
      }
      if (asked >= 0) size = asked;
    }
    resize_list(*list, size);
    const auto rows = rows_of(tensor.get(io), row);
    for (std::size_t i = 0; i < rows.size(); ++i) list->put(static_cast<std::size_t>(indices[i]), rows[i]);
    give_list(io, std::move(list));
  });
}

template <bool kSized>
ListFacts scatter_facts(const ShapeContext& c) {
  const auto asked = kSized ? known_scalar(c, 3, "num_elements").value_or(None) : None;
  return {element_shape_input(c, 2), true, row_shape(c.shape(0)), asked < 0 ? None : asked, {}};
}

std::unique_ptr<Kernel> split_kernel(const KernelSpec& spec) {
  const auto& shape = spec.inputs[0].shape;
  const auto row = row_shape(shape);
  if (spec.inputs[2].shape.rank() != 1) {
    throw InvalidArgumentError("Expected lengths to be a vector, received shape: " + bracketed(spec.inputs[2].shape));
  }
  const auto count = spec.inputs[2].shape[0];
  return make_kernel([row, count, tensor = KeptInput(spec, 0), declared = ElementShape(spec, 1)](const KernelRun& io) {
    const auto whole = tensor.get(io);
    auto list = new_list(whole.dtype(), declared.get(io));
    const auto* lengths = io.input<std::int64_t>(2);
    const auto bytes = static_cast<std::size_t>(row.num_elements()) * size_of(whole.dtype());
    std::int64_t from = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (lengths[i] < 0) throw InvalidArgumentError("Invalid value in lengths: " + std::to_string(lengths[i]));
      if (lengths[i] > whole.shape()[0] - from) {
        throw InvalidArgumentError("Attempting to slice [" + std::to_string(from) + ", " +
                                   std::to_string(from + lengths[i]) + "] from tensor with length " +
                                   std::to_string(whole.shape()[0]));
      }
      auto dims = row.dims();
      dims.insert(dims.begin(), lengths[i]);
      list->push(Tensor::borrow(whole.dtype(), Shape(std::move(dims)),
                                whole.raw() + static_cast<std::size_t>(from) * bytes, whole.impl()));
      from += lengths[i];
    }
    if (from != whole.shape()[0]) {
      throw InvalidArgumentError("Unused values in tensor. Length of tensor: " + std::to_string(whole.shape()[0]) +
                                 " Values used: " + std::to_string(from));
    }
    give_list(io, std::move(list));
  });
}

ListFacts split_facts(const ShapeContext& c) {
  const auto& lengths = c.shape(2);
  return {element_shape_input(c, 1), true, Shape::unknown(), lengths.has_rank() ? lengths[0] : None, {}};
}

// The items that were scattered, from the gradient of the list.
Tensors scatter_gradient(const GradientContext& c) {
  Tensors grads(c.num_inputs());
  if (!c.has_grad(0)) return grads;
  const auto shape = known_row_shape(c.input(0));
  grads[0] = call_op1("TensorListGather", {c.grad(), c.input(1), shape}, {{"element_dtype", c.input(0).dtype()}});
  return grads;
}

Tensors from_tensor_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}};
  const auto& shape = c.input(0).shape();
  const auto n = shape.has_rank() && shape.rank() > 0 ? shape[0] : None;
  return {call_op1("TensorListStack", {c.grad(), known_row_shape(c.input(0))},
                   {{"element_dtype", c.input(0).dtype()}, {"num_elements", n}}),
          {}};
}

Tensors split_gradient(const GradientContext& c) {
  if (!c.has_grad(0)) return {{}, {}, {}};
  return {call_op("TensorListConcatV2", {c.grad(), c.input(1), c.input(2)}, {{"element_dtype", c.input(0).dtype()}})[0],
          {},
          {}};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(tensor_list_make) {
  using namespace hornbeam;
  add_op(OpDef("EmptyTensorList")
             .input("element_shape: shape_type")
             .input("max_num_elements: int32")
             .output("handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(scalar_size_shape)
             .list(empty_facts)
             .kernel(empty_kernel)
             .no_gradient());
  add_op(OpDef("TensorListReserve")
             .input("element_shape: shape_type")
             .input("num_elements: int32")
             .output("handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(scalar_size_shape)
             .list(reserve_facts)
             .kernel(reserve_kernel)
             .no_gradient());
  add_op(OpDef("TensorListFromTensor")
             .input("tensor: element_dtype")
             .input("element_shape: shape_type")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(rows_shape)
             .list(from_tensor_facts)
             .kernel(from_tensor_kernel)
             .gradient(from_tensor_gradient));
  add_op(OpDef("TensorListScatter")
             .input("tensor: element_dtype")
             .input("indices: int32")
             .input("element_shape: shape_type")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(rows_shape)
             .list(scatter_facts<false>)
             .kernel(scatter_kernel<false>)
             .gradient(scatter_gradient));
  add_op(OpDef("TensorListScatterV2")
             .input("tensor: element_dtype")
             .input("indices: int32")
             .input("element_shape: shape_type")
             .input("num_elements: int32")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(rows_shape)
             .list(scatter_facts<true>)
             .kernel(scatter_kernel<true>)
             .gradient(scatter_gradient));
  add_op(OpDef("TensorListSplit")
             .input("tensor: element_dtype")
             .input("element_shape: shape_type")
             .input("lengths: int64")
             .output("output_handle: variant")
             .attr("element_dtype: type")
             .attr("shape_type: type")
             .shape(rows_shape)
             .list(split_facts)
             .kernel(split_kernel)
             .gradient(split_gradient));
}
