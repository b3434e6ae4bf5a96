// The table of TensorFlow's gradients once more: the op and its gradient traced into one function with unknown dims,
// and run compiled. And weight gradients on one, two and three threads.
#include <gtest/gtest.h>

#include "graph/executor.h"
#include "graph/function.h"
#include "graph/gradients.h"
#include "hornbeam/ops.hpp"
#include "ops/kernels/parallel.h"
#include "ops/op_table.h"

namespace hornbeam {
namespace {

bool is_argument(const Tensor& t) { return t.defined() && is_floating(t.dtype()); }

// The gradients of all inputs by graph::gradients, floats being the function's arguments.
std::vector<Tensor> compiled_gradients(const testing::OpCase& c, bool known_dims) {
  std::vector<TensorSpec> specs;
  std::vector<Tensor> arguments;
  const auto add = [&](const Tensor& t) {
    arguments.push_back(t);
    specs.push_back({t.dtype(), known_dims ? t.shape() : Shape(std::vector<std::int64_t>(t.rank(), None))});
  };
  for (const auto& t : c.inputs) {
    if (is_argument(t)) add(t);
  }
  for (const auto& t : c.output_gradients) {
    if (t.defined()) add(t);
  }
  std::vector<bool> exists;
  const auto function = graph::trace("case", specs, [&](std::span<const Tensor> symbolic) {
    std::size_t next = 0;
    std::vector<Tensor> inputs, targets, seeds, found;
    for (const auto& t : c.inputs) inputs.push_back(is_argument(t) ? symbolic[next++] : t);
    const auto outputs = call_op(c.op, inputs, c.attrs);
    for (std::size_t i = 0; i < c.output_gradients.size(); ++i) {
      if (!c.output_gradients[i].defined()) continue;
      targets.push_back(outputs.at(i));
      seeds.push_back(symbolic[next++]);
    }
    for (const auto& gradient : graph::gradients(targets, inputs, {.output_gradients = seeds})) {
      exists.push_back(gradient.defined());
      if (gradient.defined()) found.push_back(gradient);
    }
    return found;
  });
  const auto found = graph::Executable(function).run(arguments);
  std::vector<Tensor> gradients;
  std::size_t next = 0;
  for (const bool e : exists) gradients.push_back(e ? found[next++] : Tensor());
  return gradients;
}

class CompiledGradients : public ::testing::TestWithParam<std::string> {};

TEST_P(CompiledGradients, AreTensorFlows) {
  for (const auto& c : testing::recorded_gradients(GetParam())) {
    for (const bool known : {false, true}) {
      // The shapes of a decomposition must be known.
      if (c.op == "Qr" && !known) continue;
      SCOPED_TRACE(known ? "dims known" : "dims unknown");
      try {
        EXPECT_EQ(testing::gradient_difference(c, compiled_gradients(c, known)), "");
      } catch (const Error& e) {
        ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, CompiledGradients, ::testing::ValuesIn(testing::recorded_gradient_ops()),
                         [](const auto& test) { return test.param; });

Tensor numbers(const Shape& shape, std::int64_t seed) {
  const std::vector<std::int64_t>& dims = shape.dims();
  std::vector<std::int32_t> small(dims.begin(), dims.end());
  return ops::stateless_normal(Tensor::from<std::int32_t>({static_cast<std::int64_t>(small.size())}, small),
                               Tensor::from<std::int64_t>({2}, {seed, 7}));
}
Variable weight(const char* name, const Shape& shape, std::int64_t seed) {
  return std::make_shared<VariableNode>(name, numbers(shape, seed) * 0.1, true);
}

// A small convolutional net's gradients by all its weights, compiled.
TEST(Gradients, DoNotDependOnTheNumberOfThreads) {
  const auto k1 = weight("k1", {3, 3, 3, 16}, 1), k2 = weight("k2", {3, 3, 16, 32}, 2),
             dw = weight("dw", {3, 3, 32, 1}, 3);
  const auto b1 = weight("b1", {16}, 4), gamma = weight("gamma", {32}, 5), beta = weight("beta", {32}, 6);
  const auto w = weight("w", {6 * 6 * 32, 10}, 7), table = weight("table", {50, 10}, 8);
  const std::vector<Variable> weights{k1, k2, dw, b1, gamma, beta, w, table};
  const std::vector<TensorSpec> specs{{DType::float32, Shape{None, 24, 24, 3}}, {DType::int32, Shape{None}}};
  const auto function = graph::trace("step", specs, [&](std::span<const Tensor> in) {
    auto x = ops::relu(ops::bias_add(ops::conv2d(in[0], Tensor(k1), {1, 1}, "SAME"), Tensor(b1)));
    x = ops::max_pool(x, {2, 2}, {2, 2});
    x = ops::conv2d(x, Tensor(k2), {2, 2}, "SAME");
    const auto none = ops::zeros({0});
    x = ops::fused_batch_norm(x, Tensor(gamma), Tensor(beta), none, none, 1e-3, true).y;
    x = ops::depthwise_conv2d(x, Tensor(dw), {1, 1}, "SAME");
    const auto logits =
        ops::matmul(ops::reshape(x, Shape{None, 6 * 6 * 32}), Tensor(w)) + ops::gather(Tensor(table), in[1]);
    const auto loss = ops::sparse_softmax_cross_entropy_with_logits(ops::mod(in[1], 10), logits);
    auto results = graph::gradients(ops::reduce_mean(loss), weights);
    for (const auto& r : results) EXPECT_TRUE(r.defined());
    return results;
  });
  constexpr std::int64_t kBatch = 37;
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < kBatch; ++i) labels.push_back(i * 7 % 50);
  const std::vector<Tensor> inputs{numbers({kBatch, 24, 24, 3}, 9), Tensor::from<std::int32_t>({kBatch}, labels)};
  std::vector<std::vector<Tensor>> runs;
  for (const int threads : {1, 2, 3}) {
    const kernels::ThreadLimit limit(threads);
    runs.push_back(graph::Executable(function).run(inputs));
  }
  for (std::size_t k = 1; k < runs.size(); ++k) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto a = runs[0][i].data<float>(), b = runs[k][i].data<float>();
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin())) << weights[i]->name() << " on " << k + 1 << " threads";
    }
  }
}

TEST(Gradients, OfATraceStopAtItsSources) {
  const std::vector<TensorSpec> specs{{DType::float32, Shape{None}}};
  const auto function = graph::trace("f", specs, [](std::span<const Tensor> in) -> std::vector<Tensor> {
    const auto y = ops::square(in[0]), z = ops::square(y);
    const auto found = graph::gradients(z, {y, in[0]});
    const auto unconnected = graph::gradients(y, {z}, {.unconnected_gradients = UnconnectedGradients::zero});
    EXPECT_FALSE(graph::gradients(y, {z})[0].defined());
    const auto second = graph::gradients(found[1], {in[0]});
    return {found[0], found[1], unconnected[0], second[0]};
  });
  const auto found = graph::Executable(function).run(std::vector<Tensor>{Tensor::from<float>({1}, {3.0F})});
  EXPECT_EQ(found[0].item<float>(), 18);
  EXPECT_EQ(found[1].item<float>(), 108);
  EXPECT_EQ(found[2].item<float>(), 0);
  EXPECT_EQ(found[3].item<float>(), 108);
}

TEST(Gradients, ATapeInsideATraceGivesTheSame) {
  const auto w = weight("w", {4, 3}, 1);
  const std::vector<TensorSpec> specs{{DType::float32, Shape{None, 4}}};
  const auto function = graph::trace("f", specs, [&](std::span<const Tensor> in) -> std::vector<Tensor> {
    GradientTape tape;
    const auto loss = ops::reduce_sum(ops::tanh(ops::matmul(in[0], Tensor(w))));
    const auto by_tape = tape.gradient(loss, w);
    return {by_tape, graph::gradients(loss, {w})[0]};
  });
  const auto found = graph::Executable(function).run(std::vector<Tensor>{numbers({5, 4}, 2)});
  const auto a = found[0].data<float>(), b = found[1].data<float>();
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
}

}  // namespace
}  // namespace hornbeam
