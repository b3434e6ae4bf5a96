#include <gmock/gmock.h>

#include "graph/executor.h"
#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;

Tensor add(const Tensor& a, const Tensor& b) { return call_op1("AddV2", {a, b}); }
Tensor mul(const Tensor& a, const Tensor& b) { return call_op1("Mul", {a, b}); }
Tensor relu(const Tensor& a) { return call_op1("Relu", {a}); }
Tensor exp(const Tensor& a) { return call_op1("Exp", {a}); }
Tensor matmul(const Tensor& a, const Tensor& b) { return call_op1("MatMul", {a, b}); }

TEST(Executable, EqualsEagerForSeveralBatchSizes) {
  const auto w = variable("w", random_tensor({5, 3}, 2)), b = variable("b", random_tensor({3}, 3));
  const auto body = [&](Tensors x) -> List {
    return {call_op1("Softmax", {relu(call_op1("BiasAdd", {matmul(x[0], w), b}))})};
  };
  const auto f = compile({floats({None, 5})}, body);
  for (const std::int64_t batch : {1, 7, 32, 2, 7}) expect_equals_eager(*f, body, {random_tensor({batch, 5})});
}

TEST(Executable, MorePlansThanTheCacheHolds) {
  const auto body = [](Tensors x) -> List { return {exp(add(x[0], x[0]))}; };
  const auto f = compile({floats({None, None})}, body);
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t n = 1; n < 20; ++n) expect_equals_eager(*f, body, {random_tensor({n, 3})});
  }
}

TEST(Executable, UnknownRank) {
  const auto body = [](Tensors x) -> List { return {mul(x[0], x[0])}; };
  const auto f = compile({floats(Shape::unknown())}, body);
  expect_equals_eager(*f, body, {random_tensor({})});
  expect_equals_eager(*f, body, {random_tensor({2, 3, 4})});
}

TEST(Executable, AnInputThatIsReadAgainIsNotOverwritten) {
  const auto body = [](Tensors x) -> List {
    const auto a = exp(x[0]);
    const auto b = relu(a);    // a lives on
    const auto c = add(a, b);  // both end here
    const auto d = mul(c, c);
    return {add(d, a), c};
  };
  const auto f = compile({floats({None, 4})}, body);
  const auto x = random_tensor({3, 4});
  expect_equals_eager(*f, body, {x});
  expect_same(x, random_tensor({3, 4}));
}

TEST(Executable, BroadcastInputsAreNotOverwritten) {
  const auto body = [](Tensors x) -> List {
    const auto row = exp(x[0]), column = exp(x[1]);
    return {add(row, column), add(column, row)};
  };
  const auto f = compile({floats({1, None}), floats({None, 1})}, body);
  expect_equals_eager(*f, body, {random_tensor({1, 4}), random_tensor({4, 1}, 2)});
  expect_equals_eager(*f, body, {random_tensor({1, 1}), random_tensor({1, 1}, 2)});
}

TEST(Executable, ResultsThatAreInputsConstantsVariablesOrTwice) {
  const auto v = variable("v", random_tensor({2}, 5));
  const auto constant = random_tensor({3}, 6);
  const auto body = [&](Tensors x) -> List {
    const auto y = exp(x[0]);
    return {x[0], constant, Tensor(v), y, y, x[0], add(y, y)};
  };
  const auto f = compile({floats({None})}, body);
  const auto x = random_tensor({4});
  expect_equals_eager(*f, body, {x});
  EXPECT_NE(f->run({{x}})[0].raw(), x.raw());
}

TEST(Executable, NoArguments) {
  const auto v = variable("v", random_tensor({2}));
  const auto body = [&](Tensors) -> List { return {add(Tensor(v), Tensor(v))}; };
  const auto f = compile({}, body);
  expect_equals_eager(*f, body, {});
}

TEST(Executable, EmptyTensors) {
  const auto w = variable("w", random_tensor({5, 3}));
  const auto body = [&](Tensors x) -> List { return {relu(matmul(x[0], w)), add(x[0], x[0])}; };
  const auto f = compile({floats({None, 5})}, body);
  expect_equals_eager(*f, body, {random_tensor({0, 5})});
  expect_equals_eager(*f, body, {random_tensor({2, 5})});
}

TEST(Executable, SeesAssignedVariables) {
  const auto w = variable("w", random_tensor({5, 3}, 2)), unrelated = variable("u", random_tensor({1}));
  const auto body = [&](Tensors x) -> List { return {matmul(x[0], exp(Tensor(w))), Tensor(w)}; };
  const auto f = compile({floats({None, 5})}, body);
  for (unsigned seed = 0; seed < 4; ++seed) {
    expect_equals_eager(*f, body, {random_tensor({2, 5})});
    unrelated->assign(random_tensor({1}, seed));
    expect_equals_eager(*f, body, {random_tensor({2, 5})});
    expect_equals_eager(*f, body, {random_tensor({3, 5})});
    w->assign(random_tensor({5, 3}, seed + 10));
  }
}

TEST(Executable, RunIntoWritesWhereTold) {
  const auto body = [](Tensors x) -> List { return {exp(x[0]), relu(x[0])}; };
  const auto f = compile({floats({None, 4})}, body);
  const List inputs{random_tensor({2, 4})};
  List outputs{Tensor::zeros(DType::float32, {2, 4}), Tensor::zeros(DType::float32, {2, 4})};
  const auto* memory = outputs[0].raw();
  f->run_into(inputs, outputs);
  EXPECT_EQ(outputs[0].raw(), memory);
  const auto expected = body(inputs);
  for (std::size_t i = 0; i < 2; ++i) expect_same(outputs[i], expected[i], 1e-6F);
}

TEST(Executable, RunIntoRefusesOtherTensors) {
  const auto f = compile({floats({None, 4})}, [](Tensors x) -> List { return {exp(x[0])}; });
  const List inputs{random_tensor({2, 4})};
  List none, shape{Tensor::zeros(DType::float32, {3, 4})}, dtype{Tensor::zeros(DType::float64, {2, 4})};
  EXPECT_THROW(f->run_into(inputs, none), ValueError);
  EXPECT_THROW(f->run_into(inputs, shape), ValueError);
  EXPECT_THROW(f->run_into(inputs, dtype), ValueError);
}

TEST(Executable, RefusesInputsThatDoNotFit) {
  const auto f = compile({floats({None, 4})}, [](Tensors x) -> List { return {exp(x[0])}; });
  const auto message = [&](const List& inputs) -> std::string {
    try {
      f->run(inputs);
    } catch (const InvalidArgumentError& e) {
      return e.what();
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(message({}), "Function 'f' takes 1 arguments, received 0");
  EXPECT_EQ(message({random_tensor({2, 5})}),
            "Function 'f': argument 0 ('arg') expects float32 of shape (None, 4), received float32 of shape (2, 5)");
  EXPECT_EQ(message({Tensor::zeros(DType::int32, {2, 4})}),
            "Function 'f': argument 0 ('arg') expects float32 of shape (None, 4), received int32 of shape (2, 4)");
  EXPECT_THAT(message({Tensor()}), testing::HasSubstr("undefined"));
  trace("g", {}, [&](Tensors) -> List {
    const auto inner = trace("h", std::vector{floats({2, 4})}, [&](Tensors x) -> List {
      EXPECT_THAT(message({x[0]}), testing::HasSubstr("symbolic"));
      return {x[0]};
    });
    return {};
  });
  expect_equals_eager(*f, [](Tensors x) -> List { return {exp(x[0])}; }, {random_tensor({2, 4})});
}

TEST(Executable, StaysUsableAfterAnError) {
  const auto body = [](Tensors x) -> List { return {add(x[0], x[1])}; };
  const auto f = compile({floats({None}), floats({None})}, body);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(f->run(List{random_tensor({2}), random_tensor({3})}), InvalidArgumentError);
    expect_equals_eager(*f, body, {random_tensor({3}), random_tensor({3})});
  }
}

TEST(Executable, ErrorsOfKernelsPassThrough) {
  const auto body = [](Tensors x) -> List { return {call_op1("FloorDiv", {x[0], x[1]})}; };
  const auto f = compile({{DType::int32, {None}}, {DType::int32, {None}}}, body);
  const auto a = Tensor::from<std::int32_t>({2}, {7, 8}), zero = Tensor::from<std::int32_t>({2}, {1, 0});
  const auto b = Tensor::from<std::int32_t>({2}, {2, 3});
  for (int i = 0; i < 20; ++i) EXPECT_THROW(f->run(List{a, zero}), InvalidArgumentError);
  expect_equals_eager(*f, body, {a, b});
}

TEST(Executable, ChainsOfAThousandAndMore) {
  const auto body = [](Tensors x) -> List {
    Tensor y = x[0];
    for (int i = 0; i < 3000; ++i) y = add(y, x[0]);
    return {y};
  };
  const auto f = compile({floats({None})}, body);
  expect_equals_eager(*f, body, {random_tensor({5})});
}

TEST(Executable, MergesFoldsAndDrops) {
  const auto two = Tensor::scalar(2.F), three = Tensor::scalar(3.F);
  const auto f = compile({floats({None})}, [&](Tensors x) -> List {
    exp(x[0]);                                                 // dead
    const auto a = mul(x[0], x[0]), b = mul(x[0], x[0]);       // the same
    return {call_op1("AddV2", {add(a, b), mul(two, three)})};  // 6, a constant
  });
  EXPECT_THAT(f->op_types(), testing::UnorderedElementsAre("_Arg", "Const", "_FusedElementwise", "_FusedElementwise"));
  expect_same(f->run(List{Tensor::from<float>({2}, {1, 2})})[0], Tensor::from<float>({2}, {8, 14}));
}

}  // namespace
}  // namespace hornbeam::graph
