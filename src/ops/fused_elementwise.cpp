#include "ops/fused_elementwise.h"

#include <algorithm>
#include <cstring>

#include "ops/fused_args.h"

namespace hornbeam {

std::optional<kernels::Binary> binary_named(std::string_view op) {
  using kernels::Binary;
  if (op == "AddV2" || op == "Add" || op == "BiasAdd") return Binary::kAdd;
  if (op == "Sub") return Binary::kSub;
  if (op == "Mul") return Binary::kMul;
  if (op == "RealDiv") return Binary::kDiv;
  if (op == "Maximum") return Binary::kMaximum;
  if (op == "Minimum") return Binary::kMinimum;
  if (op == "SquaredDifference") return Binary::kSquaredDifference;
  if (op == "ReluGrad") return Binary::kReluGrad;
  if (op == "Relu6Grad") return Binary::kRelu6Grad;
  if (op == "EluGrad") return Binary::kEluGrad;
  if (op == "SeluGrad") return Binary::kSeluGrad;
  if (op == "SoftplusGrad") return Binary::kSoftplusGrad;
  if (op == "SoftsignGrad") return Binary::kSoftsignGrad;
  if (op == "SigmoidGrad") return Binary::kSigmoidGrad;
  if (op == "TanhGrad") return Binary::kTanhGrad;
  if (op == "SqrtGrad") return Binary::kSqrtGrad;
  if (op == "RsqrtGrad") return Binary::kRsqrtGrad;
  if (op == "ReciprocalGrad" || op == "InvGrad") return Binary::kReciprocalGrad;
  return std::nullopt;
}

std::vector<std::int64_t> broadcast_strides(const Shape& in, const Shape& out) {
  std::vector<std::int64_t> strides(out.rank(), 0);
  std::int64_t stride = 1;
  for (std::size_t i = in.rank(); i-- > 0;) {
    if (in[i] != 1) strides[out.rank() - in.rank() + i] = stride;
    stride *= in[i];
  }
  return strides;
}

namespace {

using kernels::ChainStep;

std::vector<Shape> chain_shape(const ShapeContext& c) {
  Shape out = c.shape(0);
  for (std::size_t i = 1; i < c.num_inputs(); ++i) out = broadcast_shapes(out, c.shape(i));
  return {out};
}

// The steps, with sources numbered by input; how each meets the value is settled from the shapes.
std::vector<ChainStep> parse(const Attrs& attrs) {
  const auto& names = attrs.strings("steps");
  const auto& alphas = std::get<std::vector<float>>(*attrs.find("alphas"));
  const auto& betas = std::get<std::vector<float>>(*attrs.find("betas"));
  std::vector<ChainStep> steps;
  int next = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ChainStep step;
    if (const auto map = activation_named(names[i], alphas.at(i), betas.at(i))) {
      step.map = *map;
    } else {
      step.reversed = names[i].starts_with("r");
      const auto op = binary_named(std::string_view(names[i]).substr(step.reversed ? 1 : 0));
      if (!op) throw InvalidArgumentError("_FusedElementwise: unknown step '" + names[i] + "'");
      step.kind = ChainStep::Kind::kBinary;
      step.op = *op;
      step.source = next++;
    }
    steps.push_back(step);
  }
  return steps;
}

// False when an input broadcasts in a way the chain kernel has no step for.
bool settle(const KernelSpec& spec, std::vector<ChainStep>& steps, std::int64_t& columns) {
  const auto& out = spec.outputs[0].shape;
  const auto n = out.num_elements();
  columns = n;
  if (spec.inputs[0].shape.num_elements() != n) return false;
  for (auto& step : steps) {
    if (step.kind == ChainStep::Kind::kMap) continue;
    const auto i = static_cast<std::size_t>(step.source);
    const auto& in = spec.inputs[i].shape;
    const auto count = in.num_elements();
    if (count == n) continue;
    if (count == 1 && spec.value(i)) {
      step.kind = ChainStep::Kind::kScalar;
      step.value = spec.value(i)->data<float>()[0];
    } else if (!out.empty() && !in.empty() && in.back() == out.back() && count == out.back()) {
      step.kind = ChainStep::Kind::kRow;
      columns = out.back();
    } else {
      return false;
    }
  }
  return true;
}

// One step after the other over the whole array.
std::unique_ptr<Kernel> stepwise(const KernelSpec& spec, std::vector<ChainStep> steps) {
  const auto& out = spec.outputs[0].shape;
  std::vector<std::vector<std::int64_t>> strides;
  for (const auto& input : spec.inputs) strides.push_back(broadcast_strides(input.shape, out));
  const auto full = broadcast_strides(out, out);
  const auto n = out.num_elements();
  const auto bytes = static_cast<std::size_t>(n) * sizeof(float);
  // The value is kept in scratch: the output may be any of the inputs.
  return make_kernel(
      [=, shape = out.dims()](const KernelRun& io) {
        auto* value = reinterpret_cast<float*>(io.scratch);
        const float zero = 0;
        kernels::binary_broadcast(kernels::Binary::kAdd, shape, io.input<float>(0), strides[0], &zero,
                                  std::vector<std::int64_t>(shape.size(), 0), value);
        for (const auto& step : steps) {
          if (step.kind == ChainStep::Kind::kMap) {
            kernels::map(step.map, n, value, value);
            continue;
          }
          const auto i = static_cast<std::size_t>(step.source);
          const auto* other = io.input<float>(i);
          if (step.reversed) {
            kernels::binary_broadcast(step.op, shape, other, strides[i], value, full, value);
          } else {
            kernels::binary_broadcast(step.op, shape, value, full, other, strides[i], value);
          }
        }
        std::memcpy(io.out[0], value, bytes);
      },
      bytes);
}

std::unique_ptr<Kernel> chain_kernel(const KernelSpec& spec) {
  if (spec.inputs[0].dtype != DType::float32) {
    throw TypeError("Op '_FusedElementwise' has no kernel for " + std::string(name_of(spec.inputs[0].dtype)));
  }
  const auto n = spec.elements(0);
  auto steps = parse(spec.attrs);
  if (n == 0) return make_kernel([](const KernelRun&) {});
  const auto plain = steps;
  std::int64_t columns = 0;
  if (!settle(spec, steps, columns)) return stepwise(spec, plain);
  // Reading and writing a number takes as long as some operations; the transcendental functions take more.
  double each = 8;
  for (const auto& step : steps) {
    each += step.kind == ChainStep::Kind::kMap && !kernels::is_clamp(step.map) ? 30 : 4;
  }
  return make_part_kernel(each * static_cast<double>(n), [steps = std::move(steps), rows = n / columns, columns](
                                                             const KernelRun& io, kernels::Part part) {
    kernels::run_chain_part(steps, rows, columns, reinterpret_cast<const float* const*>(io.in), io.output<float>(0),
                            part);
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_elementwise) {
  using namespace hornbeam;
  add_op(OpDef("_FusedElementwise")
             .input("inputs: N * T")
             .output("output: T")
             .attr("N: int")
             .attr("T: type")
             .attr("steps: list(string)")
             .attr("alphas: list(float)")
             .attr("betas: list(float)")
             .shape(chain_shape)
             .kernel(chain_kernel)
             .elementwise());
}
