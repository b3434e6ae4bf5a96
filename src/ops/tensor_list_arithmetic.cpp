// ZerosLike and AddN of lists: gradients of lists start as zeros and are added up.
#include "ops/axes.h"
#include "ops/gradient.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

const TensorList& as_list(const Variant& variant) {
  const auto* list = dynamic_cast<const TensorList*>(variant.get());
  if (!list) {
    throw InvalidArgumentError("No unary or binary variant function found for '" +
                               std::string(variant ? variant->type_name() : "(empty)") + "'");
  }
  return *list;
}

// An item that was never set stands for zeros, and stays so.
std::shared_ptr<const TensorList> zeros_of(const TensorList& list) {
  auto zeros = std::make_shared<TensorList>(list);
  for (auto& item : zeros->items) {
    if (item.defined()) item = run_op(get_op("ZerosLike"), {{"T", item.dtype()}}, std::span(&item, 1))[0];
  }
  return zeros;
}

std::shared_ptr<const TensorList> sum_of(const TensorList& a, const TensorList& b) {
  if (a.dtype != b.dtype) {
    throw InvalidArgumentError("Trying to add two lists of tensors of different dtypes. One is " +
                               std::string(name_of(a.dtype)) + " and the other is " + std::string(name_of(b.dtype)));
  }
  if (a.items.size() != b.items.size()) {
    throw InvalidArgumentError("Trying to add two lists of tensors with different lengths. One is " +
                               std::to_string(a.items.size()) + " and the other is " + std::to_string(b.items.size()));
  }
  if (!a.shape.is_compatible_with(b.shape)) {
    throw InvalidArgumentError("Trying to add two lists of tensors with incompatible element shapes. One is " +
                               bracketed(a.shape) + " and the other is " + bracketed(b.shape));
  }
  auto sum = std::make_shared<TensorList>(a);
  sum->shape = merged_item_shape(a.shape, b.shape);
  for (std::size_t i = 0; i < sum->items.size(); ++i) {
    const Tensor both[] = {a.items[i], b.items[i]};
    if (!both[1].defined()) continue;
    sum->items[i] =
        both[0].defined() ? run_op(get_op("AddN"), {{"N", std::int64_t{2}}, {"T", a.dtype}}, both)[0] : both[1];
  }
  return sum;
}

}  // namespace

std::unique_ptr<Kernel> zero_lists_kernel(const KernelSpec& spec) {
  return make_kernel([n = spec.elements(0)](const KernelRun& io) {
    for (std::int64_t i = 0; i < n; ++i) io.output<Variant>(0)[i] = zeros_of(as_list(io.input<Variant>(0)[i]));
  });
}

std::unique_ptr<Kernel> add_lists_kernel(const KernelSpec& spec) {
  return make_kernel([n = spec.elements(0), count = spec.inputs.size()](const KernelRun& io) {
    for (std::int64_t i = 0; i < n; ++i) {
      Variant sum = io.input<Variant>(0)[i];
      for (std::size_t k = 1; k < count; ++k) sum = sum_of(as_list(sum), as_list(io.input<Variant>(k)[i]));
      io.output<Variant>(0)[i] = std::move(sum);
    }
  });
}

}  // namespace hornbeam
