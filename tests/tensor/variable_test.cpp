#include "hornbeam/variable.hpp"

#include <gtest/gtest.h>

#include "hornbeam/make_variable.hpp"

namespace hornbeam {
namespace {

TEST(Variable, WritableCopiesWhatOthersHold) {
  VariableNode v("w", Tensor::from<float>({2}, {1, 2}), true);
  const Tensor kept = v.value();
  const auto version = v.version();
  reinterpret_cast<float*>(v.writable())[0] = 5;
  v.note_written();
  EXPECT_EQ(kept.data<float>()[0], 1);
  EXPECT_EQ(v.value().data<float>()[0], 5);
  EXPECT_EQ(v.value().data<float>()[1], 2);
  EXPECT_GT(v.version(), version);
}

TEST(Variable, WritableLeavesBorrowedMemoryAlone) {
  const std::vector<float> mapped{1, 2};
  VariableNode v("w", Tensor::borrow(DType::float32, {2}, mapped.data()), true);
  reinterpret_cast<float*>(v.writable())[1] = 7;
  EXPECT_EQ(mapped[1], 2);
  EXPECT_EQ(v.value().data<float>()[1], 7);
}

TEST(Variable, WritableKeepsItsOwnMemory) {
  VariableNode v("w", Tensor::zeros(DType::float32, {2}), true);
  const auto* first = v.writable();
  EXPECT_EQ(v.writable(), first);
  const auto held = v.value();  // so that its memory is not given out again
  v.assign(Tensor::zeros(DType::float32, {2}));
  EXPECT_NE(v.writable(), first);
}

// Named as tf.Variable is.
TEST(Variable, Made) {
  const auto v = make_variable(Tensor::scalar(3.0F));
  EXPECT_EQ(v->name(), "Variable:0");
  EXPECT_TRUE(v->trainable());
  v->assign(Tensor::scalar(4.0F));
  EXPECT_EQ(v->value().item<float>(), 4);
  const auto step = make_variable(Tensor::scalar<std::int64_t>(0), {.trainable = false, .name = "step"});
  EXPECT_EQ(step->name(), "step:0");
  EXPECT_FALSE(step->trainable());
  EXPECT_EQ(step->dtype(), DType::int64);
  EXPECT_THROW(make_variable(Tensor()), ValueError);
}

}  // namespace
}  // namespace hornbeam
