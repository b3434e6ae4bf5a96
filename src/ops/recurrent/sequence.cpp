#include "ops/recurrent/sequence.h"

#include "ops/dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {

Sequence sequence_of(const Attrs& attrs, const Shape& x, std::int64_t units) {
  const bool time_major = attrs.b("time_major");
  const auto features = x.rank() > 2 ? x[2] : 0;  // indices that are looked up have none
  return {x[time_major ? 1 : 0],   x[time_major ? 0 : 1],          features, units, time_major,
          attrs.b("go_backwards"), attrs.b("zero_output_for_mask")};
}

RecurrentInputs::RecurrentInputs(const Attrs& attrs, std::size_t states) : kernel(1 + states), recurrent(2 + states) {
  auto next = 3 + states;
  if (attrs.i("num_bias") > 0) bias = next++;
  if (attrs.i("num_masks") > 0) mask = next++;
}

RecurrentDims::RecurrentDims(const ShapeContext& c, const char* op, std::size_t states, std::int64_t gates,
                             std::int64_t biases)
    : time_major(c.attrs().b("time_major")) {
  const auto few = [&](const char* attr) {
    if (c.attrs().i(attr) < 0 || c.attrs().i(attr) > 1) {
      throw InvalidArgumentError(std::string(attr) + " of '" + op + "' must be 0 or 1");
    }
  };
  few("num_bias");
  few("num_masks");
  const RecurrentInputs in(c.attrs(), states);
  const bool lookup = c.attrs().b("lookup");
  if (!lookup && c.dtype(0) != c.dtype(in.kernel)) {
    throw TypeError("x and kernel of '" + std::string(op) + "' must be of the same dtype");
  }
  if (lookup && (c.dtype(in.kernel) != DType::float32 || (c.dtype(0) != DType::int32 && c.dtype(0) != DType::int64))) {
    throw TypeError("'" + std::string(op) + "' looks up rows of float32 by int32 or int64 indices");
  }
  std::int64_t features = None, columns = None;
  const auto meet = [&](std::size_t input, const char* what, std::initializer_list<std::int64_t*> dims) {
    const auto& shape = c.shape(input);
    require_rank(shape, dims.size(), op, what);
    if (!shape.has_rank()) return;
    std::size_t k = 0;
    for (auto* dim : dims) *dim = merge_dims(*dim, shape[k++], op);
  };
  auto *first = time_major ? &time : &batch, *second = time_major ? &batch : &time;
  if (lookup) {
    meet(0, "x", {first, second});
  } else {
    meet(0, "x", {first, second, &features});
  }
  for (std::size_t s = 0; s < states; ++s) meet(1 + s, "initial state", {&batch, &units});
  meet(in.kernel, "kernel", {&features, &columns});
  meet(in.recurrent, "recurrent_kernel", {&units, &columns});
  if (in.bias && biases > 0) {
    meet(in.bias, "bias", {&biases, &columns});
  } else if (in.bias) {
    meet(in.bias, "bias", {&columns});
  }
  if (in.mask) meet(in.mask, "mask", {first, second});
  if (columns >= 0 && columns % gates != 0) {
    throw InvalidArgumentError("the kernel of '" + std::string(op) + "' must have a multiple of " +
                               std::to_string(gates) + " columns, but has " + std::to_string(columns));
  }
  if (columns >= 0) units = merge_dims(units, columns / gates, op);
  // What was learnt last says what the columns must be.
  merge_dims(columns, multiply_dims(units, gates), op);
}

Shape RecurrentDims::steps(std::int64_t width, bool wanted) const {
  if (!wanted) return Shape{0};
  return time_major ? Shape{time, batch, width} : Shape{batch, time, width};
}

OpDef with_sequence_attrs(OpDef op) {
  return std::move(op)
      .attr("T: type")
      .attr("Tx: type")
      .attr("num_bias: int")
      .attr("num_masks: int")
      .attr("activation: string = 'tanh'")
      .attr("go_backwards: bool = false")
      .attr("time_major: bool = false")
      .attr("zero_output_for_mask: bool = false")
      .attr("lookup: bool = false")
      .attr("sequences: bool = true")
      .attr("keep: bool = true");
}

kernels::Activation activation_attr(const Attrs& attrs, std::string_view name) {
  const auto& value = attrs.s(name);
  if (const auto f = cell_activation(value)) return *f;
  throw InvalidArgumentError("recurrent ops know no " + std::string(name) + " '" + value + "'");
}

void check_activations(const Attrs& attrs, std::initializer_list<std::string_view> names) {
  for (const auto name : names) activation_attr(attrs, name);
}

namespace {

class WidenedKernel final : public Kernel {
 public:
  WidenedKernel(const KernelSpec& spec, KernelFactory factory)
      : narrow_(spec.inputs[1].dtype),
        inputs_(spec.inputs.begin(), spec.inputs.end()),
        outputs_(spec.outputs.begin(), spec.outputs.end()) {
    const auto widened = [&](std::vector<TensorSpec> specs) {
      for (auto& s : specs) s.dtype = s.dtype == narrow_ ? DType::float32 : s.dtype;
      return specs;
    };
    const auto in = widened(inputs_), out = widened(outputs_);
    kernel_ = factory({spec.attrs, in, out, {}, false});
  }

  void run(const KernelRun& io) const override {
    dispatch<Types<Float16, BFloat16>>(narrow_, "a recurrent op", [&]<class T>() { run_as<T>(io); });
  }

 private:
  template <class T>
  void run_as(const KernelRun& io) const {
    std::vector<Tensor> in, out;
    std::vector<const std::byte*> from;
    std::vector<std::byte*> to;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const auto& spec = inputs_[i];
      if (spec.dtype != narrow_) {
        from.push_back(io.in[i]);
        continue;
      }
      in.push_back(Tensor::empty(DType::float32, spec.shape));
      float* wide = in.back().mutable_data<float>().data();
      for (std::int64_t k = 0; k < spec.shape.num_elements(); ++k) wide[k] = static_cast<float>(io.input<T>(i)[k]);
      from.push_back(in.back().raw());
    }
    for (const auto& spec : outputs_) {
      out.push_back(Tensor::empty(DType::float32, spec.shape));
      to.push_back(out.back().mutable_raw());
    }
    Tensor scratch = Tensor::empty(DType::uint8, Shape{static_cast<std::int64_t>(kernel_->scratch_bytes)});
    kernel_->run({from.data(), to.data(), scratch.mutable_raw()});
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const auto wide = out[i].data<float>();
      for (std::size_t k = 0; k < wide.size(); ++k) io.output<T>(i)[k] = static_cast<T>(wide[k]);
    }
  }

  DType narrow_;
  std::vector<TensorSpec> inputs_, outputs_;
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace

std::unique_ptr<Kernel> widened_kernel(const KernelSpec& spec, KernelFactory factory) {
  return std::make_unique<WidenedKernel>(spec, factory);
}

Tensor as_rows(const Tensor& steps) {
  const auto& shape = steps.shape();
  if (shape.has_rank() && shape.back() >= 0) return ops::reshape(steps, Shape{None, shape.back()});
  const auto width = ops::strided_slice(shape_of(steps), {2}, {3}, {1});
  return ops::reshape(steps, ops::concat({Tensor::from<std::int32_t>({1}, {-1}), width}, 0));
}

Tensor weight_gradient(const Tensor& x, const Tensor& g) {
  return call_op1("MatMul", {as_rows(x), as_rows(g)}, {{"transpose_a", true}});
}

Tensor step_gradient(const Tensor& g, const Tensor& w, const Tensor& x) {
  return reshape_like(call_op1("MatMul", {as_rows(g), w}, {{"transpose_b", true}}), x);
}

}  // namespace hornbeam
