// Runs of one caller on memory of its own.
#include <gmock/gmock.h>

#include "graph/executor.h"
#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;

// What a session writes is what a run gives, also for other shapes and new values of variables.
TEST(Session, GivesWhatRunsGive) {
  const auto w = variable("w", random_tensor({5, 3}, 2));
  const auto f = compile({floats({None, 5})}, [&](Tensors x) -> List {
    return {ops::exp(ops::matmul(x[0], Tensor(w))), x[0]};
  });
  Executable::Session one(*f), other(*f);
  for (const std::int64_t batch : {1, 1, 7, 7, 1}) {
    const List inputs{random_tensor({batch, 5}, static_cast<unsigned>(batch))};
    for (auto* session : {&one, &other}) {
      List outputs{Tensor::zeros(DType::float32, {batch, 3}), Tensor::zeros(DType::float32, {batch, 5})};
      session->run_into(inputs, outputs);
      const auto expected = f->run(inputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) expect_same(outputs[i], expected[i]);
      w->assign(random_tensor({5, 3}, static_cast<unsigned>(batch) + 3));
    }
  }
}

// A batch whose rows are run some at a time.
TEST(Session, BatchesInPieces) {
  const auto f = compile({floats({None, 1000})}, [](Tensors x) -> List {
    auto y = x[0];
    for (int i = 0; i < 8; ++i) y = ops::sin(ops::exp(y)) + y;
    return {y};
  });
  Executable::Session session(*f);
  const List inputs{random_tensor({700, 1000})};
  List outputs{Tensor::zeros(DType::float32, {700, 1000})};
  for (int i = 0; i < 2; ++i) session.run_into(inputs, outputs);
  expect_same(outputs[0], f->run(inputs)[0]);
}

TEST(Session, RefusesWhatRunsRefuse) {
  const auto f = compile({floats({None, 2})}, [](Tensors x) -> List { return {ops::exp(x[0])}; });
  Executable::Session session(*f);
  List outputs{Tensor::zeros(DType::float32, {1, 2})};
  const List right{random_tensor({1, 2})};
  session.prepare(right);
  EXPECT_THROW(session.run_into(List{}, outputs), InvalidArgumentError);
  EXPECT_THROW(session.run_into(List{Tensor()}, outputs), InvalidArgumentError);
  EXPECT_THROW(session.run_into(List{random_tensor({1, 3})}, outputs), InvalidArgumentError);
  List wrong{Tensor::zeros(DType::float32, {2, 2})};
  EXPECT_THROW(session.run_into(right, wrong), ValueError);
  session.run_into(right, outputs);
  expect_same(outputs[0], f->run(right)[0]);
}

}  // namespace
}  // namespace hornbeam::graph
