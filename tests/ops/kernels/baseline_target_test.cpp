// Kernels as they are where a processor has none of the instruction sets that they are written for: run with
// HORNBEAM_TEST_BASELINE=1, this program takes the baseline's (the test `ops_baseline`).
#include <gtest/gtest.h>

#include <cstdlib>

#include "ops/kernels/gemm.h"
#include "ops/kernels/simd_targets.h"
//
#include <hwy/targets.h>

namespace hornbeam::kernels {
namespace {

bool wanted() { return std::getenv("HORNBEAM_TEST_BASELINE") != nullptr; }

class Baseline : public ::testing::Environment {
  void SetUp() override {
    if (!wanted()) return;
    hwy::DisableTargets(~std::int64_t{HWY_STATIC_TARGET});
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};
const auto* const registered = ::testing::AddGlobalTestEnvironment(new Baseline);

TEST(BaselineTarget, IsTheOneThatRuns) {
  // Of one lane where there are no vectors.
  EXPECT_EQ(panel_columns() == 2, wanted());
}

}  // namespace
}  // namespace hornbeam::kernels
