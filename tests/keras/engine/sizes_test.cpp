// Sizes that no machine holds are refused with an error, at the call or at predict.
#include "keras/engine/helpers.h"

namespace hornbeam::engine_test {
namespace {

using Sizes = EngineTest;

TEST_F(Sizes, AnIntegerPast32BitsIsNotCutOff) {
  const auto text = message_of<ValueError>([] { RepeatVector(std::int64_t{1} << 40)(Input({3})); });
  EXPECT_NE(text.find("the size or index 1099511627776 does not fit 32 bits"), std::string::npos) << text;
}

TEST_F(Sizes, AnOutputBiggerThanTheMachineIsRefused) {
  const Sequential model({Input({1 << 20}), RepeatVector(2147483647)});
  const auto text = message_of<ValueError>([&] { model->predict(Tensor::zeros(DType::float32, {1, 1 << 20})); });
  EXPECT_NE(text.find("out of memory"), std::string::npos) << text;
  EXPECT_NE(text.find("(1, 2147483647, 1048576)"), std::string::npos) << text;
}

}  // namespace
}  // namespace hornbeam::engine_test
