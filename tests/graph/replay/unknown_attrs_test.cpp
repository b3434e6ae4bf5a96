// Attributes that a later TensorFlow gives an op: what would change the result is refused, what says nothing is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/replay/loaded_functions.h"
#include "hornbeam/errors.hpp"

using namespace hornbeam;
using formats::saved_model::FunctionDef;

namespace {

std::vector<Tensor> run_with(const std::string& op, const std::string& attr, const AttrValue& value) {
  FunctionDef f{.name = "f",
                .inputs = {{"a", 1}, {"b", op == "MatMul" ? 1 : 3}},
                .outputs = {{"y", 1}},
                .nodes = {},
                .ret = {{"y", op == "MatMul" ? "y:product:0" : "y:output:0"}},
                .control_ret = {},
                .attrs = {}};
  Attrs attrs = op == "MatMul" ? Attrs{{"T", DType::float32}, {"transpose_a", false}, {"transpose_b", false}}
                               : Attrs{{"Tparams", DType::float32}, {"Tindices", DType::int32}};
  attrs.set(attr, value);
  f.nodes.push_back({"y", op, {"a", "b"}, attrs});
  const graph::LoadedFunctions functions({{}, {f}}, "file");
  const auto a = Tensor::from<float>({2, 2}, {1, 2, 3, 4});
  const std::vector<Tensor> arguments{a, op == "MatMul" ? a : Tensor::from<std::int32_t>({1, 1}, {1})};
  return functions.call("f", arguments);
}

TEST(UnknownAttrs, AreRefusedWhereTheySaySomething) {
  EXPECT_THAT([] { run_with("GatherNd", "bad_indices_policy", std::string("IGNORE")); },
              testing::ThrowsMessage<NotImplementedError>(
                  "not yet supported: attribute 'bad_indices_policy' of op GatherNd (node 'y' of function 'f')"));
  for (const AttrValue& value : {AttrValue(true), AttrValue(std::int64_t{2}), AttrValue(DType::int32)}) {
    EXPECT_THROW(run_with("MatMul", "another", value), NotImplementedError);
  }
}

TEST(UnknownAttrs, ArePassedOverWhereTheySayNothing) {
  EXPECT_EQ(run_with("GatherNd", "bad_indices_policy", std::string())[0].data<float>()[0], 3);
  EXPECT_EQ(run_with("MatMul", "grad_a", true)[0].data<float>()[0], 7);
  EXPECT_EQ(run_with("MatMul", "_anything", std::string("x"))[0].data<float>()[0], 7);
  for (const AttrValue& value :
       {AttrValue(false), AttrValue(std::int64_t{0}), AttrValue(std::vector<std::int64_t>{})}) {
    EXPECT_EQ(run_with("MatMul", "another", value)[0].data<float>()[0], 7);
  }
}

}  // namespace
