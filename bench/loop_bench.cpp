// What a turn of a compiled loop costs: a body of floats, and a recurrent layer's with lists of tensors.
#include <benchmark/benchmark.h>

#include "graph/executor.h"
#include "graph/function.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "memory/counting_new.h"
#include "ops/op_def.h"

namespace hornbeam::graph {
namespace {

using Vars = std::vector<Tensor>;
constexpr std::int64_t kUnits = 32;

TensorSpec floats(const Shape& shape) { return {DType::float32, shape}; }
Tensor ones(const Shape& shape) { return ops::ones(shape) * 0.01F; }

void report(benchmark::State& state, std::int64_t turns, std::int64_t allocated) {
  const auto runs = static_cast<double>(state.iterations());
  state.counters["per_turn"] =
      benchmark::Counter(runs * static_cast<double>(turns), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocations_per_run"] = static_cast<double>(allocated) / runs;
}

void run(benchmark::State& state, const Executable& compiled, const Vars& inputs, Vars outputs) {
  compiled.run_into(inputs, outputs);
  const auto before = memory_test::allocations();
  for (auto _ : state) compiled.run_into(inputs, outputs);
  report(state, state.range(0), memory_test::allocations() - before);
}

void Floats(benchmark::State& state) {
  const auto n = Tensor::scalar(static_cast<std::int32_t>(state.range(0)));
  const auto w = ones({kUnits, kUnits});
  const Executable compiled(
      trace("f", std::vector<TensorSpec>{floats({1, kUnits})}, [&](std::span<const Tensor> a) -> Vars {
        return {ops::while_loop([&](const Vars& v) { return ops::less(v[0], n); },
                                [&](const Vars& v) -> Vars {
                                  return {v[0] + 1, ops::tanh(ops::matmul(v[1], w) + a[0])};
                                },
                                {Tensor::scalar<std::int32_t>(0), a[0]})[1]};
      }));
  run(state, compiled, {ones({1, kUnits})}, {Tensor::empty(DType::float32, {1, kUnits})});
}
BENCHMARK(Floats)->Arg(0)->Arg(100)->Arg(1000);

void Recurrent(benchmark::State& state) {
  const auto steps = state.range(0);
  const auto w = ones({kUnits, kUnits}), u = ones({kUnits, kUnits});
  const auto row = Tensor::from<std::int32_t>({2}, {-1, static_cast<std::int32_t>(kUnits)});
  const Attrs attrs{{"element_dtype", DType::float32}};
  const Executable compiled(
      trace("f", std::vector<TensorSpec>{floats({None, None, kUnits})}, [&](std::span<const Tensor> a) -> Vars {
        const auto shape = ops::shape(a[0]);
        const auto n = ops::gather(shape, Tensor::scalar<std::int32_t>(0));
        const auto batch = ops::gather(shape, Tensor::scalar<std::int32_t>(1));
        const auto inputs = call_op1("TensorListFromTensor", {a[0], row}, attrs);
        const auto outputs = call_op1("TensorListReserve", {row, n}, attrs);
        const auto zeros =
            ops::fill(ops::stack({batch, Tensor::scalar(static_cast<std::int32_t>(kUnits))}, 0), Tensor::scalar(0.0F));
        const auto ends = ops::while_loop([&](const Vars& v) { return ops::less(v[0], n); },
                                          [&](const Vars& v) -> Vars {
                                            const auto x = call_op1("TensorListGetItem", {inputs, v[0], row}, attrs);
                                            const auto h = ops::tanh(ops::matmul(x, w) + ops::matmul(v[2], u));
                                            return {v[0] + 1, call_op1("TensorListSetItem", {v[1], v[0], h}, attrs), h};
                                          },
                                          {Tensor::scalar<std::int32_t>(0), outputs, zeros});
        return {call_op1("TensorListStack", {ends[1], row}, attrs)};
      }));
  run(state, compiled, {ones({steps, 1, kUnits})}, {Tensor::empty(DType::float32, {steps, 1, kUnits})});
}
BENCHMARK(Recurrent)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace hornbeam::graph
