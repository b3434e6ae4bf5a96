// What is written in TensorFlow's ops computes what it did: dilated convolutions, recurrent layers' loops.
#include "graph/export/lower.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "graph/export/function_defs.h"
#include "graph/test_functions.h"
#include "graph/tracer.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"

namespace hornbeam::graph {
namespace {

bool has(const Function& f, const std::string& op) {
  return std::ranges::any_of(f.graph.nodes, [&](const Node& node) { return node.op->name == op; });
}

std::shared_ptr<const Function> convolution(const std::string& op, const Shape& x, const Tensor& filter,
                                            const Attrs& attrs) {
  const auto tracer = std::make_shared<Tracer>("f");
  const std::vector<Tensor> results{call_op1(op, {tracer->add_argument(floats(x)), filter}, attrs)};
  return tracer->finish(results);
}

struct Case {
  std::string op, padding;
  Shape x, traced, filter;
  std::vector<std::int64_t> rates;
};

TEST(Lower, DilatedConvolutionsThroughTheBatch) {
  const std::vector<Case> cases{
      {"DepthwiseConv2dNative", "SAME", {2, 7, 6, 3}, {None, 7, 6, 3}, {3, 2, 3, 2}, {1, 2, 3, 1}},
      {"DepthwiseConv2dNative", "VALID", {2, 8, 9, 3}, {None, None, None, 3}, {3, 3, 3, 1}, {1, 2, 2, 1}},
      {"Conv3D", "SAME", {1, 5, 6, 7, 2}, {None, 5, None, 7, 2}, {2, 3, 2, 2, 4}, {1, 1, 2, 2, 1}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.op + " " + c.padding);
    const Attrs attrs{
        {"strides", std::vector<std::int64_t>(c.rates.size(), 1)}, {"padding", c.padding}, {"dilations", c.rates}};
    const auto filter = random_tensor(c.filter), x = random_tensor(c.x);
    const auto function = convolution(c.op, c.traced, filter, attrs);
    const auto written = lowered(function);
    EXPECT_FALSE(has(*function, "SpaceToBatchND"));
    EXPECT_TRUE(has(*written, "SpaceToBatchND"));
    expect_same(Executable(written).run(std::span(&x, 1))[0], call_op1(c.op, {x, filter}, attrs), 1e-5F);
  }
}

TEST(Lower, DilatedTransposedConvolutionsThroughTheBatch) {
  const std::vector<Case> cases{
      {"Conv2DBackpropInput", "SAME", {2, 7, 6, 3}, {None, 7, 6, 3}, {3, 2, 4, 3}, {1, 2, 3, 1}},
      {"Conv2DBackpropInput", "VALID", {2, 5, 4, 3}, {None, None, None, 3}, {2, 3, 2, 3}, {1, 3, 2, 1}},
      {"Conv3DBackpropInputV2", "SAME", {1, 5, 6, 7, 2}, {None, 5, None, 7, 2}, {2, 3, 2, 4, 2}, {1, 1, 2, 2, 1}},
      {"Conv3DBackpropInputV2", "VALID", {1, 3, 2, 4, 2}, {None, 3, 2, 4, 2}, {2, 3, 2, 1, 2}, {1, 2, 1, 3, 1}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.op + " " + c.padding);
    const Attrs attrs{
        {"strides", std::vector<std::int64_t>(c.rates.size(), 1)}, {"padding", c.padding}, {"dilations", c.rates}};
    const auto filter = random_tensor(c.filter), x = random_tensor(c.x);
    std::vector<std::int32_t> sizes;
    for (std::size_t i = 0; i < c.x.rank(); ++i) {
      const bool grows = c.padding == "VALID" && i > 0 && i + 1 < c.x.rank();
      sizes.push_back(static_cast<std::int32_t>(c.x[i] + (grows ? (c.filter[i - 1] - 1) * c.rates[i] : 0)));
    }
    sizes.back() = static_cast<std::int32_t>(c.filter[c.filter.rank() - 2]);
    const auto wanted = Tensor::from(Shape{static_cast<std::int64_t>(sizes.size())}, sizes);
    const auto tracer = std::make_shared<Tracer>("f");
    const std::vector<Tensor> results{call_op1(c.op, {wanted, filter, tracer->add_argument(floats(c.traced))}, attrs)};
    const auto function = tracer->finish(results);
    const auto written = lowered(function);
    EXPECT_FALSE(has(*function, "SpaceToBatchND"));
    EXPECT_TRUE(has(*written, "SpaceToBatchND"));
    expect_same(Executable(written).run(std::span(&x, 1))[0], call_op1(c.op, {wanted, filter, x}, attrs), 1e-5F);
  }
}

TEST(Lower, OtherConvolutionsStay) {
  const Attrs attrs{{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}};
  const auto function = convolution("DepthwiseConv2dNative", {None, 7, 6, 3}, random_tensor({3, 2, 3, 2}), attrs);
  EXPECT_EQ(lowered(function), function);
}

TEST(FunctionDefs, ArgumentsHaveShapes) {
  const Attrs attrs{{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}};
  FunctionDefs defs;
  defs.add(convolution("DepthwiseConv2dNative", {None, 7, 6, 3}, random_tensor({3, 2, 3, 2}), attrs), "f");
  const auto written = defs.take();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_THAT(written[0].attrs.shapes("_input_shapes"), testing::ElementsAre(Shape({None, 7, 6, 3})));
}

TEST(FunctionDefs, FunctionsOfALoopHaveNamesOfTheirOwn) {
  const auto tracer = std::make_shared<Tracer>("f");
  const auto results = ops::while_loop([](const std::vector<Tensor>& v) { return ops::less(v[0], 10.0F); },
                                       [](const std::vector<Tensor>& v) { return std::vector<Tensor>{v[0] + 1.0F}; },
                                       {tracer->add_argument(floats({}))});
  FunctionDefs defs;
  defs.add(tracer->finish(results), "f");
  std::set<std::string> names;
  std::size_t all = 0;
  for (const auto& function : defs.take()) {
    for (const auto& node : function.nodes) names.insert(node.name);
    all += function.nodes.size();
  }
  EXPECT_GT(all, 5U);
  EXPECT_EQ(names.size(), all);
}

}  // namespace
}  // namespace hornbeam::graph
