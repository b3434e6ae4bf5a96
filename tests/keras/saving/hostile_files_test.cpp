// Files that declare more than they hold (tools/record/make_hostile_files.py) are refused before the memory is asked
// for; lawful ones beside them are not.
#include <gmock/gmock.h>

#include "base/memory_limit.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/initializers/skip.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

std::string hostile(const std::string& name) { return test_data("keras") + "/hostile_files/" + name; }

TEST(HostileFiles, DeclareMoreThanTheyHold) {
  for (const auto* name :
       {"unwritten.h5", "unwritten_chunks.h5", "unwritten_deflated.h5", "one_for_all.h5", "unwritten_bins.h5"}) {
    SCOPED_TRACE(name);
    try {
      models::load_model(hostile(name));
      ADD_FAILURE() << "was loaded";
    } catch (const FormatError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("weights of shapes that the file's bytes can hold"));
    }
  }
}

// All layers' names lead to one group: its weights would be listed for each.
TEST(HostileFiles, LayersShareAGroup) {
  try {
    models::load_model(hostile("one_group_for_all.h5"));
    ADD_FAILURE() << "was loaded";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("a group for each layer"));
  }
}

TEST(HostileFiles, WhatDeflateMakesOfLittleIsHeld) {
  const auto model = models::load_model(hostile("zeros_deflated.h5"));
  EXPECT_EQ(model->count_params(), 600 * 600);
}

// Each weight alone would do.
TEST(HostileFiles, ManyWeightsBeyondMemory) {
  const Shape shape{1 << 16, 1 << 12};  // 1 GiB
  const auto fit = static_cast<int>(base::physical_memory() >> 30);
  const WeightTotal total;
  for (int i = 0; i < fit; ++i) EXPECT_NO_THROW(WeightTotal::add(DType::float32, shape));
  EXPECT_THROW(WeightTotal::add(DType::float32, shape), ValueError);
  {
    const SkipInitialization skip;  // what is not made costs nothing
    EXPECT_NO_THROW(WeightTotal::add(DType::float32, shape));
  }
  const WeightTotal another;
  EXPECT_NO_THROW(WeightTotal::add(DType::float32, shape));
}

}  // namespace
}  // namespace hornbeam
