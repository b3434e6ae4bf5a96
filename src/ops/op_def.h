// What the registry knows of one op: TensorFlow's name and signature, its shape rule, its kernel, its gradient.
//
// One description serves three uses: eager calls, tracing into a function, and replay from a loaded graph.
//
// To add an op add a file to src/ops/ that says HB_REGISTER(stem) and describes it:
//
//   HB_REGISTER(matmul) {
//     add_op(OpDef("MatMul").input("a: T").input("b: T").output("product: T")
//                .attr("transpose_a: bool = false").attr("T: type")
//                .shape(matmul_shape).kernel(matmul_kernel).gradient(matmul_gradient));
//   }
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/tensor.hpp"
#include "ops/kernels/parallel.h"

namespace hornbeam {

struct TensorSpec {
  DType dtype = DType::invalid;
  Shape shape;
};

// What is known of a list of tensors (a variant) before it is there. A value type.
struct ListFacts {
  Shape declared = Shape::unknown();  // what every item's shape must fit
  bool filled = false;                // a tensor was put in
  Shape item = Shape::unknown();      // if so: the shape of every tensor in it; not fully known when they may differ
  std::int64_t length = None;
  std::shared_ptr<const ListFacts> inner = {};  // of items that are lists themselves
};

// What a shape rule sees. Shapes may be partly unknown while tracing.
class ShapeContext {
 public:
  ShapeContext(const Attrs& attrs, std::span<const TensorSpec> inputs, std::span<const Tensor> values,
               std::function<Shape(std::size_t)> partial = {})
      : attrs_(attrs), inputs_(inputs), values_(values), partial_(std::move(partial)) {}

  const Attrs& attrs() const { return attrs_; }
  std::size_t num_inputs() const { return inputs_.size(); }
  const Shape& shape(std::size_t i) const { return inputs_[i].shape; }
  DType dtype(std::size_t i) const { return inputs_[i].dtype; }
  // The input's value when it is known (a constant, or an eager call); else null.
  const Tensor* value(std::size_t i) const {
    return i < values_.size() && values_[i].defined() ? &values_[i] : nullptr;
  }
  // A list input: what is known of it while the value is not. Null: nothing.
  const ListFacts* list(std::size_t i) const { return i < lists_.size() ? lists_[i].get() : nullptr; }
  void set_lists(std::span<const std::shared_ptr<const ListFacts>> lists) { lists_ = lists; }
  // An integer vector input read as ints; empty optional when not known.
  std::optional<std::vector<std::int64_t>> ints(std::size_t i) const;
  // An integer vector input read as a shape: dims not known are None; unknown rank when nothing is.
  Shape value_as_shape(std::size_t i) const;

 private:
  const Attrs& attrs_;
  std::span<const TensorSpec> inputs_;
  std::span<const Tensor> values_;
  std::span<const std::shared_ptr<const ListFacts>> lists_;
  std::function<Shape(std::size_t)> partial_;
};

// Pointers of one run, in the order of the op's flattened inputs and outputs.
struct KernelRun {
  const std::byte* const* in;
  std::byte* const* out;
  std::byte* scratch;  // `scratch_bytes` of the kernel, 64-byte aligned

  template <class T>
  const T* input(std::size_t i) const {
    return reinterpret_cast<const T*>(in[i]);
  }
  template <class T>
  T* output(std::size_t i) const {
    return reinterpret_cast<T*>(out[i]);
  }
};

// What a kernel is made for: shapes are fully known.
struct KernelSpec {
  const Attrs& attrs;
  std::span<const TensorSpec> inputs;
  std::span<const TensorSpec> outputs;
  // values[i] is defined when input i has this very value in every run of this kernel (constants, weights; in an eager
  // call every input). Inputs that decide shapes (axes, paddings) always have one.
  std::span<const Tensor> values;
  // Will run many times: packing weights pays.
  bool compiled = false;

  const Tensor* value(std::size_t i) const { return i < values.size() && values[i].defined() ? &values[i] : nullptr; }
  // An integer input's known value. Throws InvalidArgumentError when it is not known.
  std::vector<std::int64_t> ints(std::size_t i) const;
  std::int64_t elements(std::size_t output) const { return outputs[output].shape.num_elements(); }
};

// Made once per op call and shapes, run many times, from several threads at once: `run` keeps no state in the kernel.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void run(const KernelRun& io) const = 0;
  // A kernel whose work can be shared out says how much it is (in floating-point operations, or what takes as long) and
  // overrides this: every part must be run, by any thread, and no two parts wait for each other. Must not throw.
  virtual void run_part(const KernelRun& io, kernels::Part part) const {
    if (part.index == 0) run(io);
  }
  // Work whose later steps need all of the earlier ones is done in stages: each is shared out like a kernel of its own,
  // and begins when all parts of the one before are done.
  virtual std::size_t stages() const { return 1; }
  virtual double stage_flops(std::size_t) const { return flops; }
  virtual void run_stage(const KernelRun& io, std::size_t, kernels::Part part) const { run_part(io, part); }
  double flops = 0;  // of all stages; 0: not to be shared out
  std::size_t scratch_bytes = 0;
};

namespace detail {
// A function of any type, held without a class of its own: there is one for each op and dtype, and a Kernel class for
// each was a quarter of what compiling the ops took.
struct HeldFunction {
  template <class F>
  explicit HeldFunction(F&& f)
      : object(new std::decay_t<F>(std::forward<F>(f)),
               [](void* held) { delete static_cast<std::decay_t<F>*>(held); }) {}
  template <class F>
  static const F& as(const void* object) {
    return *static_cast<const F*>(object);
  }
  std::unique_ptr<void, void (*)(void*)> object;
};
using RunHeld = void (*)(const void*, const KernelRun&);
using RunHeldPart = void (*)(const void*, const KernelRun&, kernels::Part);
std::unique_ptr<Kernel> held_kernel(HeldFunction f, RunHeld run, std::size_t scratch_bytes);
std::unique_ptr<Kernel> held_part_kernel(double flops, HeldFunction f, RunHeldPart run, std::size_t scratch_bytes);
}  // namespace detail

template <class F>
std::unique_ptr<Kernel> make_kernel(F f, std::size_t scratch_bytes = 0) {
  return detail::held_kernel(
      detail::HeldFunction(std::move(f)),
      [](const void* held, const KernelRun& io) { detail::HeldFunction::as<F>(held)(io); }, scratch_bytes);
}

// f(io, part): a kernel that is shared out.
template <class F>
std::unique_ptr<Kernel> make_part_kernel(double flops, F f, std::size_t scratch_bytes = 0) {
  return detail::held_part_kernel(
      flops, detail::HeldFunction(std::move(f)),
      [](const void* held, const KernelRun& io, kernels::Part part) { detail::HeldFunction::as<F>(held)(io, part); },
      scratch_bytes);
}

// One stage of a kernel: what it takes, and f(io, part).
struct KernelStage {
  double flops;
  std::function<void(const KernelRun&, kernels::Part)> run;
};
std::unique_ptr<Kernel> make_staged_kernel(std::vector<KernelStage> stages, std::size_t scratch_bytes = 0);

using ShapeFn = std::vector<Shape> (*)(const ShapeContext&);
// Of output 0, a list.
using ListFn = ListFacts (*)(const ShapeContext&);
using KernelFactory = std::unique_ptr<Kernel> (*)(const KernelSpec&);
// For ops whose output shapes depend on values (Where, Unique) or that handle resources: whole tensors in and out.
using DynamicKernel = std::vector<Tensor> (*)(const Attrs&, std::span<const Tensor> inputs);

// From a call of the op and the gradients of its outputs to those of its inputs, undefined where there is none; written
// with ops, so that it runs eagerly, in a trace, and twice. ops/gradient.h has what it is written with.
class GradientContext;
using GradientFn = std::vector<Tensor> (*)(const GradientContext&);

struct ArgDef {
  std::string name;
  DType dtype = DType::invalid;  // fixed dtype, or:
  std::string type_attr;         // dtype is that attr's
  std::string number_attr;       // a list of that many
  std::string list_attr;         // a list whose dtypes are that attr's
};

struct AttrDef {
  std::string name;
  std::string type;  // "type", "int", "float", "bool", "string", "shape", "tensor", "func", "list(int)", ...
  AttrValue fallback;
};

// Ops that call functions, by what they do with them (ops/function_body.h).
enum class CallKind : std::uint8_t { none, once, branches, loop };

struct OpDef {
  explicit OpDef(std::string op_name) : name(std::move(op_name)) {}

  std::string name;
  std::vector<ArgDef> inputs;
  std::vector<ArgDef> outputs;
  std::vector<AttrDef> attrs;
  ShapeFn shape_fn = nullptr;
  ListFn list_fn = nullptr;
  KernelFactory kernel_fn = nullptr;
  DynamicKernel dynamic_fn = nullptr;
  GradientFn gradient_fn = nullptr;
  // Said so: its outputs are constants to whoever differentiates. An op that says neither cannot be differentiated.
  bool has_no_gradient = false;
  // Never folded, merged or dropped (random ops, assignments, prints).
  bool is_stateful = false;
  // Output 0 is input 0 under another shape: no copy is made.
  bool is_alias = false;
  // Output 0 may be written over an input of the same size and dtype (element-wise).
  bool in_place = false;
  // The first input that may be written over so; those before it are read throughout.
  std::size_t in_place_from = 0;
  CallKind calls = CallKind::none;

  // "a: T", "x: float", "values: N * T", "components: Tlist"
  OpDef&& input(std::string_view spec) &&;
  OpDef&& output(std::string_view spec) &&;
  // "T: type", "N: int", "transpose_a: bool = false", "padding: string = 'SAME'", "strides: list(int) = [1, 1]"
  OpDef&& attr(std::string_view spec) &&;
  OpDef&& shape(ShapeFn f) && {
    shape_fn = f;
    return std::move(*this);
  }
  OpDef&& list(ListFn f) && {
    list_fn = f;
    return std::move(*this);
  }
  OpDef&& kernel(KernelFactory f) && {
    kernel_fn = f;
    return std::move(*this);
  }
  OpDef&& dynamic(DynamicKernel f) && {
    dynamic_fn = f;
    return std::move(*this);
  }
  OpDef&& gradient(GradientFn f) && {
    gradient_fn = f;
    has_no_gradient = false;
    return std::move(*this);
  }
  OpDef&& no_gradient() && {
    gradient_fn = nullptr;
    has_no_gradient = true;
    return std::move(*this);
  }
  OpDef&& stateful() && {
    is_stateful = true;
    return std::move(*this);
  }
  OpDef&& alias() && {
    is_alias = true;
    return std::move(*this);
  }
  OpDef&& calling(CallKind kind) && {
    calls = kind;
    return std::move(*this);
  }
  OpDef&& elementwise(std::size_t first_input = 0) && {
    in_place = true;
    in_place_from = first_input;
    return std::move(*this);
  }

  // Fills in type and number attrs from the inputs, then defaults; checks dtypes. Throws TypeError / ValueError.
  Attrs complete(std::span<const DType> input_dtypes, Attrs given) const;
  std::vector<DType> output_dtypes(const Attrs& complete_attrs) const;
};

// The registry. Filled once, on first use, from the files of src/ops; more may be added (user-defined ops) under a
// lock.
const OpDef* find_op(std::string_view name);
const OpDef& get_op(std::string_view name);  // throws NotImplementedError naming the op
std::vector<std::string> op_names();
void add_op(OpDef def);

#define HB_REGISTER(stem)        \
  namespace hornbeam::registry { \
  void register_##stem();        \
  }                              \
  void hornbeam::registry::register_##stem()

// Calls an op: runs it, or records it when an input is symbolic (or, with no symbolic input, never).
std::vector<Tensor> call_op(std::string_view name, std::span<const Tensor> inputs, Attrs attrs = {});
inline std::vector<Tensor> call_op(std::string_view name, std::initializer_list<Tensor> inputs, Attrs attrs = {}) {
  return call_op(name, std::span<const Tensor>(inputs.begin(), inputs.size()), std::move(attrs));
}
inline Tensor call_op1(std::string_view name, std::initializer_list<Tensor> inputs, Attrs attrs = {}) {
  return call_op(name, inputs, std::move(attrs)).at(0);
}
// The same, recorded by `recorder` whatever the inputs are (null: run).
std::vector<Tensor> call_op_on(Recorder* recorder, std::string_view name, std::span<const Tensor> inputs, Attrs attrs);
// Runs an op on concrete tensors now. `attrs` must be complete.
std::vector<Tensor> run_op(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs);

}  // namespace hornbeam
