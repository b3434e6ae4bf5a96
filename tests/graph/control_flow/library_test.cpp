// Functions as files bring them: linked by name, refused when something is wrong, and bounded.
#include <gtest/gtest.h>

#include "graph/function_library.h"
#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

std::int32_t add_node(Function& f, const std::string& op, std::vector<Output> inputs, Attrs attrs,
                      std::vector<TensorSpec> outputs) {
  const auto id = static_cast<std::int32_t>(f.graph.size());
  f.graph.nodes.push_back(
      {&get_op(op), op + "_" + std::to_string(id), std::move(attrs), std::move(inputs), std::move(outputs)});
  return id;
}

std::int32_t add_argument(Function& f, const TensorSpec& spec) {
  const auto index = static_cast<std::int64_t>(f.arguments.size());
  f.arguments.push_back(add_node(f, "_Arg", {}, {{"T", spec.dtype}, {"index", index}}, {spec}));
  return f.arguments.back();
}

std::int32_t add_call(Function& f, const std::string& callee, std::int32_t input) {
  const std::vector<DType> types{DType::float32};
  return add_node(f, "PartitionedCall", {{input, 0}},
                  {{"Tin", types}, {"Tout", types}, {"f", FunctionAttr{callee, nullptr}}}, {floats({2})});
}

// x -> callee(x) * x, or x * x.
Function squares(const std::string& name, const std::string& callee = "") {
  Function f;
  f.name = name;
  const auto x = add_argument(f, floats({2}));
  const auto other = callee.empty() ? x : add_call(f, callee, x);
  f.results = {{add_node(f, "Mul", {{other, 0}, {x, 0}}, {{"T", DType::float32}}, {floats({2})}), 0}};
  return f;
}

std::string refusal(const std::vector<Function>& functions) {
  FunctionLibrary library;
  for (const auto& f : functions) library.add(f);
  try {
    library.link();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

Tensor two() { return Tensor::from<float>({2}, {2, 3}); }

TEST(FunctionLibrary, CallsAreInlined) {
  FunctionLibrary library;
  library.add(squares("c", "b"));
  library.add(squares("a"));
  library.add(squares("b", "a"));
  library.link();
  auto main = squares("main", "c");
  library.link(main);
  const Executable compiled(std::make_shared<const Function>(main));
  for (const auto& op : compiled.op_types()) EXPECT_NE(op, "PartitionedCall");
  const auto x = two();
  expect_same(compiled.run(std::span(&x, 1))[0], Tensor::from<float>({2}, {32, 243}));
  // And called as an op.
  const auto y = call_op1("PartitionedCall", {x}, {{"f", library.find("b")}, {"Tout", std::vector{DType::float32}}});
  expect_same(y, Tensor::from<float>({2}, {8, 27}));
}

TEST(FunctionLibrary, WhatIsWrongIsRefused) {
  EXPECT_EQ(refusal({squares("a"), squares("b", "a")}), "");
  EXPECT_NE(refusal({squares("a", "missing")}), "");
  EXPECT_NE(refusal({squares("a", "a")}), "");
  EXPECT_NE(refusal({squares("a", "b"), squares("b", "c"), squares("c", "a")}), "");
  EXPECT_THROW(
      {
        FunctionLibrary library;
        library.add(squares("a"));
        library.add(squares("a"));
      },
      ValueError);

  auto later = squares("a");
  later.graph.nodes[1].inputs[0] = {1, 0};
  EXPECT_NE(refusal({later}), "");
  auto negative = squares("a");
  negative.graph.nodes[1].inputs[0] = {-1, 0};
  EXPECT_NE(refusal({negative}), "");
  auto output = squares("a");
  output.graph.nodes[1].inputs[0] = {0, 1};
  EXPECT_NE(refusal({output}), "");
  auto result = squares("a");
  result.results[0] = {7, 0};
  EXPECT_NE(refusal({result}), "");
  auto argument = squares("a");
  argument.arguments = {1};
  EXPECT_NE(refusal({argument}), "");
  auto twice = squares("a");
  twice.arguments = {0, 0};
  EXPECT_NE(refusal({twice}), "");
  auto count = squares("a");
  count.graph.nodes[1].inputs.pop_back();
  EXPECT_NE(refusal({count}), "");

  // Callers and callees that do not fit.
  auto callee = squares("callee");
  callee.graph.nodes[0].outputs[0].dtype = DType::int32;
  callee.graph.nodes[0].attrs.set("T", DType::int32);
  callee.graph.nodes[1].outputs[0].dtype = DType::int32;
  callee.graph.nodes[1].attrs.set("T", DType::int32);
  EXPECT_EQ(refusal({callee}), "");
  EXPECT_NE(refusal({callee, squares("a", "callee")}), "");
  auto more = squares("callee");
  more.results.push_back({0, 0});
  EXPECT_NE(refusal({more, squares("a", "callee")}), "");
}

TEST(FunctionLibrary, DeepCallsAreRefused) {
  std::vector<Function> chain{squares("f0")};
  for (int i = 1; i < 200; ++i) chain.push_back(squares("f" + std::to_string(i), "f" + std::to_string(i - 1)));
  EXPECT_NE(refusal(chain), "");
}

// Forty functions, each calling the one before twice: a million million nodes.
TEST(FunctionLibrary, WhatGrowsWithoutEndIsRefused) {
  FunctionLibrary library;
  library.add(squares("f0"));
  for (int i = 1; i < 40; ++i) {
    auto f = squares("f" + std::to_string(i), "f" + std::to_string(i - 1));
    f.results = {{add_call(f, "f" + std::to_string(i - 1), f.results[0].node), 0}};
    library.add(f);
  }
  library.link();
  auto main = squares("main", "f39");
  library.link(main);
  EXPECT_THROW(Executable(std::make_shared<const Function>(main)), ValueError);
}

TEST(FunctionLibrary, FunctionsThatWereNotLookedUpAreNotRun) {
  auto f = squares("f", "nobody");
  EXPECT_THROW(Executable(std::make_shared<const Function>(f)), NotImplementedError);
  const auto x = two();
  EXPECT_THROW(
      call_op("PartitionedCall", {x}, {{"f", FunctionAttr{"nobody", nullptr}}, {"Tout", std::vector{DType::float32}}}),
      NotImplementedError);
}

}  // namespace
}  // namespace hornbeam::graph
