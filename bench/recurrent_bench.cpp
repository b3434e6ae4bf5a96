// An embedding, an LSTM and a dense layer as compiled functions: prediction, one step of a stream, and the gradients of
// a training step.
#include <benchmark/benchmark.h>

#include <random>

#include "graph/executor.h"
#include "graph/function.h"
#include "graph/gradients.h"
#include "hornbeam/ops.hpp"

namespace hornbeam::bench {
namespace {

Variable weight(const char* name, const Shape& shape) {
  static std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.1F);
  Tensor t = Tensor::empty(DType::float32, shape);
  for (auto& v : t.mutable_data<float>()) v = normal(random);
  return std::make_shared<VariableNode>(name, t, true);
}

struct Model {
  Variable table = weight("table", {5000, 64}), kernel = weight("kernel", {64, 256}),
           recurrent = weight("recurrent", {64, 256}), bias = weight("bias", {256}), dense = weight("dense", {64, 1});

  std::vector<Tensor> lstm(const Tensor& x, const Tensor& h, const Tensor& c) const {
    return call_op("_FusedLSTM", std::vector<Tensor>{x, h, c, Tensor(kernel), Tensor(recurrent), Tensor(bias)},
                   {{"num_bias", std::int64_t{1}}, {"num_masks", std::int64_t{0}}});
  }
  Tensor operator()(const Tensor& ids) const {
    const auto rows = ops::strided_slice(ops::shape(ids), {0}, {1}, {1});
    const auto zeros = ops::fill(ops::concat({rows, Tensor::from<std::int32_t>({1}, {64})}, 0), Tensor::scalar(0.0F));
    const auto h = lstm(ops::gather(Tensor(table), ids, 0), zeros, zeros)[1];
    return ops::sigmoid(ops::matmul(h, Tensor(dense)));
  }
};

Tensor tokens(std::int64_t batch) {
  Tensor ids = Tensor::empty(DType::int32, {batch, 100});
  std::int32_t next = 0;
  for (auto& id : ids.mutable_data<std::int32_t>()) id = next = (next + 7919) % 5000;
  return ids;
}

void predict(benchmark::State& state) {
  const Model model;
  const graph::Executable f(graph::trace("f", std::vector<TensorSpec>{{DType::int32, Shape{None, 100}}},
                                         [&](std::span<const Tensor> x) { return std::vector<Tensor>{model(x[0])}; }));
  const std::vector<Tensor> inputs{tokens(state.range(0))};
  std::vector<Tensor> outputs = f.run(inputs);
  for (auto _ : state) f.run_into(inputs, outputs);
}
BENCHMARK(predict)->Arg(1)->Arg(16)->Arg(64)->UseRealTime()->Unit(benchmark::kMicrosecond);

void stream(benchmark::State& state) {
  const Model model;
  const auto state_spec = TensorSpec{DType::float32, Shape{None, 64}};
  const graph::Executable f(
      graph::trace("f", std::vector<TensorSpec>{{DType::float32, Shape{None, 1, 64}}, state_spec, state_spec},
                   [&](std::span<const Tensor> x) {
                     const auto y = model.lstm(x[0], x[1], x[2]);
                     return std::vector<Tensor>{y[1], y[2]};
                   }));
  const std::vector<Tensor> inputs{Tensor::zeros(DType::float32, {1, 1, 64}), Tensor::zeros(DType::float32, {1, 64}),
                                   Tensor::zeros(DType::float32, {1, 64})};
  std::vector<Tensor> outputs = f.run(inputs);
  for (auto _ : state) f.run_into(inputs, outputs);
}
BENCHMARK(stream)->UseRealTime();

void gradients_of_step(benchmark::State& state) {
  const Model model;
  const std::vector<Variable> weights{model.table, model.kernel, model.recurrent, model.bias, model.dense};
  const graph::Executable f(
      graph::trace("f", std::vector<TensorSpec>{{DType::int32, Shape{None, 100}}}, [&](std::span<const Tensor> x) {
        return graph::gradients(ops::reduce_mean(ops::square(model(x[0]))), weights);
      }));
  const std::vector<Tensor> inputs{tokens(state.range(0))};
  std::vector<Tensor> outputs = f.run(inputs);
  for (auto _ : state) f.run_into(inputs, outputs);
}
BENCHMARK(gradients_of_step)->Arg(64)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hornbeam::bench
