// Op calls: to the kernel now, or to the most symbolic input's recorder.
#include <algorithm>

#include "base/aligned.h"
#include "ops/kernels/parallel.h"
#include "ops/op_def.h"
#include "tensor/recorder.h"

namespace hornbeam {

namespace {

// The most symbolic of the inputs' recorders.
Recorder* recorder_of(const OpDef& op, std::span<const Tensor> inputs) {
  Recorder* recorder = nullptr;
  for (const auto& input : inputs) {
    auto* r = input.recorder();
    if (r && (!recorder || r->level() > recorder->level())) recorder = r;
  }
  auto* running = current_recorder();
  // An op without inputs (random numbers, say) belongs to the trace that is running, if any, and so does one that makes
  // an object: no graph can keep a list of tensors as a constant.
  const auto makes_object = [&op] {
    return std::ranges::any_of(op.outputs, [](const ArgDef& output) { return output.dtype == DType::variant; });
  };
  if (!recorder && running && (inputs.empty() || op.is_stateful || makes_object())) return running;
  // A function that may use what is outside of it: the call is still its own.
  return recorder && running && running->takes_from(*recorder) ? running : recorder;
}

}  // namespace

std::vector<Tensor> call_op_on(Recorder* recorder, std::string_view name, std::span<const Tensor> inputs, Attrs attrs) {
  const auto& op = get_op(name);
  std::vector<DType> dtypes;
  dtypes.reserve(inputs.size());
  for (const auto& input : inputs) dtypes.push_back(input.dtype());
  const auto complete = op.complete(dtypes, std::move(attrs));
  auto results = recorder ? recorder->record(op, inputs, complete) : run_op(op, complete, inputs);
  for (auto* observer : observers()) observer->on_call(op, complete, inputs, results);
  return results;
}

std::vector<Tensor> call_op(std::string_view name, std::span<const Tensor> inputs, Attrs attrs) {
  return call_op_on(recorder_of(get_op(name), inputs), name, inputs, std::move(attrs));
}

std::vector<Tensor> run_op(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs) {
  if (op.dynamic_fn) return op.dynamic_fn(attrs, inputs);
  if (!op.kernel_fn && !op.is_alias) throw NotImplementedError("Op '" + op.name + "' has no kernel");
  std::vector<TensorSpec> in, out;
  in.reserve(inputs.size());
  for (const auto& t : inputs) in.push_back({t.dtype(), t.shape()});
  const auto shapes = op.shape_fn(ShapeContext(attrs, in, inputs));
  const auto dtypes = op.output_dtypes(attrs);
  if (op.is_alias) return {inputs[0].reshaped(shapes.at(0))};
  std::vector<Tensor> results;
  results.reserve(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    out.push_back({dtypes[i], shapes[i]});
    results.push_back(Tensor::empty(dtypes[i], shapes[i]));
  }
  const auto kernel = op.kernel_fn({attrs, in, out, inputs, /*compiled=*/false});
  base::AlignedBytes scratch(kernel->scratch_bytes);
  std::vector<const std::byte*> in_pointers;
  std::vector<std::byte*> out_pointers;
  for (const auto& t : inputs) in_pointers.push_back(t.raw());
  for (auto& t : results) out_pointers.push_back(t.mutable_raw());
  const kernels::DenormalsAreZero flush;  // as TensorFlow's kernels run, and the executor
  kernel->run({in_pointers.data(), out_pointers.data(), scratch.data()});
  return results;
}

}  // namespace hornbeam
