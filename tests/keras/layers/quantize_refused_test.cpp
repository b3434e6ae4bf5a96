// What quantising refuses, and that nothing is another afterwards.
#include <gmock/gmock.h>

#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

void expect_untouched(const ModelRef& model, const std::function<void()>& quantize) {
  const auto x = ops::random_normal({2, 3, 4}, {.seed = 3});
  const auto before = model->predict(x).tensor();
  const auto weights = model->get_weights().size();
  EXPECT_NE(error_of(quantize), "no error");
  EXPECT_EQ(model->get_weights().size(), weights);
  EXPECT_TRUE(std::ranges::equal(model->predict(x).tensor().data<float>(), before.data<float>()));
}

TEST(QuantizeRefused, EquationsWithAnEllipsis) {
  backend::clear_session();
  const auto x = Input({3, 4});
  const EinsumDense layer("...c,cd->...d", Shape{3, 5}, {.name = "e"});
  const ModelRef model(Functional(x, layer(x)));
  expect_untouched(model, [&] { model->quantize("int8"); });
}

TEST(QuantizeRefused, ScalesAlongOtherAxes) {
  backend::clear_session();
  const auto x = Input({3, 4});
  const Dense layer(5, {.name = "d"});
  const ModelRef model(Functional(x, layer(x)));
  quantizers::Int8QuantizationConfig config;
  config.weight_quantizer = quantizers::AbsMaxQuantizer{.axis = std::vector<std::int64_t>{1}};
  expect_untouched(model, [&] { layer->quantize("int8", config); });
}

TEST(QuantizeRefused, BlocksAndAxesThatCannotBe) {
  const auto x = ops::ones({3, 2});
  EXPECT_THAT(error_of([&] { quantizers::abs_max_quantize_grouped_with_zero_point(x, 0); }),
              HasSubstr("block_size must be at least 1. Received: block_size=0"));
  EXPECT_THAT(error_of([&] { quantizers::abs_max_quantize_grouped_with_zero_point(ops::ones({3}), 2); }),
              HasSubstr("expected a matrix"));
  const auto integers = ops::cast(x, DType::int8);
  EXPECT_THAT(error_of([&] { quantizers::pack_int4(integers, 2); }), HasSubstr("axis 2 is out of bounds"));
  EXPECT_THAT(error_of([&] { quantizers::unpack_int4(integers, 6, -3); }), HasSubstr("axis -3 is out of bounds"));
  // A block that is larger than the matrix takes no more than it: as one that is a row larger.
  const auto large = quantizers::abs_max_quantize_grouped_with_zero_point(x, std::int64_t{1} << 60);
  const auto small = quantizers::abs_max_quantize_grouped_with_zero_point(x, 4);
  EXPECT_EQ(large.scale.shape(), small.scale.shape());
  EXPECT_TRUE(std::ranges::equal(large.values.data<std::int8_t>(), small.values.data<std::int8_t>()));
}

// Blocks and kernels of sizes that overflow when they are multiplied, from configs.
TEST(QuantizeRefused, HugeBlocksAndKernels) {
  backend::clear_session();
  const auto x = Input({4});
  EXPECT_NO_THROW(Dense(2, {.dtype = "int4/9223372036854775807_from_float32"})(x));
  EXPECT_NE(error_of([&] { Dense(std::numeric_limits<std::int64_t>::max(), {.dtype = "int4_from_float32"})(x); }),
            "no error");
}

}  // namespace
}  // namespace hornbeam
