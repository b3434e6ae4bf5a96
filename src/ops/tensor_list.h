// TensorList: what a variant of TensorFlow's TensorList ops holds; and what those ops share.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/op_def.h"
#include "tensor/variant.h"

namespace hornbeam {

class TensorList final : public VariantObject {
 public:
  DType dtype = DType::invalid;    // of every item
  Shape shape = Shape::unknown();  // every item's shape must fit it
  std::int64_t max_items = -1;     // -1: any number
  std::vector<Tensor> items;       // an undefined one was never set: it reads as zeros
  int depth = 1;                   // lists in lists

  const char* type_name() const override { return "TensorList"; }

  // Checks dtype, shape and depth of what is put in. `verb` for messages.
  void check_item(DType item_dtype, const Shape& item_shape) const;
  // Item `index` is to be `item`. Lists may hold lists, but no end of them: their destruction would be as deep.
  void put(std::size_t index, Tensor item);
  void push(Tensor item);
  // Throws InvalidArgumentError in TensorFlow's words unless there is such an item.
  std::size_t checked_index(std::int64_t index) const;
  // The shape all items that are set have in common with `so_far`. Throws InvalidArgumentError when there is none.
  Shape common_shape(Shape so_far) const;

 private:
  void note_depth(const Tensor& item);
};

// Makes room for n items. Throws ValueError when no machine has it.
void resize_list(TensorList& list, std::int64_t n);

// What is known of a list that is there.
ListFacts facts_of(const TensorList& list);
// What holds of both.
ListFacts joined(const ListFacts& a, const ListFacts& b);
bool same_facts(const ListFacts& a, const ListFacts& b);

// The list of a variant tensor; null when the tensor holds another value or none.
const TensorList* list_of(const Tensor* tensor);
// Of a shape rule's input: of the value when it is there, else what is known.
ListFacts list_input(const ShapeContext& c, std::size_t input);

// The list of input i of a run. Throws InvalidArgumentError when the variant holds something else.
const TensorList& list_at(const KernelRun& io, std::size_t input);
// The same, for output 0 to be this list changed: taken over when nobody else has it, else a copy.
std::shared_ptr<TensorList> taken_list(const KernelRun& io, std::size_t input);
inline void give_list(const KernelRun& io, std::shared_ptr<TensorList> list) {
  *io.output<Variant>(0) = std::move(list);
}

// Input i of a run as a tensor that may be kept: a known value is shared, another copied.
class KeptInput {
 public:
  KeptInput(const KernelSpec& spec, std::size_t input)
      : spec_(spec.inputs[input]), input_(input), value_(spec.value(input) ? *spec.value(input) : Tensor()) {}
  const TensorSpec& spec() const { return spec_; }
  Tensor get(const KernelRun& io) const;

 private:
  TensorSpec spec_;
  std::size_t input_;
  Tensor value_;
};
// The shape of a tensor's rows. Throws InvalidArgumentError when it is a scalar.
Shape row_shape(const Shape& tensor);
// Rows [0, n) of the tensor, each a tensor that shares its memory.
std::vector<Tensor> rows_of(const Tensor& tensor, const Shape& row);

// Copies n elements, objects or not.
void copy_elements(DType dtype, const std::byte* from, std::byte* to, std::int64_t n);
// Writes the item, or zeros when it was never set. Throws InvalidArgumentError when it has another shape.
void write_item(const Tensor& item, const TensorSpec& as, std::byte* to);

// An `element_shape` input: the scalar -1 is an unknown rank.
Shape element_shape_input(const ShapeContext& c, std::size_t input);
class ElementShape {
 public:
  ElementShape(const KernelSpec& spec, std::size_t input) : spec_(spec.inputs[input]), input_(input) {}
  Shape get(const KernelRun& io) const;

 private:
  TensorSpec spec_;
  std::size_t input_;
};

// For an `element_shape` input: what is known of a shape, of x's, of its rows'.
Tensor known_dims(const Shape& shape);
Tensor known_shape(const Tensor& x);
Tensor known_row_shape(const Tensor& x);

// Kernels of ZerosLike and AddN on lists: item by item.
std::unique_ptr<Kernel> zero_lists_kernel(const KernelSpec& spec);
std::unique_ptr<Kernel> add_lists_kernel(const KernelSpec& spec);

// Throws InvalidArgumentError with TensorFlow's words when a list of `found` is read as `wanted`.
void check_list_dtype(const TensorList& list, DType wanted);

// The shape input `element_shape` and the list's own describe together.
Shape merged_item_shape(const Shape& a, const Shape& b);

}  // namespace hornbeam
