// What the passes make of a training step, and that it still computes the same, on any number of threads.
#include <gmock/gmock.h>

#include "graph/test_functions.h"
#include "graph/variables.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;
using testing::Contains;
using testing::Not;

Tensor conv(const Tensor& x, const Tensor& w, std::int64_t stride = 1) {
  return call_op1("Conv2D", {x, w},
                  {{"strides", std::vector<std::int64_t>{1, stride, stride, 1}}, {"padding", std::string("SAME")}});
}
Tensor bias_add(const Tensor& x, const Tensor& b) { return call_op1("BiasAdd", {x, b}); }
Tensor relu(const Tensor& x) { return call_op1("Relu", {x}); }
Tensor max_pool(const Tensor& x) {
  return call_op1("MaxPool", {x},
                  {{"ksize", std::vector<std::int64_t>{1, 2, 2, 1}},
                   {"strides", std::vector<std::int64_t>{1, 2, 2, 1}},
                   {"padding", std::string("VALID")}});
}

// The weights of a small network; every network made of them begins with the same.
class Weights {
 public:
  Tensor operator()(const Shape& shape, float low = -0.2F, float high = 0.2F) {
    if (next_ == list_.size()) {
      const auto seed = static_cast<unsigned>(next_ + 30);
      list_.push_back(variable("w" + std::to_string(next_), random_tensor(shape, seed, low, high)));
    }
    return list_[next_++];
  }
  Tensor norm(const Tensor& x) {
    const auto c = x.shape().back();
    const auto gamma = (*this)({c}, 0.5F, 1.5F), beta = (*this)({c});
    return call_op("FusedBatchNormV3", {x, gamma, beta, ops::zeros({c}), ops::ones({c})}, {{"epsilon", 0.001F}})[0];
  }
  const std::vector<Variable>& list() const { return list_; }
  void rewind() { next_ = 0; }

 private:
  std::vector<Variable> list_;
  std::size_t next_ = 0;
};

using Network = Tensor (*)(const Tensor& x, Weights& weights);

// One step of gradient descent; gives the gradients.
List descend(const Tensor& x, Network network, Weights& weights) {
  weights.rewind();
  GradientTape tape;
  const auto loss = ops::reduce_mean(ops::square(network(x, weights)));
  const auto gradients = tape.gradient(loss, weights.list());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor old = weights.list()[i];
    assign(weights.list()[i], old - gradients[i] * 0.01);
  }
  return gradients;
}

Tensor residual(const Tensor& x, Weights& w) {
  auto h = relu(w.norm(bias_add(conv(x, w({3, 3, 3, 20})), w({20}))));
  h = relu(w.norm(conv(h, w({1, 1, 20, 20}))) + h);
  h = relu(w.norm(conv(h, w({3, 3, 20, 9}), 2)));
  return ops::reduce_mean(h, {1, 2});
}

Tensor cnn(const Tensor& x, Weights& w) {
  auto h = max_pool(relu(bias_add(conv(x, w({3, 3, 3, 17})), w({17}))));
  h = max_pool(relu(bias_add(conv(h, w({3, 3, 17, 33})), w({33}))));
  h = ops::reshape(h, {-1, 3 * 2 * 33});
  h = relu(bias_add(ops::matmul(h, w({3 * 2 * 33, 40})), w({40})));
  return bias_add(ops::matmul(h, w({40, 10})), w({10}));
}

class TrainingFusion : public ::testing::Test {
 protected:
  static constexpr std::int64_t kBatch = 10;

  void check(Network network) {
    const auto x = random_tensor({kBatch, 13, 9, 3}, 7);
    Weights eager;
    const auto expected = descend(x, network, eager);
    std::vector<Tensor> first;  // what one thread made of the weights
    for (const int threads : {1, 2, 3}) {
      SCOPED_TRACE(std::to_string(threads) + " threads");
      const kernels::ThreadLimit limit(threads);
      Weights weights;
      network(x, weights);  // makes the variables
      step_ = compile({floats({None, 13, 9, 3})}, [&](Tensors a) { return descend(a[0], network, weights); });
      const auto actual = step_->run(List{x});
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        SCOPED_TRACE("gradient " + std::to_string(i));
        expect_same(actual[i], expected[i], 2e-4F);
        expect_same(weights.list()[i]->value(), eager.list()[i]->value(), 1e-5F);
      }
      for (int more = 0; more < 3; ++more) step_->run(List{x});
      for (std::size_t i = 0; i < actual.size(); ++i) {
        const auto value = weights.list()[i]->value();
        if (threads == 1) {
          first.push_back(value);
        } else {
          expect_same(value, first[i]);
        }
      }
    }
  }

  std::unique_ptr<Executable> step_;
};

TEST_F(TrainingFusion, NormalisationTakesReluAndResidual) {
  check(residual);
  const auto types = step_->op_types();
  EXPECT_THAT(types, Contains("_FusedBatchNormEx").Times(3));
  EXPECT_THAT(types, Contains("_FusedBatchNormGradEx").Times(2));
  EXPECT_THAT(types, Contains("FusedBatchNormGradV3").Times(1));  // whose relu came after the residual
  EXPECT_THAT(types, Contains("_FusedConv2D").Times(3));
  EXPECT_THAT(types, Contains("_Conv2DBackpropFilterBias").Times(1));
  for (const char* gone : {"Relu", "BiasAdd", "BiasAddGrad"}) EXPECT_THAT(types, Not(Contains(gone)));
}

TEST_F(TrainingFusion, ProductsTakeBiasAndReluAndTheirGradientsThoseOfBiases) {
  check(cnn);
  const auto types = step_->op_types();
  EXPECT_THAT(types, Contains("_FusedConv2D").Times(2));
  EXPECT_THAT(types, Contains("_FusedMatMul").Times(4));  // two of them gradients
  EXPECT_THAT(types, Contains("_MaxPoolReluGrad").Times(2));
  EXPECT_THAT(types, Contains("_Conv2DBackpropFilterBias").Times(2));
  EXPECT_THAT(types, Contains("_MatMulBiasGrad").Times(2));
  for (const char* gone : {"Relu", "BiasAdd", "BiasAddGrad", "MaxPoolGrad", "MatMul"}) {
    EXPECT_THAT(types, Not(Contains(gone)));
  }
}

}  // namespace
}  // namespace hornbeam::graph
