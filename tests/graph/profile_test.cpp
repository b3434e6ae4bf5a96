#include "graph/profile.h"

#include <gmock/gmock.h>

#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

using List = std::vector<Tensor>;

TEST(Profile, CountsWhatRunsWhileItsScopeLives) {
  const auto w = variable("w", random_tensor({6, 5}, 2));
  const auto f = compile({floats({None, 6})}, [&](std::span<const Tensor> x) -> List {
    const auto product = call_op1("MatMul", {x[0], w});
    return {call_op1("Softmax", {product}), call_op1("Tanh", {product})};
  });
  const auto x = random_tensor({4, 6});
  const auto expected = f->run(List{x});
  Profile profile;
  for (int i = 0; i < 3; ++i) {
    const ProfileScope scope(profile);
    expect_same(f->run(List{x})[0], expected[0]);
  }
  f->run(List{x});
  std::vector<std::string> ops;
  for (const auto& entry : profile.by_op()) {
    ops.push_back(entry.op);
    EXPECT_EQ(entry.calls, 3) << entry.op;
    EXPECT_GT(entry.ms, 0) << entry.op;
  }
  EXPECT_THAT(ops, testing::Contains("Softmax"));
  ASSERT_EQ(profile.by_node().size(), ops.size());
  EXPECT_GE(profile.by_node()[0].ms, profile.by_node().back().ms);
  EXPECT_THAT(profile.by_node()[0].form, testing::HasSubstr("->"));
}

}  // namespace
}  // namespace hornbeam::graph
