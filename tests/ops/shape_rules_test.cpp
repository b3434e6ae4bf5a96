// Shape rules while tracing: with unknown dims, unknown rank and unknown values they must allow what the op then
// yields.
#include <gtest/gtest.h>

#include "ops/op_def.h"
#include "ops/op_table.h"

namespace hornbeam {
namespace {

enum class Known { kNothing, kRanks, kAllButBatch };

TensorSpec seen(const Tensor& t, Known known) {
  Shape shape = t.shape();
  if (known == Known::kNothing) return {t.dtype(), Shape::unknown()};
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (known == Known::kRanks || i == 0) shape[i] = None;
  }
  return {t.dtype(), shape};
}

class ShapeRules : public ::testing::TestWithParam<std::string> {};

TEST_P(ShapeRules, AllowWhatTheOpYields) {
  for (const auto& c : testing::recorded_cases(GetParam())) {
    const auto& op = get_op(c.op);
    std::vector<DType> dtypes;
    for (const auto& t : c.inputs) dtypes.push_back(t.dtype());
    const auto attrs = op.complete(dtypes, c.attrs);
    for (const auto known : {Known::kNothing, Known::kRanks, Known::kAllButBatch}) {
      std::vector<TensorSpec> inputs;
      std::vector<Tensor> values;
      for (const auto& t : c.inputs) {
        const bool argument = is_integer(t.dtype()) && t.rank() <= 1;
        inputs.push_back(argument && known == Known::kAllButBatch ? TensorSpec{t.dtype(), t.shape()} : seen(t, known));
        values.push_back(argument && known == Known::kAllButBatch ? t : Tensor());
      }
      const auto shapes = op.shape_fn(ShapeContext(attrs, inputs, values));
      ASSERT_EQ(shapes.size(), c.outputs.size()) << c.op << " " << c.name;
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        const bool private_reserve = c.op.starts_with("FusedBatchNorm") && i >= 3;
        if (private_reserve) continue;
        EXPECT_TRUE(shapes[i].is_compatible_with(c.outputs[i].shape()))
            << c.op << " " << c.name << " output " << i << ": " << shapes[i].to_string() << " does not allow "
            << c.outputs[i].shape().to_string();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, ShapeRules, ::testing::ValuesIn(testing::recorded_ops()),
                         [](const auto& i) { return i.param; });

}  // namespace
}  // namespace hornbeam
